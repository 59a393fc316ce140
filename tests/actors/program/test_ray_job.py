"""What a process reads of Ray from its environment variables."""

from pathlib import Path

import pytest

from actors.program.ray_job import lasting
from actors.program.user_error import UserError


def test_a_relative_path_means_the_same_for_every_process_of_a_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RAY_JOB_CONFIG_JSON_ENV_VAR", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.chdir(tmp_path)
    assert lasting("store", "runs/x") == str(tmp_path / "runs" / "x")
    assert lasting("store", "~/x") == "/home/somebody/x"


def test_a_submitted_job_refuses_a_path_that_would_go_with_its_copy_and_takes_one_that_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
    with pytest.raises(UserError, match="store 'runs/x' is relative"):
        lasting("store", "runs/x")
    assert [lasting("store", place) for place in ("/shared/x", "s3://bucket/x")] == ["/shared/x", "s3://bucket/x"]
