"""The comparisons by themselves: each finds its fault, names its place, and passes what is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.check import compare
from serve.check.compare import TOLERANCES, Scored
from serve.check.finding import Finding, Outcome, failed
from serve.check.rendered import Rendered
from serve.check.served import Ending

BOS, STOP = 1, 2
IDS = st.lists(st.integers(3, 50), min_size=1, max_size=12)


def decode(some: Sequence[int]) -> str:
    return "".join(chr(96 + number % 26) for number in some)


def written(*prompts: Sequence[int]) -> list[Rendered]:
    return [Rendered(f"talk {number}", (), tuple(prompt), (*prompt, 9, STOP)) for number, prompt in enumerate(prompts)]


def ids(prompts: list[list[int]], found: Sequence[Sequence[int]]) -> Finding:
    return compare.ids("token ids", list(zip(written(*prompts), found, strict=True)), BOS, decode, "mend it")


@given(st.lists(IDS, min_size=1, max_size=4))
def test_the_same_ids_pass(prompts: list[list[int]]) -> None:
    assert ids(prompts, prompts).outcome is Outcome.OK


@given(st.lists(IDS, min_size=1, max_size=4), st.data())
def test_one_changed_left_out_or_added_id_fails_and_its_place_is_said(
    prompts: list[list[int]], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(prompts) - 1))
    at = data.draw(st.integers(0, len(prompts[number]) - 1))
    spoilt = [list(prompt) for prompt in prompts]
    replaced = data.draw(st.sampled_from([[99], [], [99, prompts[number][at]]]))
    spoilt[number][at : at + 1] = replaced
    found = ids(prompts, spoilt)
    assert found.outcome is Outcome.FAILED
    assert f"'talk {number}' differs at token " in found.said
    assert found.said.endswith("mend it")


def test_a_second_beginning_of_sequence_is_called_by_its_name() -> None:
    assert "stands there twice" in ids([[BOS, 5, 6]], [[BOS, BOS, 5, 6]]).said
    assert "stands there twice" not in ids([[BOS, 5, 6]], [[BOS, 5, 7]]).said


def scored(trained: Sequence[float], served: Sequence[float]) -> list[Scored]:
    return [Scored("talk", range(3, 4 + len(trained)), trained, served)]


@pytest.mark.parametrize("dtype", TOLERANCES)
@given(values=st.lists(st.floats(-20, 0), min_size=1, max_size=30), sign=st.sampled_from([-1, 1]))
def test_within_the_tolerance_of_its_dtype_it_passes_and_beyond_it_fails(
    dtype: str, values: list[float], sign: int
) -> None:
    allowed = TOLERANCES[dtype]
    inside = compare.log_probabilities(
        scored(values, [value + 0.9 * sign * allowed.mean for value in values]), dtype, decode
    )
    beyond = compare.log_probabilities(
        scored(values, [value + 1.1 * sign * allowed.mean for value in values]), dtype, decode
    )
    assert (inside.outcome, beyond.outcome) == (Outcome.OK, Outcome.FAILED)


@given(st.integers(0, 999))
def test_one_token_far_off_fails_though_the_mean_is_small(at: int) -> None:
    served = [-1.0] * 1000
    served[at] -= 1.1 * TOLERANCES["float32"].largest
    found = compare.log_probabilities(scored([-1.0] * 1000, served), "float32", decode)
    assert found.outcome is Outcome.FAILED
    assert f"in 'talk' token {at + 1} " in found.said


@pytest.mark.parametrize("value", [math.nan, -math.inf, math.inf])
def test_what_is_no_number_fails_and_its_place_is_said(value: float) -> None:
    found = compare.log_probabilities(scored([-1.0, -1.0, -1.0], [-1.1, value, -1.0]), "bfloat16", decode)
    assert found.outcome is Outcome.FAILED
    assert "token 2 " in found.said


def test_a_log_probability_too_few_fails() -> None:
    found = compare.log_probabilities(scored([-1.0, -2.0], [-1.0]), "bfloat16", decode)
    assert found.outcome is Outcome.FAILED
    assert "the server gave 1 log-probabilities" in found.said


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending("stop", "", (STOP,)), Outcome.OK),
        (Ending("stop", "", None), Outcome.OK),
        (Ending("length", "", (STOP,) * 8), Outcome.FAILED),
        (Ending("length", "", None), Outcome.FAILED),
        (Ending("stop", "<end>", (STOP,)), Outcome.FAILED),
        (Ending("length", "a story", (5, 6, 7)), Outcome.UNCHECKED),
        (Ending("stop", "a story", None), Outcome.UNCHECKED),
    ],
)
def test_a_reply_must_end_where_a_trained_one_does(ending: Ending, outcome: Outcome) -> None:
    assert compare.ending(ending, STOP, decode).outcome is outcome


def test_a_finding_is_one_line_and_only_a_failure_fails() -> None:
    findings = [Finding(outcome, "files", "said") for outcome in Outcome if outcome is not Outcome.FAILED]
    assert not failed(findings)
    assert failed([*findings, Finding(Outcome.FAILED, "files", "said")])
    assert [str(finding).split()[0] for finding in findings] == ["ok", "not", "note"]
