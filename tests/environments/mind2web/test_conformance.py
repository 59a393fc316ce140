"""What every environment must do, by text and by tools, in every mode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from environments.conformance import check
from environments.mind2web.generate import families
from tests.environments.mind2web.small import recorded


def test_generated_steps_are_an_environment() -> None:
    check("mind2web", generate=2 * len(families()) // 3)


@pytest.mark.parametrize("mode", ["round", "step", "task"])
def test_read_tasks_are_one(mode: str, tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(json.dumps([recorded()]))
    path = tmp_path / "reading.toml"
    path.write_text(f'files = ["train.json"]\nmode = "{mode}"\n')
    check("mind2web", file=str(path))
