"""Tasks from the recorded set."""

from __future__ import annotations

import pytest

from environments.contract import UserError
from environments.mind2web.course import can_be_answered
from environments.mind2web.generate import families, generate
from environments.mind2web.payload import read_payload


def test_families_are_modes_of_kinds_of_sites() -> None:
    assert {"step-shop", "round-shop", "task-shop"} <= set(families())
    assert len(families()) % 3 == 0


def test_without_families_steps_of_all_kinds_are_given() -> None:
    kinds = [name for name in families() if name.startswith("step-")]
    assert [task.family for task in generate(len(kinds), 1, "train")] == kinds


def test_one_seed_gives_the_same_tasks_and_another_others() -> None:
    assert list(generate(6, 1, "train")) == list(generate(6, 1, "train"))
    assert not {str(task.payload) for task in generate(6, 1, "train")} & {
        str(task.payload) for task in generate(6, 2, "train")
    }


def test_every_step_can_be_answered_and_has_ten_candidates_at_most() -> None:
    for task in generate(12, 3, "test", ["step-shop", "task-shop"]):
        assert task.reference == {}
        for step in read_payload(task).steps:
            assert can_be_answered(step)
            assert len(step.candidates) <= 10


def test_rounds_with_and_without_a_right_choice_are_given() -> None:
    found = [bool(read_payload(task).steps[0].positives) for task in generate(30, 1, "train", ["round-shop"])]
    assert True in found
    assert False in found


def test_a_column_of_a_suite_shows_the_sites_of_test() -> None:
    (column,), (test,) = (list(generate(1, 1, split)) for split in ("new-instances", "test"))
    assert column.payload == test.payload
    assert read_payload(next(generate(1, 1, "dev"))).annotation != read_payload(test).annotation


def test_any_number_of_tasks_can_be_drawn_and_no_two_are_alike() -> None:
    found = [str(task.payload) for task in generate(150, 1, "train", ["round-shop"])]
    assert len(set(found)) > 140


def test_an_unknown_family_is_told() -> None:
    with pytest.raises(UserError, match="unknown family 'step-shp' of mind2web: did you mean 'step-shop'"):
        list(generate(1, 1, "train", ["step-shp"]))


@pytest.mark.parametrize("split", [".", "..", "/tmp", "new-instances"])
def test_a_split_of_any_name_has_the_sites_of_test(split: str) -> None:
    (task,) = generate(1, 1, split, ["step-shop"])
    assert task.id.endswith("-test")
