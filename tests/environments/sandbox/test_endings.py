"""Whose doing a lost sandbox is: a pure decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.sandbox import cgroups, docker_sandbox
from environments.sandbox.endings import Evidence, Usage, own_doing, share


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (Evidence(), ""),
        (Evidence("wrote more than 64 MiB", exit_code=137), "wrote more than 64 MiB"),
        (Evidence(out_of_memory=True, exit_code=137), "out of memory"),
        (Evidence(out_of_memory=True), "out of memory"),
        (Evidence(exit_code=137), ""),
        (Evidence(exit_code=-9), ""),
        (Evidence(exit_code=0), ""),
        (Evidence(exit_code=1), "its process 1 ended with exit code 1"),
        (Evidence(exit_code=129), "its process 1 ended with exit code 129"),
        (Evidence(usage=Usage(processes=1.0)), "as many processes as it may have"),
        (Evidence(usage=Usage(memory=0.97)), "as much memory as it may have"),
        (Evidence(usage=Usage(processors=0.3)), "its processes left no processor time for anything else"),
        (Evidence(usage=Usage(0.5, 0.5, 0.05)), ""),
        (Evidence(paused=True, usage=Usage(1.0, 1.0, 1.0)), ""),
        (Evidence(exit_code=137, usage=Usage(1.0, 1.0, 1.0)), ""),
    ],
)
def test_whose_doing_it_is(evidence: Evidence, reason: str) -> None:
    assert own_doing(evidence) == reason


def test_no_limit_is_never_reached() -> None:
    assert (share(10, 0), share(0, 0), share(3, 4)) == (0.0, 0.0, 0.75)


def statistics(memory: dict[str, object]) -> dict[str, object]:
    return {"cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": memory, "pids_stats": {}}


@pytest.mark.parametrize(
    ("memory", "used"),
    [
        ({"usage": 490, "limit": 512, "stats": {"inactive_file": 460, "active_file": 10}}, 30 / 512),
        ({"usage": 490, "limit": 512, "stats": {"inactive_file": 0, "total_inactive_file": 460}}, 30 / 512),
        ({"usage": 490, "limit": 512, "stats": {"inactive_file": 4, "anon": 480}}, 486 / 512),
        ({"usage": 490, "limit": 512, "stats": None}, 490 / 512),
        ({"usage": 490, "limit": 512, "stats": {"inactive_file": 500}}, 0.0),
        ({}, 0.0),
    ],
)
def test_files_that_the_kernel_keeps_do_not_use_up_a_containers_memory(memory: dict[str, object], used: float) -> None:
    assert docker_sandbox.usage(statistics({}), statistics(memory)).memory == used


@pytest.mark.parametrize(
    "files",
    [
        {"memory.current": "490", "memory.max": "512", "memory.stat": "anon 30\ninactive_file 460\n"},
        {
            "memory.usage_in_bytes": "490",
            "memory.limit_in_bytes": "512",
            "memory.stat": "inactive_file 0\ntotal_inactive_file 460\n",
        },
    ],
    ids=["version 2", "version 1"],
)
async def test_nor_a_control_groups(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cgroup.controllers").touch()
    monkeypatch.setattr(cgroups, "ROOT", tmp_path)
    monkeypatch.setattr(cgroups, "LOOK_S", 0.01)
    groups = cgroups.Groups("owner", "sandbox", None)
    for name, text in {"cgroup.procs": "", **files}.items():
        (groups.directories[0] / name).write_text(text)
    assert (await groups.usage()).memory == 30 / 512
