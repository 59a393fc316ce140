"""Two evaluations of the same tasks."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.program.user_error import UserError
from environments.contract import EnvironmentVersion, Status
from serve.evaluation.comparison import compare, suite_differences
from serve.evaluation.score_grid import score_notes
from serve.evaluation.scores import table
from tests.serve.evaluation.evaluations import episode, evaluation, scored

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=10)


@settings(max_examples=30)
@given(scores=SCORES, environment=st.sampled_from(["operating_system", "webshop", "practice"]))
def test_an_evaluation_differs_from_itself_by_nothing(scores: list[float], environment: str) -> None:
    found = evaluation(*scored(scores, environment=environment))
    for row in compare(found, found)["new-instances"].values():
        assert (row.difference, row.wins, row.losses, row.ties, row.p_holm) == (0.0, 0, 0, len(scores), 1.0)
        assert row.low == pytest.approx(-row.high)
        assert row.first == row.second


@settings(max_examples=30)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=10
    )
)
def test_a_difference_is_that_of_the_two_tables_and_its_interval_contains_it(pairs: list[tuple[float, float]]) -> None:
    first = evaluation(*scored([a for a, _ in pairs], environment="webshop"))
    second = evaluation(*scored([b for _, b in pairs], environment="webshop"))
    before, after = table(first)["new-instances"], table(second)["new-instances"]
    for name, row in compare(first, second)["new-instances"].items():
        assert (row.first, row.second) == pytest.approx((before[name].value, after[name].value))
        assert row.difference == pytest.approx(row.second - row.first)
        assert row.low <= row.difference <= row.high
        assert row.wins + row.losses + row.ties == row.number == len(pairs)


def test_what_one_gains_beyond_chance_is_seen() -> None:
    row = compare(evaluation(*scored([0.0] * 12 + [1.0] * 3)), evaluation(*scored([1.0] * 15)))["new-instances"][
        "operating_system"
    ]
    assert (row.wins, row.losses, row.ties) == (12, 0, 3)
    assert row.low > 0
    assert row.test == (2 / 2**12, 0)
    assert row.supported


def test_six_of_eight_tasks_are_supported_and_four_of_eight_are_not_though_their_interval_leaves_out_0() -> None:
    rows = {
        wins: compare(evaluation(*scored([0.0] * 8)), evaluation(*scored([1.0] * wins + [0.0] * (8 - wins))))[
            "new-instances"
        ]["operating_system"]
        for wins in (4, 6)
    }
    assert rows[4].low > 0
    assert [(row.p_holm, row.supported) for row in rows.values()] == [(0.125, False), (0.03125, True)]


def test_each_row_of_a_comparison_makes_the_others_harder() -> None:
    """Six of eight alone would be enough; beside another environment and the mean of both it is not."""
    before = [*scored([0.0] * 8), *scored([0.0] * 8, environment="practice")]
    after = [*scored([1.0] * 6 + [0.0] * 2), *scored([0.0] * 8, environment="practice")]
    rows = compare(evaluation(*before), evaluation(*after))["new-instances"]
    assert list(rows) == ["operating_system", "practice", "mean of 2 environments"]
    assert rows["operating_system"].p_holm == 3 * rows["operating_system"].test.p == 3 / 32
    assert not any(row.supported for row in rows.values())


def test_a_task_weighs_in_the_test_what_it_weighs_in_the_difference() -> None:
    """Two categories, one of a single task: that one gains half of the whole difference."""
    kinds = ["SELECT"] * 6 + ["INSERT"]
    first, second = (
        evaluation(*(episode(f"{n}", score, environment="database", category=k) for n, k in enumerate(kinds)))
        for score in (0.0, 1.0)
    )
    row = compare(first, second)["new-instances"]["database"]
    assert (row.wins, row.test) == (7, (2 / 2**7, 0))


def test_attempts_count_once_for_their_task() -> None:
    first = evaluation(*(episode("a", 0.0, attempt=n) for n in range(3)))
    second = evaluation(*(episode("a", float(n > 0), attempt=n) for n in range(3)))
    row = compare(first, second)["new-instances"]["operating_system"]
    assert (row.wins, row.number, row.test.p) == (1, 1, 1.0)
    assert row.difference == pytest.approx(2 / 3)


def test_another_version_of_an_environment_or_its_judge_is_refused() -> None:
    old = evaluation(*scored([1.0] * 3, environment_version=EnvironmentVersion(1, 1)), name="base")
    judged_anew = evaluation(*scored([1.0] * 3, environment_version=EnvironmentVersion(1, 2)), name="tuned")
    unknown = evaluation(*scored([1.0] * 3), name="released")
    said = (
        "operating_system was not the same for both \\('base' in version 1, judge 1; 'tuned' in version 1, judge 2\\)"
    )
    with pytest.raises(UserError, match=said):
        compare(old, judged_anew)
    with pytest.raises(UserError, match="'released' in a version that was not recorded"):
        compare(old, unknown)
    assert compare(old, old)


def test_an_evaluation_of_mixed_versions_is_compared_with_nothing_and_says_so() -> None:
    rows = [episode("a", 1.0, environment_version=EnvironmentVersion(1, 1)), episode("b", 1.0)]
    mixed = evaluation(*rows)
    with pytest.raises(UserError, match="a version that was not recorded, version 1, judge 1"):
        compare(mixed, mixed)
    assert any("operating_system: episodes of 2 versions" in note for note in score_notes(mixed))


def test_other_tasks_are_refused_with_their_numbers() -> None:
    first, second = evaluation(*scored([1.0] * 5), name="base"), evaluation(*scored([1.0] * 3), name="tuned")
    second.episodes.append(episode("another", 1.0))
    second.episodes[0] = msgspec.structs.replace(second.episodes[0], task_digest="changed")
    with pytest.raises(
        UserError,
        match="'base' and 'tuned' played different tasks: 2 only in the first, 1 only in the second, 1 of the same",
    ):
        compare(first, second)


def test_a_shared_column_of_different_suites_can_be_compared() -> None:
    shared = scored([1.0, 0.0], column="shared")
    first, second = evaluation(*shared, *scored([1.0], column="old")), evaluation(*shared)
    assert list(compare(first, second, "shared")) == ["shared"]
    with pytest.raises(UserError, match="played different tasks"):
        compare(first, second)
    with pytest.raises(UserError, match="has no column 'shred': its columns are shared, old"):
        compare(first, second, "shred")


def test_other_metrics_and_another_treatment_of_errors_are_refused() -> None:
    rows = scored([1.0, 0.5])
    with pytest.raises(UserError, match="metric of operating_system is success_rate in 'player' and mean_reward"):
        compare(evaluation(*rows), evaluation(*rows, suite={"metrics": {"operating_system": "mean_reward"}}))
    with pytest.raises(UserError, match="--errors"):
        compare(evaluation(*rows), evaluation(*rows, errors="drop"))


def test_a_dropped_error_takes_its_task_out_of_both() -> None:
    first = evaluation(episode("a", 1.0), episode("b", 0.0, Status.PROVIDER_ERROR), errors="drop")
    second = evaluation(episode("a", 1.0), episode("b", 1.0), errors="drop")
    assert compare(first, second)["new-instances"]["operating_system"].number == 1


def test_the_suites_differences_are_named() -> None:
    first, second = ({"limits": {"max_turns": turns}, "metrics": {}, "name": f"suite {turns}"} for turns in (8, 15))
    assert suite_differences(evaluation(suite=first), evaluation(suite=second)) == [
        "limits.max_turns: 8 for 'player', 15 for 'player'"
    ]
