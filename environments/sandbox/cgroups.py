"""Limits on memory, processes and CPU through control groups, version 1 or 2, for sandboxes that no engine limits.

<hierarchy>/agenttuning/<owner>/<sandbox>
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import time
from pathlib import Path

from environments.ownership import is_alive, state_directory
from environments.sandbox.endings import FULL, Usage, held_bytes, share
from environments.sandbox.settings import SandboxSettings

ROOT = Path("/sys/fs/cgroup")
TREE = "agenttuning"
CONTROLLERS = ("memory", "pids", "cpu")
PERIOD_US = 100_000
LOOK_S = 1.0
MIB = 1 << 20


def hierarchies() -> list[Path]:
    """The mounts that hold the controllers: one on version 2, one for each on version 1."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [ROOT / name for name in CONTROLLERS]


def tree(hierarchy: Path) -> Path:
    """Where the groups of this state directory's owners are."""
    return hierarchy / TREE / hashlib.sha256(str(state_directory()).encode()).hexdigest()[:12]


def unusable() -> str:
    """Empty if groups can be made here, else why not."""
    probe = f"probe-{os.getpid()}"
    try:
        Groups(probe, "0", None).remove()
    except OSError as error:
        return f"control groups can't be made: {error}"
    finally:
        remove_owner(probe)
    return ""


def limits(settings: SandboxSettings) -> dict[str, str]:
    """What to write where, version 1 and 2.

    Files of a sandbox live in memory (tmpfs), so its disk counts as memory too.
    """
    memory = (settings.memory_mb + settings.disk_mb) * MIB
    quota = int(settings.cpus * PERIOD_US)
    if (ROOT / "cgroup.controllers").exists():
        values = {"memory.max": str(memory), "memory.swap.max": "0", "cpu.max": f"{quota} {PERIOD_US}"}
    else:
        values = {
            "memory.limit_in_bytes": str(memory),
            "memory.memsw.limit_in_bytes": str(memory),
            "cpu.cfs_period_us": str(PERIOD_US),
            "cpu.cfs_quota_us": str(quota),
        }
    return values | {"pids.max": str(settings.max_processes)}


class Groups:
    """The control groups of one sandbox."""

    def __init__(self, owner: str, name: str, settings: SandboxSettings | None) -> None:
        self.directories = [tree(hierarchy) / owner / name for hierarchy in hierarchies()]
        for directory in self.directories:
            for parent in reversed(directory.parents[:4]):
                parent.mkdir(exist_ok=True)
                control = parent / "cgroup.subtree_control"
                if control.exists():
                    control.write_text(" ".join(f"+{name}" for name in CONTROLLERS))
            directory.mkdir()
        for file, value in limits(settings).items() if settings else ():
            # Kernels without swap accounting have no memsw file; without swap there is nothing to limit.
            with contextlib.suppress(FileNotFoundError):
                self._file(file).write_text(value)

    def _file(self, name: str) -> Path:
        for directory in self.directories:
            if (directory / name).exists():
                return directory / name
        raise FileNotFoundError(name)

    def _counts(self, name: str) -> dict[str, int]:
        """A file of lines `name number`; empty where there is none."""
        with contextlib.suppress(OSError):
            return {line.split()[0]: int(line.split()[1]) for line in self._file(name).read_text().splitlines()}
        return {}

    def _number(self, *names: str) -> int:
        """The number in the first of these files that is there; 0 where there is none, or no limit (`max`)."""
        for name in names:
            with contextlib.suppress(OSError):
                text = self._file(name).read_text().strip()
                return int(text) if text.isdigit() else 0
        return 0

    def out_of_memory(self) -> bool:
        """Whether the kernel killed something in it for want of its own memory. (A machine short of memory as a whole
        kills too.)
        """
        events = self._counts("memory.events") or self._counts("memory.oom_control")
        most = share(self._number("memory.max_usage_in_bytes"), self._number("memory.limit_in_bytes"))
        return events.get("oom_kill", 0) > 0 and (events.get("oom", 0) > 0 or most >= FULL)

    def _held_bytes(self) -> int:
        """The memory in use that is not merely files kept for the case that somebody reads them again."""
        return held_bytes(self._number("memory.current", "memory.usage_in_bytes"), self._counts("memory.stat"))

    def _processor_seconds(self) -> float:
        """What the processes in it have used so far."""
        ticks = 0
        for pid in (self.directories[0] / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                ticks += sum(map(int, Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    async def usage(self) -> Usage:
        """What it uses of its limits; of the processors in the next moment."""
        before = self._processor_seconds()
        await asyncio.sleep(LOOK_S)
        return Usage(
            memory=share(self._held_bytes(), self._number("memory.max", "memory.limit_in_bytes")),
            processes=share(self._number("pids.current"), self._number("pids.max")),
            processors=(self._processor_seconds() - before) / LOOK_S,
        )

    def remove(self) -> None:
        """Kill what is left in it and remove it."""
        for directory in self.directories:
            remove_group(directory)


def remove_group(directory: Path) -> None:
    """Kill and remove one group: a group with processes in it can't be removed, and the killed take a moment to go."""
    for attempt in range(60):
        try:
            directory.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            with contextlib.suppress(OSError):
                for pid in (directory / "cgroup.procs").read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
            time.sleep(min(0.2, 0.005 * 2**attempt))


def remove_owner(owner: str) -> None:
    """Remove an owner's own, now empty, groups."""
    for hierarchy in hierarchies():
        with contextlib.suppress(OSError):
            (tree(hierarchy) / owner).rmdir()


def sweep() -> int:
    """Remove the groups of dead owners, with whatever still runs in them."""
    swept: set[tuple[str, str]] = set()
    for hierarchy in hierarchies():
        for owner in tree(hierarchy).glob("*/"):
            if not is_alive(owner.name):
                for directory in owner.glob("*/"):
                    remove_group(directory)
                    swept.add((owner.name, directory.name))
                remove_group(owner)
    return len(swept)
