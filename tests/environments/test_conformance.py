"""The checks that every environment passes find what they are for."""

from __future__ import annotations

import pytest

from environments.conformance import check
from environments.contract import Feedback, Status
from environments.practice.environment import PracticeSession


def test_the_practice_environment_is_one_but_counts_alike_in_all_splits() -> None:
    check("practice", generate=3, splits=False)
    with pytest.raises(AssertionError, match="tasks of train and of test have one id"):
        check("practice", generate=3)


@pytest.mark.parametrize(
    ("reward", "said"), [(1.0, "'' alone earns 1"), (0.5, "the reference earns 0.5"), (None, "the reference earns 0")]
)
def test_a_judge_that_rewards_anything_or_nothing_is_found(
    reward: float | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def step(self: PracticeSession, reply: str) -> Feedback:
        return Feedback(status=Status.COMPLETED, reward=reward)

    monkeypatch.setattr(PracticeSession, "step", step)
    with pytest.raises(AssertionError, match=said):
        check("practice", generate=1, splits=False)


def test_a_reply_that_raises_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = PracticeSession.step

    async def step(self: PracticeSession, reply: str) -> Feedback:
        reply.encode()
        return await real(self, reply)

    monkeypatch.setattr(PracticeSession, "step", step)
    with pytest.raises(UnicodeEncodeError):
        check("practice", generate=1, splits=False)
