"""How far a run is."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from serve.evaluation.evaluation import FILE as EVALUATION
from serve.pipeline import ledger
from serve.pipeline.decision import Basis, Record
from serve.pipeline.ledger import Ledger
from serve.runs.kinds import Found, Kind
from serve.runs.listing import listed
from serve.runs.states import State, standing
from tests.serve.runs.small_runs import play

DONE, FAILED = (Record(Basis([], {}, {}), "", 1.0, ended=2.0, exit_code=code) for code in (0, 1))


def of(place: Path, kind: Kind) -> tuple[State, str]:
    found = standing(str(place), Found("", kind, listed(str(place)).files))
    return found.state, found.note


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ({"act": DONE, "train": DONE}, (State.FINISHED, "2 stages")),
        ({"act": DONE}, (State.UNFINISHED, "stage 'train' was not begun")),
        ({"act": DONE, "train": FAILED}, (State.UNFINISHED, "stage 'train' is not done")),
    ],
)
def test_a_pipeline_is_finished_when_every_planned_stage_is_done(
    tmp_path: Path, stages: dict[str, Record], expected: tuple[State, str]
) -> None:
    ledger.write(tmp_path, Ledger("demo.yaml", stages, planned=["act", "train"]))
    assert of(tmp_path, Kind.PIPELINE) == expected
    with open(tmp_path / ledger.LOCK, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert of(tmp_path, Kind.PIPELINE)[0] is State.RUNNING


def test_an_evaluation_is_finished_when_its_scores_are_written(tmp_path: Path) -> None:
    play(tmp_path, 3)
    assert of(tmp_path, Kind.EVALUATION) == (State.UNFINISHED, f"3 episodes, no {EVALUATION}")
    (tmp_path / EVALUATION).write_text("{}")
    assert of(tmp_path, Kind.EVALUATION) == (State.FINISHED, "3 episodes")


def test_a_run_whose_driver_was_killed_is_counted_by_its_records(tmp_path: Path) -> None:
    store = play(tmp_path, 3)
    status = store.status()
    assert status is not None
    store.write_status({**status, "state": "running", "statuses": {}, "total": 5})
    assert of(tmp_path, Kind.ROLLOUT) == (State.UNFINISHED, "3 of 5 episodes")
    store.write_status({**status, "state": "running", "statuses": {}, "total": 3})
    assert of(tmp_path, Kind.ROLLOUT) == (State.FINISHED, "3 episodes")
    store.write_status({**status, "statuses": {"practice": {"completed": 2, "environment error": 1}}})
    assert of(tmp_path, Kind.ROLLOUT) == (State.FINISHED, "3 episodes, 1 of them to play again")
