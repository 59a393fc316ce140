"""A data set in AgentInstruct's form: its bytes, its ids, its card."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from actors.dataset import export as export_command
from actors.dataset.export import Place, export, ids, parquet_schema
from actors.dataset.filter import Settings, filter_runs
from actors.dataset.import_records import Options, trajectory_of
from actors.program.user_error import UserError
from actors.records.agent_instruct import Record, Said, record_of, split_of
from actors.records.record_files import Row
from actors.records.trajectory import Trajectory, decode, encode
from environments.message import Message, ToolCall
from tests.actors.played import OPENING, content, played, run_of

pq: Any = pytest.importorskip("pyarrow.parquet")

conversations = st.lists(st.tuples(st.text(), st.text(), st.booleans()), min_size=1, max_size=6)


def record(pairs: list[tuple[str, str, bool]], record_id: str) -> Record:
    said = [turn for human, gpt, loss in pairs for turn in (Said("human", None, human), Said("gpt", loss, gpt))]
    return Record(said, record_id)


def exported(tmp_path: Path, *trajectories: Trajectory, name: str = "set") -> Path:
    run = run_of(tmp_path / f"{name}-run", *trajectories)
    filter_runs([str(run)], tmp_path / f"{name}-filtered", Settings())
    export(str(tmp_path / f"{name}-filtered"), tmp_path / name, "apache-2.0")
    return tmp_path / name


@given(conversations, st.integers(0, 10**6))
def test_any_conversation_survives_import_store_and_export(pairs: list[tuple[str, str, bool]], number: int) -> None:
    original = record(pairs, f"db_{number}")
    row = Row("file", 1, msgspec.json.decode(msgspec.json.encode(original)))
    imported = trajectory_of(row, 0, "run", Options())
    assert imported.flagged
    assert record_of(decode(encode(imported.trajectory)), f"db_{number}") == original


def test_a_record_is_agent_instruct_s_exactly() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(record_of(played(), "os_42")))
    assert list(fields) == ["conversations", "id"]
    assert fields["conversations"][:4] == [
        {"from": "human", "loss": None, "value": "You are an agent. Count."},
        {"from": "gpt", "loss": False, "value": "Ok."},
        {"from": "human", "loss": None, "value": "How many?"},
        {"from": "gpt", "loss": True, "value": "Think: look.\n\nAct: bash\n\n```bash\nls\n```"},
    ]


def test_a_conversation_that_is_more_than_text_is_refused_by_its_name() -> None:
    messages = [Message("user", "q"), Message("assistant", "", True, tool_calls=(ToolCall("1", "look", "{}"),))]
    with pytest.raises(UserError, match="episode e7 has tool calls or images"):
        record_of(played("e7", messages=messages), "os_0")


def test_a_system_message_goes_before_the_first_human_turn() -> None:
    said = record_of(played(opening=(Message("system", "Rules."), *OPENING)), "os_0").conversations
    assert [turn.speaker for turn in said] == ["human", "gpt"] * 3
    assert said[0].value == "Rules.\n\nYou are an agent. Count."


def test_parquet_has_the_published_features_and_rows(tmp_path: Path) -> None:
    import pyarrow as pa

    path = exported(tmp_path, played("a"), played("b", replies=["x"])) / "data" / "os-00000-of-00001.parquet"
    table = pq.read_table(path)
    assert table.schema.field("conversations").type == pa.list_(
        pa.struct([("from", pa.string()), ("loss", pa.bool_()), ("value", pa.string())])
    )
    assert table.schema.equals(parquet_schema(pa))
    assert table.schema.metadata == parquet_schema(pa).metadata
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["conversations"][0]["loss"] == {"dtype": "bool", "_type": "Value"}
    rows = table.to_pylist()
    assert [row["id"] for row in rows] == ["os_0", "os_1"]
    assert [turn["loss"] for turn in rows[0]["conversations"]] == [None, False, None, True, None, True]


def test_sharegpt_holds_the_same_records(tmp_path: Path) -> None:
    folder = exported(tmp_path, played("a"), played("b", environment="database", replies=["x"]))
    assert sorted(path.name for path in (folder / "sharegpt").iterdir()) == ["db.json", "os.json"]
    for split in ("os", "db"):
        from_json = json.loads((folder / "sharegpt" / f"{split}.json").read_text())
        assert from_json == pq.read_table(folder / "data" / f"{split}-00000-of-00001.parquet").to_pylist()


def test_ids_follow_the_episodes_and_not_the_shards(tmp_path: Path) -> None:
    episodes = [played(f"e{i:03}", replies=[f"reply {i}"]) for i in range(600)]
    shuffled = random.Random(0).sample(episodes, len(episodes))
    one, two = exported(tmp_path / "1", *episodes), exported(tmp_path / "2", *shuffled)
    assert content(one / "data") == content(two / "data")
    origins = [json.loads(line) for line in (one / "episodes.jsonl").read_text().splitlines()]
    assert [(o["id"], o["episode_id"]) for o in origins[:2]] == [("os_0", "e000"), ("os_1", "e001")]
    assert len(origins) == 600


def test_exporting_again_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = exported(tmp_path, *(played(f"e{i}", replies=[f"r{i}"]) for i in range(20)))
    before = content(folder)
    export(str(tmp_path / "set-filtered"), folder, "apache-2.0")
    assert content(folder) == before


def test_imported_records_keep_their_ids_and_others_take_free_ones() -> None:
    places = [
        Place(0, "x", "os_1", 0, 0),
        Place(1, "y", "os_1", 0, 0),
        Place(None, "a", "", 0, 0),
        Place(None, "b", "", 0, 0),
    ]
    assert ids("os", places) == ["os_1", "os_0", "os_2", "os_3"]


def test_an_environment_without_a_short_name_is_a_legal_split() -> None:
    assert [split_of(name) for name in ("operating_system", "mind2web", "card game-2")] == [
        "os",
        "mind2web",
        "card_game_2",
    ]


def test_the_card_has_the_hub_s_front_matter_and_the_paper_s_table(tmp_path: Path) -> None:
    rejected = played("c", environment="database", reward=0.0)
    text = (
        exported(tmp_path, played("a"), played("b", environment="database", replies=["x"]), rejected) / "README.md"
    ).read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "apache-2.0"
    assert front["configs"][0]["data_files"] == [
        {"split": "db", "path": "data/db-*"},
        {"split": "os", "path": "data/os-*"},
    ]
    assert [(s["name"], s["num_examples"]) for s in front["dataset_info"]["splits"]] == [("db", 1), ("os", 1)]
    assert "| task | way | instructions | kept | avg turns | kept % |" in text
    assert "| Database | generated | 2 | 1 | 1.00 | 50.00 % |" in text
    assert "| **total** |  | 3 | 2 | 1.50 | 66.67 % |" in text
    assert "`gpt-4`" in text
    assert "1 for reward" in text


@given(st.text())
def test_no_name_breaks_out_of_the_card(name: str) -> None:
    from actors.dataset.dataset_card import Split, card
    from actors.records.filtered import Count, Input, Maker, Manifest

    manifest = Manifest({}, [Input("r", 1, "")], [Count(name, name, 1, 1, 1, 1)], [Maker(name, {"x": name}, 1)], 1, "")
    text = card(name, [Split("os", 1, 1, 1, 1)], manifest, "unknown")
    assert yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))["license"] == "unknown"
    (row,) = [line for line in text.split("\n") if line.endswith("| 1 | 1 | 1.00 | 100.00 % |")]
    assert row.replace("\\|", "").count("|") == 7


def test_the_manifest_hashes_what_was_written(tmp_path: Path) -> None:
    import hashlib

    folder = exported(tmp_path, played("a"))
    manifest = json.loads((folder / "manifest.json").read_text())
    files = content(folder)
    assert set(manifest["files"]) == set(files) - {"manifest.json"}
    assert all(hashlib.sha256(files[name]).hexdigest() == found for name, found in manifest["files"].items())
    assert manifest["filtered"]["kept"] == 1


def test_nothing_kept_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="kept no trajectory"):
        exported(tmp_path, played("a", reward=0.0))
    assert not (tmp_path / "set").exists()


def test_a_run_that_was_not_filtered_is_refused_with_the_way(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", played("a"))
    with pytest.raises(UserError, match="is no filtered folder: give the one that 'python -m actors filter"):
        export(str(run), tmp_path / "set", "unknown")


def test_the_command_writes_beside_the_filtered_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(tmp_path / "run", played("a"))
    filter_runs([str(run)], run / "filtered", Settings())
    parser = argparse.ArgumentParser()
    export_command.add_arguments(parser)
    assert export_command.run(parser.parse_args([str(run / "filtered")])) == 0
    assert (run / "dataset" / "README.md").exists()
    assert "1 records in all" in capsys.readouterr().out
