"""The embedded store: loaded once, shared, told apart by content."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from environments.contract import UserError
from environments.knowledge_graph.engines import store
from environments.knowledge_graph.source import StoreSource
from environments.knowledge_graph.synthetic.graph import n_triples
from tests.environments.knowledge_graph.graphs import boats

ROOT = Path(__file__).parents[4]


def stores(state: Path) -> int:
    return len(list(state.glob(f"{store.PREFIX}*")))


def test_a_graph_is_loaded_once_plain_or_compressed(state: Path, tmp_path: Path) -> None:
    text = "\n".join(boats()) + "\n"
    (tmp_path / "a.nt").write_text(text)
    with gzip.open(tmp_path / "b.nt.gz", "wt") as file:
        file.write(text)
    folder = store.prepare(tmp_path / "a.nt", 10)
    made = folder.stat().st_mtime_ns
    assert store.prepare(tmp_path / "b.nt.gz", 10) == folder
    assert (folder.stat().st_mtime_ns, stores(state)) == (made, 1)
    (tmp_path / "a.nt").write_text(text + text.replace("0yard", "0other"))
    assert store.prepare(tmp_path / "a.nt", 10) != folder
    assert StoreSource(folder).out("m.0yard")["boats.ship_builder.ships_built"] == ["m.0a", "m.0b", "m.0c"]
    assert StoreSource(folder).values("m.0a") == {"boats.ship.launched": "1970-01-02", "boats.ship.length": "90"}


PREPARE = "from environments.knowledge_graph.engines import store; print(store.prepare(None, 60))"


def test_processes_that_come_at_the_same_time_share_one_store(state: Path) -> None:
    environment = {**os.environ, "AGENTTUNING_STATE": str(state)}
    command = [sys.executable, "-c", PREPARE]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True) for _ in range(3)
    ]
    assert len({process.communicate(timeout=60)[0] for process in running}) == 1
    assert stores(state) == 1


def test_what_a_killed_loader_left_is_removed_and_a_bad_file_leaves_nothing(state: Path, tmp_path: Path) -> None:
    (state / f"{store.MAKING}dead").mkdir()
    (tmp_path / "bad.nt").write_text("<a> <b> .\n")
    with pytest.raises(UserError, match=r"bad\.nt' is no N-Triples file"):
        store.prepare(tmp_path / "bad.nt", 10)
    for bad in ("cut.nt.gz", "missing.nt"):
        if bad.endswith("gz"):
            (tmp_path / bad).write_bytes(gzip.compress(b"x" * 100_000)[:40])
        with pytest.raises(UserError, match="cannot read"):
            store.prepare(tmp_path / bad, 10)
    assert not [path for path in state.iterdir() if path.is_dir()]


def test_the_own_graph_is_the_same_on_every_machine() -> None:
    import hashlib

    text = n_triples()
    assert 5_000 < text.count("\n") < 20_000
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "c9bac1fbf24aaf16"
