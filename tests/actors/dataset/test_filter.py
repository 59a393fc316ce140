"""What is kept, what is not and why; the filtered folder as a whole."""

from __future__ import annotations

import argparse
import hashlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.dataset import filter as filter_command
from actors.dataset.filter import Filter, Reason, Settings, filter_runs, settings_of, share
from actors.files.atomic_folder import MANIFEST
from actors.program.user_error import UserError
from actors.records.filtered import read_kept, read_manifest
from environments.contract import Status
from environments.message import Message, ToolCall
from tests.actors.played import OPENING, content, played, run_of

ROOT = Path(__file__).parents[3]


def reason(**fields: Any) -> Reason | None:
    return Filter(Settings()).judge(played(**fields)).reason


def test_a_rewarded_well_formed_completed_episode_is_kept() -> None:
    assert reason() is None


@pytest.mark.parametrize(
    ("environment", "reward", "expected"),
    [
        ("operating_system", 0.99, Reason.REWARD),
        ("operating_system", 0.0, Reason.REWARD),
        ("webshop", 0.9, Reason.REWARD),
        ("mind2web", 2 / 3, None),
        ("mind2web", 0.6667, None),
        ("mind2web", 0.66, Reason.REWARD),
        ("webshop", 1.0, None),
    ],
)
def test_each_environment_has_its_threshold(environment: str, reward: float, expected: Reason | None) -> None:
    assert reason(environment=environment, reward=reward) is expected


def test_what_awaits_judgement_is_rejected_as_that() -> None:
    assert reason(status=Status.AWAITS_JUDGEMENT, reward=None) is Reason.AWAITS_JUDGEMENT


@pytest.mark.parametrize("status", [s for s in Status if not s.scored and s is not Status.AWAITS_JUDGEMENT])
def test_what_was_never_scored_is_rejected_as_such(status: Status) -> None:
    verdict = Filter(Settings()).judge(played(status=status, reward=None))
    assert verdict == (Reason.UNSCORED, status.value)


@pytest.mark.parametrize("status", [s for s in Status if s.scored and s not in (Status.COMPLETED, Status.REPETITION)])
def test_a_scored_episode_that_did_not_complete_is_rejected_even_with_full_reward(status: Status) -> None:
    assert reason(status=status) is Reason.NOT_COMPLETED


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.REPETITION, "reward": 0.0},
        {"replies": ["a", "a ", "a", "b"]},
        {"replies": ["a", "b", "a", "b", "a", "b", "c"]},
        {"cycle": 2},
    ],
)
def test_loops_are_rejected(fields: dict[str, Any]) -> None:
    assert reason(**fields) is Reason.REPETITION


def test_loops_are_kept_when_asked_for() -> None:
    judge = Filter(Settings(reject_cycles=False))
    assert judge.judge(played(replies=["a", "b", "a", "b", "a", "b", "c"])).reason is None


@pytest.mark.parametrize(
    ("messages", "detail"),
    [
        ([], "does not end with the agent"),
        ([*OPENING], "does not end with the agent"),
        ([*OPENING[:2], Message("assistant", "x", True)], "does not alternate"),
        ([Message("assistant", "x", True)], "does not alternate"),
        ([Message("user", "q"), Message("system", "s"), Message("assistant", "x", True)], "does not alternate"),
        ([Message("user", "q"), Message("assistant", "x", False)], "said nothing"),
        ([Message("user", "q"), Message("assistant", " \n", True)], "empty turn"),
        ([Message("user", "q\0"), Message("assistant", "x", True)], "NUL"),
    ],
)
def test_a_malformed_conversation_is_rejected_with_what_is_wrong(messages: list[Message], detail: str) -> None:
    verdict = Filter(Settings()).judge(played(messages=messages))
    assert verdict.reason is Reason.FORMAT
    assert detail in verdict.detail


CALLS = (ToolCall("1", "look", "{}"), ToolCall("2", "look", "{}"))
CALLED = Message("assistant", "", True, tool_calls=CALLS)
ANSWERED = [Message("tool", "a", tool_call_id="2"), Message("tool", "b", tool_call_id="1")]


def test_a_conversation_of_tool_calls_that_are_all_answered_is_kept() -> None:
    assert reason(messages=[Message("user", "q"), CALLED, *ANSWERED, Message("assistant", "x", True)]) is None


def test_the_calls_from_the_one_on_that_ended_the_episode_have_no_answer() -> None:
    question = Message("user", "q")
    assert reason(messages=[question, CALLED]) is None
    assert reason(messages=[question, CALLED, ANSWERED[0]]) is None
    assert reason(messages=[question, CALLED, *ANSWERED]) is Reason.FORMAT


