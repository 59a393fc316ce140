"""An environment's own metrics beside its score."""

from __future__ import annotations

from typing import Any

from environments.contract import Status
from serve.evaluation.evaluation import EpisodeScore
from serve.evaluation.measure_grid import measure_grids, measured
from tests.serve.evaluation.evaluations import episode, evaluation, scored


def page(name: str, element: bool, *, reachable: bool = True, **fields: Any) -> EpisodeScore:
    steps = [{"element": element, "operation": float(element), "reachable": reachable}]
    measures = {"mode": "step", "annotation": name, "steps": steps}
    return episode(name, float(element), environment="mind2web", measures=measures, **fields)


def test_without_measures_there_is_no_table() -> None:
    assert not list(measure_grids([evaluation(*scored([1.0]))], ["value"]))


def test_each_measure_has_a_row_with_a_value_for_each_model() -> None:
    first = evaluation(page("a", True), page("b", False), *scored([1.0]))
    second = evaluation(page("a", True), page("b", False, reachable=False))
    (grid,) = measure_grids([first, second], ["base", "tuned"])
    assert [column.title for column in grid.columns] == ["column", "environment", "measure", "base", "tuned"]
    rows = {row[2]: row for row in grid.rows}
    assert rows["step success, micro"] == ["new-instances", "mind2web", "step success, micro", "0.500", "0.500"]
    assert rows["steps that nobody can reach"][3:] == ["–", "1"]
    assert rows["step success, micro without these"][3:] == ["–", "1.000"]


def test_columns_stay_apart_and_attempts_are_averaged() -> None:
    found = measured(
        evaluation(page("a", True), page("a", False, attempt=1), page("a", False, column="again"), page("b", True))
    )
    assert found["new-instances", "mind2web", "element accuracy, micro"] == 0.5
    assert found["again", "mind2web", "element accuracy, micro"] == 0


def test_a_measure_that_one_attempt_alone_has_is_there_and_counts_that_differ_are_averaged() -> None:
    rows = [page("a", True), page("a", False, reachable=False, attempt=1)]
    assert measured(evaluation(*rows))["new-instances", "mind2web", "steps that nobody can reach"] == 1
    third = [page(name, False, reachable=False, attempt=2) for name in ("a", "b")]
    assert measured(evaluation(*rows, *third))["new-instances", "mind2web", "steps that nobody can reach"] == 1.5


def test_dropped_errors_are_not_measured() -> None:
    rows = [page("a", True), page("b", False, status=Status.PROVIDER_ERROR)]
    key = ("new-instances", "mind2web", "task success")
    assert measured(evaluation(*rows))[key] == 0.5
    assert measured(evaluation(*rows, errors="drop"))[key] == 1


def test_an_environment_that_is_not_known_here_has_none() -> None:
    assert not measured(evaluation(*scored([1.0], environment="somebodys.own", measures={"x": 1})))
