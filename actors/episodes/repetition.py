"""Repeat detection (AgentTuning 2.2; SPEC 1.2): three identical consecutive outputs fail a trajectory; longer cycles
are marked.

In AgentBench's evaluation only ALFWorld has such a rule, so that where it holds is a setting (`Limits.repeats`,
`serve.evaluation.suite`).
"""

from __future__ import annotations

from collections.abc import Sequence

REPEATS = 3


def repeats(replies: Sequence[str], times: int = REPEATS) -> bool:
    """Whether the last `times` replies are identical (surrounding white space aside)."""
    if len(replies) < times:
        return False
    return len({reply.strip() for reply in replies[-times:]}) == 1


def longest_cycle(replies: Sequence[str], times: int = REPEATS) -> int:
    """The length of the longest block of two or more replies that occurs at least `times` times in a row; 0 if none."""
    stripped = [reply.strip() for reply in replies]
    for length in range(len(stripped) // times, 1, -1):
        run = 0
        for i in range(length, len(stripped)):
            run = run + 1 if stripped[i] == stripped[i - length] else 0
            if run >= length * (times - 1):
                return length
    return 0
