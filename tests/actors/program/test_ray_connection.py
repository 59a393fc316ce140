"""What is shipped to a cluster that somebody else runs, and where a run may be started."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.program.ray_connection import connect, shipped
from actors.program.user_error import UserError


def test_our_packages_alone_are_shipped_whatever_lies_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_JOB_CONFIG_JSON_ENV_VAR", raising=False)
    found = shipped("10.0.0.5:6379")
    assert found is not None
    assert [Path(place).name for place in found["py_modules"]] == [
        "actors",
        "environments",
        "train",
        "serve",
        "agenttuning",
    ]
    assert all((Path(place) / "__init__.py").is_file() for place in found["py_modules"])


def test_nothing_is_shipped_on_this_machine_nor_by_a_job_which_was_shipped_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shipped(None) is None
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    assert shipped("10.0.0.5:6379") is None


@pytest.mark.parametrize("name", ["train.py", "actors/__init__.py"])
def test_a_folder_with_modules_of_our_names_is_refused_before_ray_starts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=rf"'{tmp_path / name}' would be taken for this program's package"):
        connect()