@pytest.mark.parametrize(
    ("between", "detail"),
    [
        (ANSWERED[:1], "message 3 is of 'assistant', not 'tool'"),
        ([*ANSWERED, Message("tool", "c", tool_call_id="1")], "message 4 is of 'tool', not 'assistant'"),
        ([Message("tool", "c", tool_call_id="3")], "answers a tool call that was not made"),
        ([ANSWERED[0], ANSWERED[0]], "or was answered before"),
    ],
)
def test_a_call_without_its_answer_is_malformed(between: list[Message], detail: str) -> None:
    messages = [Message("user", "q"), CALLED, *between, Message("assistant", "x", True)]
    verdict = Filter(Settings()).judge(played(messages=messages))
    assert verdict.reason is Reason.FORMAT
    assert detail in verdict.detail


def test_plays_that_differ_in_their_calls_alone_are_two() -> None:
    judge, end = Filter(Settings()), Message("assistant", "x", True)
    for episode, name in (("a", "look"), ("b", "go")):
        call = Message("assistant", "", True, tool_calls=(ToolCall("1", name, "{}"),))
        messages = [Message("user", "q"), call, Message("tool", "c", tool_call_id="1"), end]
        assert judge.judge(played(episode, task_id="t", messages=messages)).reason is None


def test_a_system_message_may_come_first() -> None:
    assert reason(opening=(Message("system", "s"), *OPENING)) is None


def test_the_second_of_two_equal_plays_of_a_task_is_a_duplicate() -> None:
    judge = Filter(Settings())
    assert judge.judge(played("a", task_id="t")).reason is None
    assert (
        judge.judge(played("b", task_id="t", observation="other")).detail == "the same task with the same agent turns"
    )
    assert judge.judge(played("c", task_id="t", replies=["other"])).reason is None


def test_the_same_conversation_of_another_task_is_a_duplicate_white_space_aside() -> None:
    judge = Filter(Settings())
    judge.judge(played("a", replies=["one  two"]))
    assert judge.judge(played("b", replies=["one\ntwo "])).detail == "the same conversation"


def test_a_rejected_episode_makes_no_duplicate() -> None:
    judge = Filter(Settings())
    assert judge.judge(played("a", task_id="t", reward=0.0)).reason is Reason.REWARD
    assert judge.judge(played("b", task_id="t")).reason is None


