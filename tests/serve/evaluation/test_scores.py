"""What an evaluation's rows add up to."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.contract import AGENT_ENDINGS, Status
from serve.evaluation.scores import overalls, table
from tests.serve.evaluation.evaluations import episode, evaluation, scored

STATUSES = st.lists(st.sampled_from(list(Status)), min_size=1, max_size=10)


@settings(max_examples=30)
@given(statuses=STATUSES)
def test_errors_never_leave_the_denominator(statuses: list[Status]) -> None:
    """Every task that no infrastructure ended is solved: the score is the share of these, over all tasks."""
    rows = [episode(f"task {number}", float(status.scored), status) for number, status in enumerate(statuses)]
    estimate = table(evaluation(*rows))["new-instances"]["operating_system"]
    assert estimate.number == len(statuses)
    assert estimate.value == pytest.approx(sum(status in AGENT_ENDINGS for status in statuses) / len(statuses))


def test_errors_leave_the_denominator_where_they_are_to_be_dropped() -> None:
    rows = [episode("a", 1.0), episode("b", 0.0), episode("c", 0.0, Status.PROVIDER_ERROR)]
    assert table(evaluation(*rows))["new-instances"]["operating_system"].value == pytest.approx(1 / 3)
    assert table(evaluation(*rows, errors="drop"))["new-instances"]["operating_system"][::3] == (0.5, 2)


def test_an_environment_whose_every_episode_is_dropped_has_no_score() -> None:
    estimate = table(evaluation(episode("a", 0.0, Status.TURN_TIMEOUT), errors="drop"))["new-instances"][
        "operating_system"
    ]
    assert math.isnan(estimate.value)
    assert estimate.number == 0


def test_a_database_score_is_the_mean_over_categories_whatever_their_sizes() -> None:
    rows = [
        *scored([1.0] * 9 + [0.0], environment="database", category="SELECT"),
        *(episode(f"i{n}", score, environment="database", category="INSERT") for n, score in enumerate([1.0, 0.0])),
        *(episode(f"u{n}", score, environment="database", category="UPDATE") for n, score in enumerate([0.0, 0.0])),
    ]
    estimate = table(evaluation(*rows))["new-instances"]["database"]
    assert estimate.value == pytest.approx((0.9 + 0.5 + 0.0) / 3)
    assert estimate.number == 14
    assert estimate.low < estimate.value < estimate.high


def test_a_metric_that_the_suite_names_replaces_the_environments_own() -> None:
    rows = scored([1.0, 0.5, 0.0, 0.5])
    assert table(evaluation(*rows))["new-instances"]["operating_system"].value == 0.25
    assert (
        table(evaluation(*rows, suite={"metrics": {"operating_system": "mean_reward"}}))["new-instances"][
            "operating_system"
        ].value
        == 0.5
    )


def test_the_overall_divides_each_environment_by_its_baseline_and_leaves_the_others_out() -> None:
    rows = [
        *scored([1.0, 0.0], environment="operating_system"),
        *scored([0.2, 0.4], environment="webshop"),
        *scored([1.0, 1.0], environment="practice"),
    ]
    overall = overalls(evaluation(*rows))["new-instances"]
    assert overall.estimate.value == pytest.approx((50 / 19.14 + 30 / 27.78) / 2)
    assert overall.estimate.number == 4
    assert overall.environment_names == ("operating_system", "webshop")


def test_environments_without_any_baseline_have_no_overall() -> None:
    assert overalls(evaluation(*scored([1.0], environment="practice"))) == {}


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=5), others=st.lists(st.floats(0, 1), min_size=1, max_size=5)
)
def test_every_row_of_the_table_is_between_0_and_1_and_the_last_is_the_mean(
    scores: list[float], others: list[float]
) -> None:
    rows = [*scored(scores, environment="webshop"), *scored(others, environment="knowledge_graph")]
    found = table(evaluation(*rows))["new-instances"]
    assert list(found) == ["knowledge_graph", "webshop", "mean of 2 environments"]
    assert all(0 <= each.low <= each.value <= each.high <= 1 for each in found.values())
    graph, shop, mean = (each.value for each in found.values())
    assert mean == pytest.approx((graph + shop) / 2)


def test_one_environment_alone_needs_no_mean() -> None:
    assert list(table(evaluation(*scored([1.0])))["new-instances"]) == ["operating_system"]


def test_columns_stay_apart_and_in_the_suites_order() -> None:
    found = table(evaluation(*scored([1.0] * 3, column="b"), *scored([0.0] * 3, column="a")))
    assert list(found) == ["b", "a"]
    assert [found[column]["operating_system"].value for column in found] == [1.0, 0.0]


def test_attempts_are_averaged_within_their_task() -> None:
    rows = [
        episode("a", 1.0, attempt=0),
        episode("a", 0.0, attempt=1),
        episode("b", 1.0, attempt=0),
        episode("b", 1.0, attempt=1),
    ]
    assert table(evaluation(*rows))["new-instances"]["operating_system"][::3] == (0.75, 2)


def test_the_same_rows_in_any_order_give_the_same_table() -> None:
    rows = scored([0.0, 1.0, 0.0, 1.0, 1.0])
    assert table(evaluation(*rows)) == table(evaluation(*reversed(rows)))
