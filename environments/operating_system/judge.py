"""The reward of an episode, as AgentBench judges it (SPEC 2.5; `OLD:src/tasks/os_interaction/task.py`).

Either the answer is matched, or the checks run one after the other: the first parameter is the answer (the text `None`
after `finish`), each script's output becomes a further parameter, and a non-zero exit fails. The five named checkers
are pure Python in this process. What a machine is like on which the agent was root, when a script runs there, is
`custodian.py`'s part.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from environments.contract import EnvironmentFault, TaskFault
from environments.operating_system.payload import Check, Match, Payload, Script

NO_ANSWER = "None"
SHOWN_CHARACTERS = 200
UNITS = "BKMGTP"

_SIZE = re.compile(r"(\d{1,30}(?:\.\d{1,30})?)\s*(?:([KMGTP])(?:i?B)?|B|bytes?)?", re.IGNORECASE | re.ASCII)


class ScriptResult(NamedTuple):
    """How a script ended in the sandbox, `exit_code` None when not by itself, and how long the sandbox stood still
    under it.
    """

    exit_code: int | None
    stdout: str
    timed_out: bool = False
    stood_still_s: float = 0.0


Runner = Callable[[Script, Sequence[str]], Awaitable[ScriptResult]]


class Verdict(NamedTuple):
    """The reward (1 or 0), and for the record how it came about."""

    reward: float
    details: dict[str, Any]


async def judge(payload: Payload, answer: str | None, run: Runner) -> Verdict:
    """Judge `answer` (None: the agent gave none). Raises `TaskFault` when the task cannot be judged, whatever was
    answered, and `EnvironmentFault` when a script failed under which the sandbox stood still: nobody knows what it
    would have said."""
    if payload.match is not None:
        return Verdict(float(_matches(payload.match, answer)), {"judge": "match", **_compared(payload.match, answer)})
    if not payload.checks:
        raise TaskFault("the task has neither `match` nor `check`: nothing says what is right")
    parameters = [NO_ANSWER if answer is None else answer]
    for number, check in enumerate(payload.checks):
        failure, output = await _apply(check, payload.example, parameters, run)
        if failure is not None:
            return Verdict(0.0, {"judge": "check", "failed_check": number, "kind": check.kind, **failure})
        parameters.append(output)
    return Verdict(1.0, {"judge": "check"})


async def _apply(
    check: Check, example: Script | None, parameters: Sequence[str], run: Runner
) -> tuple[dict[str, Any] | None, str]:
    """What failed (None: nothing) and what the check printed, the next parameter."""
    if check.kind == "checker":
        if check.checker not in CHECKERS:
            raise TaskFault(f"unknown checker '{check.checker}': known are {', '.join(CHECKERS)}")
        if len(parameters) < 2:
            raise TaskFault(
                f"checker '{check.checker}' has nothing to compare with: the reference solution (null) comes before it"
            )
        passed = CHECKERS[check.checker](parameters[0], parameters[1])
        shown = {"checker": check.checker, "answer": _shown(parameters[0]), "expected": _shown(parameters[1])}
        return (None if passed else shown), ""
    script = example if check.kind == "reference" else check.script
    if script is None:
        raise TaskFault(f"a check of kind '{check.kind}' has no script to run")
    result = await run(script, parameters)
    passed = result.exit_code == 0 and not result.timed_out
    if passed and (check.prints is None or _normal(result.stdout) == _normal(check.prints)):
        return None, result.stdout
    if result.stood_still_s:
        raise EnvironmentFault(f"the sandbox stood still for {result.stood_still_s:.1f} s while it was judged")
    failure = {"exit_code": result.exit_code, "timed_out": result.timed_out, "stdout": _shown(result.stdout)}
    return {**failure, "answer": _shown(parameters[0]), **_wanted(check, result)}, ""


def _compared(match: Match, answer: str | None) -> dict[str, str]:
    expected = str(match.answer) if match.regex is None else f"something with {match.regex!r} in it"
    return {"expected": _shown(expected), "answer": _shown(NO_ANSWER if answer is None else answer)}


def _wanted(check: Check, result: ScriptResult) -> dict[str, str]:
    """What the machine should have been like, and what was found there."""
    ending = "it did not end in time" if result.timed_out else f"exit code {result.exit_code}"
    printed = f"printed {_shown(result.stdout)}" if result.stdout else "printed nothing"
    if check.prints is None:
        return {"expected": "the task's check ends with exit code 0", "found": f"{ending}, {printed}"}
    succeeded = result.exit_code == 0 and not result.timed_out
    return {"expected": _shown(check.prints), "found": _shown(result.stdout) if succeeded else f"{ending}, {printed}"}


def _matches(match: Match, answer: str | None) -> bool:
    if answer is None:
        return False
    text = answer.strip() if match.strip else answer
    if match.regex is None:
        return text == match.answer
    try:
        return re.search(match.regex, text) is not None
    except re.error as error:
        raise TaskFault(f"the task's regex {match.regex!r} is none: {error}") from error


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _integers_match(answer: str, expected: str) -> bool:
    try:
        return int(answer) == int(expected)
    except ValueError:
        return False


def _within(needle: str, haystack: str) -> bool:
    """An empty needle is found only in emptiness: else `answer()` would be right everywhere."""
    return needle in haystack if needle else not haystack


def size_bytes(text: str) -> Fraction | None:
    """A size such as `4.0K`, `12 MB` or `512` in bytes, 1024-based up to PB; None when `text` is none."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    unit = (found[2] or "B").upper()
    return Fraction(found[1]) * Fraction(1024 ** UNITS.index(unit))


def _sizes_match(answer: str, expected: str) -> bool:
    size = size_bytes(answer)
    return size is not None and size == size_bytes(expected)


CHECKERS: dict[str, Callable[[str, str], bool]] = {
    "integer-match": _integers_match,
    "string-match": lambda answer, expected: _normal(answer) == _normal(expected),
    "in": lambda answer, expected: _within(_normal(answer), _normal(expected)),
    "containing": lambda answer, expected: _within(_normal(expected), _normal(answer)),
    "size-match": _sizes_match,
}
