"""What a failed set-up says of its task: a pure decision."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from environments.contract import TaskFault
from environments.operating_system.setup_failures import CONVINCING, REMEMBERED, SetupFailure, SetupFailures


@given(st.lists(st.sampled_from(["failed", "slow", "well"]), max_size=12))
def test_only_the_same_failure_again_and_again_is_the_tasks(ways: list[str]) -> None:
    failures, row = SetupFailures(), [""]
    for way in ways:
        row = [*row, way] if way == row[-1] else [way]
        if way == "well":
            failures.forget("t")
            continue
        fault = failures.fault("t", SetupFailure(way, "so"))  # type: ignore[arg-type]
        assert isinstance(fault, TaskFault) is (len([one for one in row if one]) == CONVINCING[way])
        if isinstance(fault, TaskFault):
            row = [""]


def test_what_is_remembered_is_bounded() -> None:
    failures = SetupFailures()
    for number in range(REMEMBERED + 5):
        failures.fault(str(number), SetupFailure("failed", "so"))
    assert len(failures._seen) == REMEMBERED
