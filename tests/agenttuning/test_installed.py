"""What `pip install .` gives: one program that works from any folder, with every file that it reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("actors", "environments", "train", "serve", "agenttuning")
CONFIG = """
store: runs/first
tasks:
  - {environment: practice, generate: 2}
  - {environment: knowledge_graph, generate: 1}
llm: {kind: reference}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Installed(NamedTuple):
    """The wheel, and the program that it gave in an environment of its own."""

    wheel: Path
    program: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    wheel = built(folder)
    venv.create(folder / "venv", symlinks=True)
    places = [path for path in sys.path if path.endswith("site-packages")]
    (site,) = (folder / "venv").glob("lib/*/site-packages")
    (site / "dependencies.pth").write_text("\n".join(places) + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "venv" / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True, timeout=200)
    return Installed(wheel, folder / "venv" / "bin" / "agenttuning")


def built(folder: Path) -> Path:
    """The wheel of a copy of this tree, so that the build leaves nothing in it."""
    source = folder / "source"
    ours = shutil.ignore_patterns("__pycache__")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=ours)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*pip, str(source)], check=True, timeout=200)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_every_file_of_the_packages_is_in_the_wheel(installed: Installed) -> None:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    wanted = {str(path.relative_to(ROOT)) for path in paths if "__pycache__" not in path.parts}
    with zipfile.ZipFile(installed.wheel) as wheel:
        assert not wanted - set(wheel.namelist())


def test_a_run_is_played_and_read_in_a_folder_that_knows_nothing_of_this_project(
    installed: Installed, tmp_path: Path
) -> None:
    def ran(*words: str) -> str:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        ended = subprocess.run(
            [installed.program, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    (tmp_path / "c.yaml").write_text(CONFIG)
    assert ran("--version").startswith("agenttuning ")
    assert "3 episodes played" in ran("rollout", "c.yaml")
    assert "3 of 3 episodes are done" in ran("why-stuck", "runs/first")
    assert "kg-" in ran("view", "runs/first")
    assert "kept 2 of 3" in ran("filter", "runs/first", "-o", "kept")
    assert "2 records in all" in ran("export", "kept", "-o", "dataset")
