"""Where a model fails."""

from __future__ import annotations

import math

from environments.contract import Status
from serve.evaluation.family_scores import FEW, FamilyScore, families, family_grids
from tests.serve.evaluation.evaluations import episode, evaluation, scored


def test_each_family_has_its_episodes_scores_and_failures_and_the_worst_of_the_second_model_is_first() -> None:
    base = evaluation(*scored([0.0, 1.0], family="easy"), episode("x", 0.0, family="hard"))
    tuned = evaluation(*scored([1.0, 1.0], family="easy"), episode("x", 0.0, Status.TASK_LIMIT, family="hard"))
    found = families([base, tuned])
    assert [(one.name, one.episodes, one.scores) for one in found] == [
        ("hard", 1, (FamilyScore(0.0, 1), FamilyScore(0.0, 1))),
        ("easy", 2, (FamilyScore(0.5, 1), FamilyScore(1.0, 0))),
    ]
    (grid,) = family_grids(found, ["base", "tuned"])
    assert [column.title for column in grid.columns][2:] == [
        "episodes",
        "base: score",
        "failed",
        "tuned: score",
        "failed",
    ]
    assert grid.rows[0] == ["operating system", "hard", "1", "0.000", "1", "0.000", "1"]
    assert grid.notes == []


def test_columns_and_environments_that_share_a_familys_name_stay_apart() -> None:
    rows = [
        episode("a", 1.0, environment=environment, column=column)
        for column in ("new", "again")
        for environment in ("operating_system", "database")
    ]
    assert [(one.column, one.environment) for one in families([evaluation(*rows)])] == [
        ("new", "database"),
        ("new", "operating_system"),
        ("again", "database"),
        ("again", "operating_system"),
    ]


def test_of_many_families_text_shows_those_in_which_somebody_failed_and_says_so() -> None:
    rows = [episode(f"{n}", float(n > 1), family=f"family {n}") for n in range(FEW + 1)]
    found = families([evaluation(*rows)])
    (grid,) = family_grids(found, [""])
    assert [row[1] for row in grid.rows] == ["family 0", "family 1"]
    assert grid.notes == [f"{FEW - 1} of {FEW + 1} families of operating_system were solved and are left out"]
    assert len(found) == FEW + 1


def test_partial_scores_are_failures_and_dropped_errors_are_none() -> None:
    rows = [episode("a", 0.5, environment="webshop"), episode("b", 0.0, Status.PROVIDER_ERROR, environment="webshop")]
    ((score,),) = (one.scores for one in families([evaluation(*rows, errors="drop")]))
    assert score == (0.5, 1)
    ((score,),) = (one.scores for one in families([evaluation(rows[1], errors="drop")]))
    assert math.isnan(score.score)
    assert score.failed == 0