def test_duplicates_are_kept_when_asked_for_but_never_the_same_episode_twice() -> None:
    judge = Filter(Settings(reject_duplicates=False))
    assert judge.judge(played("a")).reason is None
    assert judge.judge(played("b")).reason is None
    assert judge.judge(played("a")).reason is Reason.DUPLICATE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["user", "assistant", "system"]), st.text(max_size=4), st.sampled_from([None, False, True])
        )
    )
)
def test_what_is_kept_is_well_formed(spoken: list[tuple[Any, str, bool | None]]) -> None:
    messages = [Message(*said) for said in spoken]
    if Filter(Settings()).judge(played(messages=messages)).reason is None:
        roles = [message.role for message in messages if message.role != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(message.content.strip() for message in messages if message.loss and message.role == "assistant")
        assert not any("\0" in message.content for message in messages)


def test_every_episode_is_kept_or_rejected_with_its_reason(tmp_path: Path) -> None:
    run = run_of(
        tmp_path / "run",
        played("a"),
        played("b", reward=0.0),
        played("c", status=Status.BUDGET, reward=None),
        played("d", task_id="task-a"),
    )
    manifest = filter_runs([str(run)], tmp_path / "out", Settings())
    assert [t.episode_id for t in read_kept(str(tmp_path / "out"))] == ["a"]
    rejected = [msgspec.json.decode(line) for line in (tmp_path / "out" / "rejected.jsonl").read_bytes().splitlines()]
    assert {r["episode_id"]: r["reason"] for r in rejected} == {"b": "reward", "c": "unscored", "d": "duplicate"}
    (count,) = manifest.counts
    assert (count.instructions, count.episodes, count.kept, count.agent_turns) == (3, 4, 1, 2)
    assert count.rejected == {"unscored": 1, "reward": 1, "duplicate": 1}
    assert (manifest.made_by[0].llm, manifest.made_by[0].kept) == ("gpt-4", 1)
    assert manifest.sha256 == hashlib.sha256((tmp_path / "out" / "kept.jsonl.zst").read_bytes()).hexdigest()
    assert read_manifest(str(tmp_path / "out")) == manifest


def test_an_episode_counts_once_by_the_record_that_settled_it(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", played("a", status=Status.PROVIDER_ERROR, reward=None), played("a"))
    manifest = filter_runs([str(run)], tmp_path / "out", Settings())
    assert (manifest.kept, manifest.counts[0].episodes) == (1, 1)


def test_several_runs_are_read_as_one_and_hashed_each(tmp_path: Path) -> None:
    one, two = run_of(tmp_path / "1", played("a")), run_of(tmp_path / "2", played("b", replies=["x"]), played("a"))
    manifest = filter_runs([str(one), str(two)], tmp_path / "out", Settings())
    assert manifest.kept == 2
    assert [i.episodes for i in manifest.inputs] == [1, 2]
    assert len({i.sha256 for i in manifest.inputs}) == 2


def test_filtering_again_gives_the_same_bytes(tmp_path: Path) -> None:
    run = run_of(
        tmp_path / "run", *(played(f"e{i}", replies=[f"r{i}" * 999], reward=float(i % 3 != 0)) for i in range(1500))
    )
    first = filter_runs([str(run)], tmp_path / "out", Settings())
    before = content(tmp_path / "out")
    assert filter_runs([str(run)], tmp_path / "out", Settings()) == first
    assert content(tmp_path / "out") == before
    assert len(list(read_kept(str(tmp_path / "out")))) == 1000


def test_a_kill_before_the_rename_leaves_the_old_output_and_the_next_filter_cleans_up(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", played("a"))
    filter_runs([str(run)], tmp_path / "out", Settings())
    before = content(tmp_path / "out")
    program = f"""
import os, pathlib, signal
from actors.files.atomic_folder import atomic_folder
with atomic_folder(pathlib.Path({str(tmp_path / "out")!r}), "filtered trajectories") as draft:
    (draft / "kept.jsonl.zst").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert content(tmp_path / "out") == before
    assert list(tmp_path.glob(".out.*.draft"))
    filter_runs([str(run)], tmp_path / "out", Settings(min_reward=0.5))
    assert not list(tmp_path.glob(".out*"))
    assert read_manifest(str(tmp_path / "out")).settings["min_reward"] == 0.5


def test_a_cut_file_of_kept_ones_is_noticed(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", played("a"))
    filter_runs([str(run)], tmp_path / "out", Settings())
    kept = tmp_path / "out" / "kept.jsonl.zst"
    kept.write_bytes(kept.read_bytes()[:-3])
    with pytest.raises(UserError, match="holds 0 of 1"):
        list(read_kept(str(tmp_path / "out")))


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", played("a"))
    for target in (run, tmp_path):
        with pytest.raises(UserError, match="was not written by this command"):
            filter_runs([str(run)], target, Settings())
    assert (run / MANIFEST).exists()


def test_settings_come_as_key_value() -> None:
    settings = settings_of(["min_reward=0.5", "min_reward_in.webshop=0.9", "min_reward_in.os=0.25"])
    assert settings.threshold("webshop") == 0.9
    assert settings.threshold("operating_system") == 0.25
    assert settings.threshold("mind2web") == 2 / 3
    assert settings.threshold("database") == 0.5


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("min_rewrd=1", "did you mean 'min_reward'"),
        ("min_reward=2", "less than or equal to 1"),
        ("min_reward='1'", "valid number"),
        ("min_reward_in.webshp=1", "did you mean 'webshop'"),
        ("min_reward_in.webshop=3", "between 0 and 1"),
    ],
)
def test_a_wrong_setting_is_named(pair: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        settings_of([pair])


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    filter_command.add_arguments(parser)
    return filter_command.run(parser.parse_args(words))


def test_the_command_writes_beside_the_trajectories_and_prints_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(tmp_path / "run", played("a"), played("b", reward=0.0))
    assert command(str(run)) == 0
    assert (run / "filtered" / MANIFEST).exists()
    printed = capsys.readouterr().out
    assert "50.0 %" in printed
    assert "kept 1 of 2 episodes" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("words", [["nowhere"], ["min_reward=1"], ["a", "b"]])
def test_a_user_s_mistake_is_one_line(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        command(*words)
    assert "\n" not in str(caught.value)


def test_percentages_are_printed_as_in_the_paper() -> None:
    assert [share(336, 954), share(122, 23378), share(360, 5302), share(1, 1), share(0, 0)] == [
        "35.2 %",
        "0.522 %",
        "6.79 %",
        "100 %",
        "–",
    ]
