"""A place with things that are not what is asked for, and a whole run to spoil."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from actors.program.command_line import main
from tests.actors.played import played, run_of
from tests.malformed.calls import BASE, PROGRAMS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a config that would do, things that are not what is asked for, and no key."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    Path("ok.yaml").write_text(json.dumps(BASE))
    Path("empty").mkdir()
    Path("strange").mkdir()
    Path("strange/manifest.json").write_text("{}")
    Path("binary").write_bytes(bytes(range(256)) * 12)
    Path("dangling").symlink_to("nowhere")
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and what was filtered of it, as our programs write them."""
    folder = tmp_path_factory.mktemp("whole")
    run = run_of(folder / "run", played("e0"), played("e1"))
    activity = {"episode_id": "e2", "task_id": "t", "phase": "llm", "since": 1.0, "began": 1.0}
    status = {"state": "running", "written_at": 1.0, "total": 3, "skipped": 0, "played": 2, "event_loop_lag_s": 0.0}
    (run / "status.json").write_text(json.dumps({**status, "activities": [activity]}))
    assert main("actors", "", PROGRAMS["actors"], ["filter", str(run), "-o", str(folder / "filtered")]) == 0
    return folder
