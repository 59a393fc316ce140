"""What was trained on: AgentTuning's own table, and what a training run's log adds up to."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.program.user_error import UserError
from serve.report.tables import training_data as table
from serve.report.training import training
from serve.report.training_data import Row, TrainingData, training_data
from tests.serve.report.report_inputs import filtered, trained
from train.log import curves
from train.log.run_log import METRICS

# SPEC 1.1: task, source, instructions, kept, average turns
TABLE_1 = (
    ("ALFWorld", "train split", 954, 336, 13.52),
    ("WebShop", "train split", 1485, 351, 3.68),
    ("Mind2Web", "train split", 23_378, 122, 1.00),
    ("Knowledge Graph", "train split", 2501, 324, 6.04),
    ("Operating System", "Self-Instruct", 647, 195, 3.85),
    ("Database", "Self-Instruct", 1074, 178, 2.13),
    ("Database", "Task Derivation", 5302, 360, 2.03),
)
KEPT = ["35.2 %", "23.6 %", "0.522 %", "13.0 %", "30.1 %", "16.6 %", "6.79 %"]


def test_the_numbers_of_agenttunings_table_come_out():
    rows = [
        Row(task, source, number, number, kept, round(kept * turns)) for task, source, number, kept, turns in TABLE_1
    ]
    grid = table(TrainingData(rows))
    assert [row[-1] for row in grid.rows[:-1]] == KEPT
    assert [row[-2] for row in grid.rows[:-1]] == [f"{turns:.2f}" for *_, turns in TABLE_1]
    assert grid.rows[-1] == ["total", "", "35,341", "1,866", "5.24", "5.28 %"]


def test_a_filtered_folder_is_counted_by_task_and_source(tmp_path: Path):
    folder = filtered(tmp_path)
    assert training_data([folder]).rows == [
        Row("database", "self-instruct", 8, 8, 4, 8),
        Row("operating_system", "generated", 8, 8, 4, 8),
    ]
    assert training_data([folder, folder]).total.kept == 16


def test_several_attempts_at_an_instruction_get_a_column_of_their_own():
    found = TrainingData([Row("database", "generated", 10, 40, 20, 50)])
    assert [column.title for column in table(found).columns][2:5] == ["instructions", "episodes", "kept"]
    assert table(found).rows[0][-1] == "50.0 %"


def test_nothing_kept_has_no_average():
    assert table(TrainingData([Row("database", "generated", 10, 10, 0, 0)])).rows[0][-2:] == ["–", "0.00 %"]


def test_a_training_runs_facts_are_the_logs(tmp_path: Path):
    found = training(trained(tmp_path / "training"))
    assert found.name == "training"
    assert found.facts["tokens"] == "216,000 computed, 66,000 trained on"
    assert found.facts["time in steps"] == "0:09:36"
    assert found.facts["steps"] == "60"
    assert found.facts["what is tuned"] == "all weights but embeddings and output matrix"
    assert found.facts["η"] == "0.8 of the conversations"
    assert [stream.name for stream in found.streams] == ["agent/db", "agent/os", "general/chat"]
    assert found.streams[0].held_out_loss.startswith("2.200 → 0.1")


def test_a_run_that_is_not_at_its_end_and_one_whose_log_has_gaps_say_so(tmp_path: Path):
    stopped = training(trained(tmp_path / "stopped", steps=20))
    assert stopped.facts["steps"] == "20 of 60: this run is not at its end"
    folder = Path(trained(tmp_path / "sparse"))
    lines = (folder / METRICS).read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"held_out"' in line or int(line.split(b'"step":')[1].split(b",")[0]) % 10 == 0]
    (folder / METRICS).write_bytes(b"".join(kept))
    sparse = training(str(folder)).facts
    assert sparse["tokens"] == "21,600 computed, 6,600 trained on in the 6 steps that were logged"
    assert sparse["time in steps"] == "0:00:58 in the 6 steps that were logged"


def test_a_run_without_a_step_and_a_folder_of_another_kind_are_refused(tmp_path: Path):
    folder = Path(trained(tmp_path / "begun", steps=0))
    with pytest.raises(UserError, match="has logged no step yet"):
        training(str(folder))
    other = Path(trained(tmp_path / "other"))
    (other / "manifest.json").write_text('{"kind": "filtered trajectories"}')
    with pytest.raises(UserError, match="is no training run"):
        training(str(other))


def test_curves_for_a_page_take_its_ink_and_bring_neither_metadata_nor_a_background(tmp_path: Path):
    picture = curves.svg([Path(trained(tmp_path / "$one$ <b>")), Path(trained(tmp_path / "two"))])
    assert picture.startswith("<svg")
    assert picture.endswith("</svg>")
    assert "currentColor" in picture
    assert "<metadata" not in picture
    assert "#ffffff" not in picture
    assert "$one$ &lt;b&gt;: agent/db</text>" in picture
    assert curves.svg([tmp_path / "two"]) == curves.svg([tmp_path / "two"])
