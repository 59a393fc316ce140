"""Whose doing it is that a sandbox is lost: decided here, for every kind of sandbox, from what is known of it.

Whatever the agent does to its own machine is its own ending, and has a reward of 0; whatever the host does to it is an
environment fault, and is played again. What ends a sandbox's process 1, or keeps it from answering:

    the disk watch found more written than allowed          the agent's
    the kernel killed in it for want of its own memory      the agent's (a low oom score, a memfd: perhaps process 1)
    it ended by itself, or by a signal other than SIGKILL   the agent's: nothing of the host's makes it do so, and
                                                            signals from inside reach it only where it handles them
    it ended with 0                                         the host's: its stdin was closed
    SIGKILL, and memory was not short                       the host's: from inside it passes process 1 by
    it lives, is paused                                     the host's
    it lives, is full or busy, and does not answer          the agent's (a fork bomb, thrashing, busy loops)
    anything else, and where nothing is known               the host's (the engine is gone)
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import NamedTuple

KILLED = (128 + signal.SIGKILL, -signal.SIGKILL)
FULL = 0.95
# Process 1 gets its part of whatever processor time the sandbox gets: where the sandbox does get some and process 1
# does not answer,
# it is kept from it inside (renice, hundreds of busy loops). A machine that has no time for the sandbox at all is the
# host's.
BUSY = 0.1


class Usage(NamedTuple):
    """What a living sandbox uses: of its memory and of its processes the share of what it may have; processors kept
    busy just now.
    """

    memory: float = 0.0
    processes: float = 0.0
    processors: float = 0.0


class Evidence(NamedTuple):
    """What is known of a lost sandbox. `exit_code` is process 1's, None while it lives or where nobody can say."""

    overrun: str = ""
    out_of_memory: bool = False
    exit_code: int | None = None
    paused: bool = False
    usage: Usage = Usage()


def own_doing(evidence: Evidence) -> str:
    """Why it is the agent's own doing; empty when it is the host's."""
    if evidence.overrun:
        return evidence.overrun
    if evidence.out_of_memory:
        return "out of memory"
    if evidence.exit_code is not None:
        return "" if evidence.exit_code in (0, *KILLED) else f"its process 1 ended with exit code {evidence.exit_code}"
    return "" if evidence.paused else at_limit(evidence.usage)


def at_limit(usage: Usage) -> str:
    """The limit at which a sandbox leaves itself no room to answer; empty if it is at none."""
    if usage.processes >= FULL:
        return "as many processes as it may have"
    if usage.memory >= FULL:
        return "as much memory as it may have"
    return "its processes left no processor time for anything else" if usage.processors > BUSY else ""


def held_bytes(used: int, statistics: Mapping[str, int]) -> int:
    """Of the memory that a control group uses, what the kernel can't take back at once: all but the files that it keeps
    and nobody has asked for again, as Docker and Kubernetes count. In version 1 `memory.stat` has the sum over a tree
    under another name."""
    return max(0, used - statistics.get("total_inactive_file", statistics.get("inactive_file", 0)))


def share(used: float, allowed: float) -> float:
    """`used` of `allowed`; 0 where there is no limit."""
    return used / allowed if allowed > 0 else 0.0
