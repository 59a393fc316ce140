"""Questions sampled from a graph of the user's, as a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from environments.knowledge_graph.synthetic.graph import n_triples, own_ontology
from environments.registry import registered

load = registered("knowledge_graph").load
ROOT = Path(__file__).parents[3]


def written(folder: Path) -> Path:
    """The own graph and its ontology as files, as a user has them."""
    known = own_ontology()
    (folder / "graph.nt").write_text(n_triples())
    beside = folder / "ontology"
    beside.mkdir()
    names = {
        "relations": sorted(known.relations),
        "attributes": sorted(known.attributes),
        "classes": sorted(known.classes),
    }
    (beside / "vocab.json").write_text(json.dumps(names))
    (beside / "fb_roles").write_text(
        "".join(f"{domain} {name} {range}\n" for name, (domain, range) in known.roles.items())
    )
    (beside / "fb_types").write_text("")
    (beside / "reverse_properties").write_text("".join(f"{name}\t{back}\n" for name, back in known.reverse.items()))
    return beside


def sample(folder: Path, state: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the command on it."""
    command = [
        sys.executable,
        "-m",
        "environments.knowledge_graph.sample",
        str(folder / "graph.nt"),
        str(folder / "ontology"),
        *more,
    ]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "AGENTTUNING_STATE": str(state)},
    )


def test_sampled_questions_are_a_file_that_loads(state: Path, tmp_path: Path) -> None:
    written(tmp_path)
    done = sample(tmp_path, state, "40", "--seed", "3")
    assert done.returncode == 0, done.stderr
    (tmp_path / "questions.json").write_text(done.stdout)
    tasks = list(load(str(tmp_path / "questions.json"), "train"))
    assert len({task.id for task in tasks}) == 40
    assert all(task.reference and task.payload["answers"] for task in tasks)
    assert sample(tmp_path, state, "40", "--seed", "3").stdout == done.stdout


def test_a_mistake_ends_in_one_line(state: Path, tmp_path: Path) -> None:
    written(tmp_path)
    for more, said in ((("1", "--families", "for_hops"), "did you mean 'four_hops'"),):
        done = sample(tmp_path, state, *more)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    (tmp_path / "graph.nt").unlink()
    assert "cannot read" in sample(tmp_path, state, "1").stderr
