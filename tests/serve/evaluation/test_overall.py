"""The overall score against every value that the paper prints."""

from __future__ import annotations

import pytest

from serve.evaluation.overall import MODELS, PAPER_NAMES, TABLE_4, baseline, environment_weights, has_baseline, weights

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
    ("environment", "m"),
    [
        ("alfworld", 20.4),
        ("webshop", 27.78),
        ("mind2web", 8.9),
        ("knowledge_graph", 15.86),
        ("operating_system", 19.14),
        ("database", 11.92),
    ],
)
def test_an_environments_weight_is_a_hundred_over_its_mean_baseline(environment: str, m: float) -> None:
    assert environment_weights([environment]) == pytest.approx([100 / m])
    assert baseline("held-in", PAPER_NAMES[environment]) == pytest.approx(m)


def test_an_environment_outside_the_table_has_no_baseline() -> None:
    assert not has_baseline("practice")
