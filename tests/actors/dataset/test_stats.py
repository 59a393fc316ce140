"""The numbers of a run."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.dataset import stats
from actors.dataset.stats import Durations, statistics, wilson
from actors.program.user_error import UserError
from environments.contract import EnvironmentVersion, Status
from tests.actors.played import played, run_of


def test_wilson_s_interval_has_the_textbook_value() -> None:
    interval = wilson(7, 10)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.3968, 0.8922)
    assert wilson(0, 0) is None


@given(st.lists(st.floats(0, 1), min_size=1))
def test_the_interval_holds_the_mean_and_stays_between_0_and_1(rewards: list[float]) -> None:
    interval = wilson(math.fsum(rewards), len(rewards))
    assert interval is not None
    assert 0 <= interval.low <= interval.mean + 1e-9
    assert interval.mean - 1e-9 <= interval.high <= 1


@given(st.lists(st.floats(0, 1e5), min_size=1), st.sampled_from([0.5, 0.95]))
def test_quantiles_are_within_one_percent(seconds: list[float], share: float) -> None:
    durations = Durations()
    for value in seconds:
        durations.add(value)
    exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    assert durations.quantile(share) == pytest.approx(exact, rel=0.0101)


def test_no_times_have_no_quantile() -> None:
    assert Durations().quantile(0.5) is None


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_of(
        tmp_path / "run",
        played("a"),
        played("b", reward=0.0),
        played("c", status=Status.TASK_LIMIT, reward=0.0, replies=["x"]),
        played("d", status=Status.PROVIDER_ERROR, reward=None, replies=[]),
        played("e", environment="database", llm="other"),
    )


def test_a_mix_of_versions_of_one_environment_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(run, played("f", environment_version=EnvironmentVersion(2, 3)))
    stats.run(argparse.Namespace(runs=[str(run)], json=False))
    said = (
        "episodes of 2 versions (a version that was not recorded; version 2, judge 3): their rewards are not one"
        " measure"
    )
    assert said in capsys.readouterr().out


def test_groups_count_episodes_rewards_tokens_and_times(run: Path) -> None:
    rows = {(environment, ended): numbers for environment, _, ended, numbers in statistics([str(run)]).rows()}
    assert [key for key in rows if key[0] == "operating_system"] == [
        ("operating_system", ended) for ended in ("completed", "task limit reached", "provider error", "all")
    ]
    every = rows["operating_system", "all"]
    assert (every["episodes"], every["scored"], every["turns"], every["prompt_tokens"], every["completion_tokens"]) == (
        4,
        3,
        5,
        500,
        50,
    )
    assert every["mean_reward"] == pytest.approx(1 / 3)
    assert every["cost"] == pytest.approx(0.005)
    assert every["times_s"]["llm"]["p50"] == pytest.approx(0.5, rel=0.01)
    assert every["times_s"]["lease"]["p95"] == pytest.approx(0.1, rel=0.01)
    assert rows["operating_system", "provider error"]["mean_reward"] is None


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    stats.add_arguments(parser)
    return stats.run(parser.parse_args(words))


def test_the_table_names_what_is_not_settled(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(run)) == 0
    shown = capsys.readouterr().out
    assert "1 not settled (1 provider error)" in shown
    assert "0.333 [" in shown
    assert "\x1b" not in shown


def test_a_run_without_episodes_is_no_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(run_of(tmp_path / "empty"))) == 0
    assert capsys.readouterr().out == "no episode has ended yet\n"


def test_json_is_one_object(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(run), str(run), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["unsettled"] == {"provider error": 2}
    assert [group["episodes"] for group in found["groups"] if group["ended"] == "all"] == [2, 8]


def test_a_run_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        command(str(tmp_path / "no"))
