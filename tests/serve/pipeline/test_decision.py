from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from serve.pipeline.decision import Action, Basis, Record, changes, decide, digest_of, flat

FREE = ("workers.*", "store")
leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text("abc", max_size=3)
names = st.text("abcd", min_size=1, max_size=3)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))
configs = st.dictionaries(names, values, max_size=3)
bases = st.builds(Basis, st.lists(names, min_size=1, max_size=3), configs, st.dictionaries(names, names, max_size=2))


def basis(**config: Any) -> Basis:
    return Basis(["actors", "rollout", "OUT/act.yaml"], config, {"act": "d1"})


def record(of: Basis, exit_code: int | None = 0) -> Record:
    return Record(of, digest_of(of, FREE), started=1.0, ended=2.0, exit_code=exit_code)


def action(now: Basis, before: Record | None, output: bool = True, in_place: bool = False) -> Action:
    return decide(now, before, output=output, in_place=in_place, free=FREE).action


@given(bases, st.booleans())
def test_what_is_done_and_unchanged_is_skipped(now: Basis, in_place: bool):
    assert action(now, record(now), in_place=in_place) is Action.SKIP


@given(bases)
def test_what_is_skipped_survives_being_written_down_and_read_again(now: Basis):
    read = msgspec.json.decode(msgspec.json.encode(record(now)), type=Record)
    assert action(now, read) is Action.SKIP


@given(bases, st.none() | st.integers(-15, 130).filter(bool), st.booleans())
def test_what_did_not_end_well_goes_on_in_what_it_left(now: Basis, exit_code: int | None, output: bool):
    assert action(now, record(now, exit_code), output=output) is Action.GO_ON


@given(bases, bases, st.booleans(), st.booleans(), st.booleans())
def test_another_basis_is_never_skipped_and_never_goes_on_as_if_it_were_the_same(
    now: Basis, then: Basis, done: bool, output: bool, in_place: bool
):
    same = digest_of(now, FREE) == digest_of(then, FREE)
    chosen = action(now, record(then, 0 if done else 1), output=output, in_place=in_place)
    assert same or chosen in (Action.RUN, Action.ASIDE)


@given(bases, bases)
def test_every_difference_that_counts_is_said(now: Basis, then: Basis):
    assert bool(changes(then, now, FREE)) == (digest_of(now, FREE) != digest_of(then, FREE))


@given(bases, st.none() | bases, st.booleans(), st.booleans())
def test_every_decision_says_why(now: Basis, then: Basis | None, output: bool, in_place: bool):
    before = then and record(then)
    assert decide(now, before, output=output, in_place=in_place, free=FREE).reason


def test_a_change_sets_the_old_output_aside_unless_the_command_goes_on_in_it():
    then, now = record(basis(steps=8)), basis(steps=9)
    assert action(now, then) is Action.ASIDE
    assert action(now, then, in_place=True) is Action.RUN
    assert action(now, then, output=False) is Action.RUN


def test_an_output_is_not_set_aside_because_of_the_command_s_words_alone():
    then = record(basis(steps=8))
    now = msgspec.structs.replace(then.basis, command=["actors", "rollout", "OUT/act.yaml", "--errors", "drop"])
    assert action(now, then) is Action.RUN


def test_a_change_is_told_by_key_and_by_input():
    now = msgspec.structs.replace(basis(tasks=[{"generate": 60}], seed=1), inputs={"act": "d2"})
    reason = decide(now, record(basis(tasks=[{"generate": 120}])), output=True, in_place=True, free=FREE).reason
    assert reason == "changed: tasks.0.generate: 120 → 60; seed: not said → 1; act has another content"


def test_what_does_not_matter_is_named_and_changes_nothing():
    then, now = record(basis(steps=8, workers={"number": 1})), basis(steps=8, workers={"number": 2})
    decision = decide(now, then, output=True, in_place=False, free=FREE)
    assert decision == (Action.SKIP, "unchanged (workers.number does not matter to it)")


def test_an_unfinished_one_whose_free_keys_changed_goes_on():
    then, now = record(basis(steps=8, workers={"number": 1}), exit_code=-9), basis(steps=8, workers={"number": 2})
    decision = decide(now, then, output=True, in_place=False, free=FREE)
    assert decision == (Action.GO_ON, "unfinished: ended by signal 9")


def test_what_was_never_run_runs_and_a_lost_output_is_made_again():
    assert decide(basis(), None, output=False, in_place=False, free=()).reason == "never run"
    assert decide(basis(), None, output=True, in_place=False, free=()).action is Action.RUN
    assert decide(basis(), record(basis()), output=False, in_place=False, free=()) == (Action.RUN, "its output is gone")


def test_leaves_have_dotted_names():
    assert list(flat({"a": {"b": [1, {"c": 2}]}, "d": []})) == [("a.b.0", 1), ("a.b.1.c", 2), ("d", [])]
