"""Who never answers is given up, who only takes long is not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from serve.runs.patience import NoAnswer, patiently


def test_a_call_that_the_kernel_holds_up_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    with pytest.raises(NoAnswer, match=r"does not answer within 0\.2 s"):
        patiently(lambda: (tmp_path / "held").read_bytes(), 0.2)


def test_long_work_is_waited_for() -> None:
    def work() -> int:
        deadline, rounds = time.monotonic() + 0.6, 0
        while time.monotonic() < deadline:
            rounds += 1
        return rounds

    assert patiently(work, 0.1) > 0


@pytest.mark.parametrize("error", [TimeoutError("its own"), OSError("no"), ValueError("what")])
def test_errors_are_handed_on(error: Exception) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        patiently(work)
