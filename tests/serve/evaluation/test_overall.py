"""The overall score against every value that the paper prints."""

from __future__ import annotations

import pytest

from environments.registry import all_registered
from serve.evaluation.overall import MODELS, TABLE_4, baseline, held_in_task, held_in_weights, weights

PRINTED = {
    "held-in": (1.59, 2.75, 0.19, 0.20, 0.27, 1.96, 2.11, 2.55),
    "held-out": (1.49, 2.13, 0.38, 0.49, 0.51, 0.67, 0.78, 1.40),
    "general": (1.15, 1.53, 0.63, 0.74, 0.95, 0.62, 0.69, 0.96),
}


@pytest.mark.parametrize("category", PRINTED)
@pytest.mark.parametrize("model", MODELS)
def test_each_of_the_24_published_overall_values_comes_out(category: str, model: str) -> None:
    column = MODELS.index(model)
    table = TABLE_4[category]
    overall = sum(
        table[task][column] * weight for task, weight in zip(table, weights(category, list(table)), strict=True)
    )
    assert f"{overall:.2f}" == f"{PRINTED[category][column]:.2f}"


@pytest.mark.parametrize(
    ("task", "m"),
    [("ALFWorld", 20.4), ("WebShop", 27.78), ("Mind2Web", 8.9), ("KG", 15.86), ("OS", 19.14), ("DB", 11.92)],
)
def test_a_tasks_weight_is_a_hundred_over_its_mean_baseline(task: str, m: float) -> None:
    assert held_in_weights([task]) == pytest.approx([100 / m])
    assert baseline("held-in", task) == pytest.approx(m)


def test_every_environment_of_the_paper_names_its_row() -> None:
    papers = [one.description.paper for one in all_registered().values()]
    assert all(paper is None or paper.task in TABLE_4[paper.category] for paper in papers)
    assert [held_in_task(name) for name in ("operating_system", "database")] == ["OS", "DB"]


def test_an_environment_outside_the_table_has_no_baseline() -> None:
    assert held_in_task("practice") is None
