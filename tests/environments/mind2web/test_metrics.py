"""Mind2Web's metrics, counted by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from environments.mind2web.metrics import measures, summary
from tests.environments.mind2web.small import step, task


def episode(annotation: str, *steps: tuple[bool, float] | None, mode: str = "step") -> dict[str, Any]:
    """An episode's measures; None: a step that nobody can reach."""
    found = [
        {"element": each[0], "operation": each[1], "reachable": True}
        if each
        else {"element": False, "operation": 0.0, "reachable": False}
        for each in steps
    ]
    return {"mode": mode, "annotation": annotation, "steps": found}


RIGHT, HALF, WRONG = (True, 1.0), (True, 0.5), (False, 0.0)


def test_micro_is_over_steps_and_macro_over_tasks() -> None:
    found = summary([episode("a", RIGHT), episode("a", HALF), episode("a", WRONG), episode("b", RIGHT)])
    assert found == {
        "element accuracy, micro": pytest.approx(3 / 4),
        "element accuracy, macro": pytest.approx((2 / 3 + 1) / 2),
        "operation F1, micro": pytest.approx(2.5 / 4),
        "operation F1, macro": pytest.approx((0.5 + 1) / 2),
        "step success, micro": pytest.approx(2 / 4),
        "step success, macro": pytest.approx((1 / 3 + 1) / 2),
        "task success": 0.5,
    }


def test_what_nobody_can_reach_counts_0_and_is_counted_and_left_out_beside_it() -> None:
    found = summary([episode("a", RIGHT, None), episode("b", None)])
    assert found["step success, micro"] == pytest.approx(1 / 3)
    assert found["step success, macro"] == pytest.approx(0.25)
    assert found["task success"] == 0
    assert found["steps that nobody can reach"] == 2
    assert found["step success, micro without these"] == found["step success, macro without these"] == 1


def test_where_nobody_can_reach_anything_nothing_is_left_to_average() -> None:
    found = summary([episode("a", None)])
    assert found["steps that nobody can reach"] == 1
    assert not [name for name in found if name.endswith("without these")]


def test_modes_are_measured_apart_and_rounds_make_no_task() -> None:
    found = summary([episode("a", RIGHT), episode("a", WRONG, mode="round")])
    assert found["step: step success, micro"] == 1
    assert found["round: step success, micro"] == 0
    assert "step: task success" in found
    assert "round: task success" not in found


def test_a_task_that_is_played_twice_is_two_tasks_in_task_mode() -> None:
    found = summary([episode("a", RIGHT, mode="task"), episode("a", WRONG, mode="task")])
    assert found["task success"] == 0.5


def test_an_episode_adds_what_its_ending_says() -> None:
    steps = [{"element": True, "operation": 0.5, "reachable": True}]
    assert measures(task(), {"steps": steps}) == {"mode": "step", "annotation": "note", "steps": steps}


def test_an_episode_that_broke_off_adds_0_for_each_step() -> None:
    found = measures(task(step(), step(positives=()), mode="task"), {})
    assert [(each["operation"], each["reachable"]) for each in found["steps"]] == [(0.0, True), (0.0, False)]


def test_a_task_that_is_none_adds_nothing() -> None:
    assert measures(msgspec.structs.replace(task(), payload={}), {}) == {}
