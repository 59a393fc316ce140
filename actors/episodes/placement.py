"""What the rollout decides, as pure functions: each returns a decision with its reason, somebody else carries it
out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from environments.contract import Status

RETRIED = frozenset({Status.ENVIRONMENT_ERROR, Status.PROVIDER_ERROR, Status.TURN_TIMEOUT, Status.EPISODE_TIMEOUT})


class Retries(BaseModel):
    """How often an episode that infrastructure ended is played again, and with what pauses (exponential, full
    jitter).
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    max_tries: int = Field(default=4, ge=1)
    """How often an episode is played at most, the first time included."""
    first_pause_s: float = Field(default=0.5, gt=0)
    """Seconds before the second try; they double with every further one."""
    longest_pause_s: float = Field(default=30.0, gt=0)
    """The longest pause between two tries, seconds."""


class Again(NamedTuple):
    """Whether to play once more, after which pause, and why (not)."""

    again: bool
    pause_s: float
    reason: str


def after_ending(status: Status, tries: int, retries: Retries, chance: random.Random, doubted: bool = False) -> Again:
    """What to do about an episode that ended with `status` at its `tries`-th try; `doubted`: at a reply whose replay
    says whose doing.
    """
    if status not in RETRIED:
        return Again(False, 0.0, f"'{status}' is final")
    if doubted:
        return Again(True, retries.first_pause_s, "a replay says whose doing it was")
    if tries >= retries.max_tries:
        return Again(False, 0.0, f"{tries} tries used (retries.max_tries)")
    ceiling = min(retries.longest_pause_s, retries.first_pause_s * 2 ** (tries - 1))
    return Again(True, ceiling * chance.uniform(0.5, 1.0), f"try {tries + 1} of {retries.max_tries} after '{status}'")


def least_loaded(loads: Sequence[int], down: Sequence[bool]) -> int:
    """Which of several like actors gets the next lease: the one with the fewest, leaving out those known to be down."""
    candidates = [i for i in range(len(loads)) if not down[i]] or list(range(len(loads)))
    return min(candidates, key=lambda i: (loads[i], i))


class Failure(NamedTuple):
    """What to do about an actor that died."""

    replace: bool
    pause_s: float
    reason: str


def after_failure(deaths: Sequence[float], now: float, max_deaths: int = 20, window_s: float = 60.0) -> Failure:
    """Whether an actor that died (at these times) is replaced: yes, unless it dies again and again."""
    recent = [at for at in deaths if now - at <= window_s]
    if len(recent) > max_deaths:
        return Failure(False, 0.0, f"died {len(recent)} times within {window_s:.0f} s")
    return Failure(
        True,
        min(5.0, 0.1 * 2 ** max(0, len(recent) - 1)),
        f"death {len(recent)} of at most {max_deaths} within {window_s:.0f} s",
    )
