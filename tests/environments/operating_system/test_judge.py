"""The reward: match, checks with their parameters, and the five checkers, against SPEC 2.5."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import EnvironmentFault, TaskFault
from environments.operating_system.judge import CHECKERS, ScriptResult, judge
from environments.operating_system.payload import Check, Match, Payload, Script

REFERENCE = Check("reference")
INTEGER = Check("checker", checker="integer-match")


class Recorded:
    """A runner that runs the script for real (they only print), and remembers what it was called with."""

    def __init__(self, timed_out: bool = False) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.timed_out = timed_out

    async def __call__(self, script: Script, parameters: Sequence[str]) -> ScriptResult:
        self.calls.append((script.code, list(parameters)))
        if self.timed_out:
            return ScriptResult(None, "", timed_out=True)
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script.code, "--", *parameters, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return ScriptResult(process.returncode, output.decode())


def task(*checks: Check, example: str = "echo 42") -> Payload:
    return Payload(description="x", checks=list(checks), example=Script(example))


@pytest.mark.parametrize(
    ("match", "answer", "reward"),
    [
        (Match(answer="log"), "log", 1.0),
        (Match(answer="log"), "  log\n", 1.0),
        (Match(answer="log", strip=False), " log", 0.0),
        (Match(answer="log"), "Log", 0.0),
        (Match(answer="log"), None, 0.0),
        (Match(answer="None"), None, 0.0),
        (Match(regex=r"^\d+ ms$"), "12 ms", 1.0),
        (Match(regex=r"^\d+ ms$"), "twelve ms", 0.0),
        (Match(regex=r""), None, 0.0),
    ],
)
async def test_match(match: Match, answer: str | None, reward: float) -> None:
    assert (await judge(Payload(description="x", match=match), answer, Recorded())).reward == reward


async def test_the_answer_is_compared_with_what_the_reference_prints() -> None:
    assert (await judge(task(REFERENCE, INTEGER), "42", Recorded())).reward == 1.0
    verdict = await judge(task(REFERENCE, INTEGER), "43", Recorded())
    assert verdict.reward == 0.0
    assert verdict.details == {
        "judge": "check",
        "failed_check": 1,
        "kind": "checker",
        "checker": "integer-match",
        "answer": "43",
        "expected": "42\n",
    }


async def test_each_output_becomes_a_further_parameter_and_finish_gives_the_text_none() -> None:
    run = Recorded()
    checks = [
        Check("script", script=Script("echo one")),
        REFERENCE,
        Check("script", script=Script('[ "$1,$2,$3" = "None,one\n,two\n" ]')),
    ]
    assert (await judge(task(*checks, example="echo two"), None, run)).reward == 1.0
    assert [parameters for _, parameters in run.calls] == [["None"], ["None", "one\n"], ["None", "one\n", "two\n"]]


async def test_a_failing_script_fails_and_what_follows_is_not_run() -> None:
    run = Recorded()
    verdict = await judge(task(Check("script", script=Script("echo why; exit 3")), REFERENCE), "42", run)
    assert (verdict.reward, len(run.calls)) == (0.0, 1)
    assert (verdict.details["exit_code"], verdict.details["stdout"], verdict.details["timed_out"]) == (
        3,
        "why\n",
        False,
    )


async def test_what_was_expected_is_said_beside_what_was_found() -> None:
    prints = Check("script", script=Script("cat /x"), prints="12")
    said = (await judge(task(prints), "done", Recorded())).details
    assert (said["expected"], said["found"], said["answer"]) == ("12", "exit code 1, printed nothing", "done")
    other = (await judge(task(Check("script", script=Script("echo 13"), prints="12")), None, Recorded())).details
    assert (other["expected"], other["found"]) == ("12", "13\n")
    matched = (await judge(Payload(description="x", match=Match(answer="3")), None, Recorded())).details
    assert (matched["expected"], matched["answer"]) == ("3", "None")


async def test_a_check_that_does_not_end_fails_and_says_so() -> None:
    verdict = await judge(task(Check("script", script=Script("sleep 99"))), "42", Recorded(timed_out=True))
    assert (verdict.reward, verdict.details["timed_out"]) == (0.0, True)


@pytest.mark.parametrize(
    "payload",
    [
        Payload(description="x"),
        Payload(description="x", checks=[REFERENCE]),
        task(INTEGER),
        task(REFERENCE, Check("checker", checker="no-such")),
        Payload(description="x", match=Match(regex="(")),
    ],
)
async def test_a_task_that_cannot_be_judged_is_a_fault_of_the_task(payload: Payload) -> None:
    with pytest.raises(TaskFault):
        await judge(payload, "42", Recorded())


@pytest.mark.parametrize(
    ("checker", "answer", "expected", "right"),
    [
        ("integer-match", " 0042 ", "42\n", True),
        ("integer-match", "42.0", "42", False),
        ("integer-match", "None", "42", False),
        ("integer-match", "", "", False),
        ("integer-match", "9" * 6000, "9" * 6000, False),
        ("string-match", " a\r\nb ", "a\nb\n", True),
        ("string-match", "a", "A", False),
        ("in", "b", "a\nb\n", True),
        ("in", "c", "a\nb\n", False),
        ("in", "", "a\nb\n", False),
        ("containing", "the answer is 7", "7\n", True),
        ("containing", "the answer", "7\n", False),
        ("size-match", "4K", "4.0K\n", True),
        ("size-match", "4096", "4.0K\n", True),
        ("size-match", "4 KiB", "4.0K\n", True),
        ("size-match", "1024P", "1024PB", True),
        ("size-match", "1.5 mb", "1536K", True),
        ("size-match", "4M", "4.0K\n", False),
        ("size-match", "about 4K", "4.0K\n", False),
        ("size-match", "None", "", False),
    ],
)
def test_checkers(checker: str, answer: str, expected: str, right: bool) -> None:
    assert CHECKERS[checker](answer, expected) is right


@given(st.sampled_from(sorted(CHECKERS)), st.text(max_size=40), st.text(max_size=40))
def test_checkers_decide_about_any_text(checker: str, answer: str, expected: str) -> None:
    assert CHECKERS[checker](answer, expected) in (True, False)


@given(st.integers(), st.integers())
def test_integers_match_only_themselves(one: int, other: int) -> None:
    assert CHECKERS["integer-match"](str(one), f"{other}\n") is (one == other)


async def test_what_a_script_must_print_is_compared_here() -> None:
    run = Recorded()
    check = Check("script", script=Script("printf '%s\\n' 1 2"), prints="1\n2")
    assert (await judge(task(check), None, run)).reward == 1.0
    verdict = await judge(task(Check("script", script=Script("echo 1; exit 0"), prints="1\n2")), None, run)
    assert (verdict.reward, verdict.details["stdout"]) == (0.0, "1\n")
    assert "2" not in run.calls[1][0]


async def test_a_script_that_failed_while_its_sandbox_stood_still_says_nothing() -> None:
    async def paused(script: Script, parameters: Sequence[str]) -> ScriptResult:
        return ScriptResult(int(script.code), "", stood_still_s=2.0)

    assert (await judge(task(Check("script", script=Script("0"))), None, paused)).reward == 1.0
    with pytest.raises(EnvironmentFault, match=r"stood still for 2\.0 s"):
        await judge(task(Check("script", script=Script("1"))), None, paused)
