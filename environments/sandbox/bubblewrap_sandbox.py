"""Sandboxes for machines without a Docker engine: bubblewrap over the image's files, with the same limits.

Namespaces for processes, network, IPC, host name and mounts; no capabilities but those of the settings; no new
privileges; a system call filter; control groups for memory, processes and CPU. The root is an overlay of the image's
directory, which stays untouched, and a tmpfs of `disk_mb`, mounted in a mount namespace of the sandbox's own: when its
last process is gone, so is everything it wrote. As with Docker's default, root in the sandbox is the host's root
without its powers.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from environments.contract import EnvironmentFault, UserError
from environments.ownership import Owner, dead_owners
from environments.sandbox import cgroups
from environments.sandbox.cgroups import Groups
from environments.sandbox.endings import Evidence
from environments.sandbox.root_files import rootfs_directory
from environments.sandbox.sandbox import SUPERVISORS_OWN, Engine, Sandbox
from environments.sandbox.seccomp import seccomp_filter
from environments.sandbox.settings import SandboxSettings
from environments.sandbox.shell import COMMAND, SandboxLost, Supervisor

START_TIMEOUT_S = 30.0
GIVE_UP_S = 10.0
ENDED_S = 3.0
MOUNT_POINT = "root"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What Docker keeps from its containers too. Root may write much of /proc without any capability, whatever namespace it
# is in.
READ_ONLY = ("bus", "fs", "irq", "sys", "sysrq-trigger")
HIDDEN = ("kcore", "keys", "latency_stats", "sched_debug", "timer_list")
HIDDEN_DIRECTORIES = ("acpi", "scsi")
# A sandbox has devices of its own where this process may make some: root there owns the host's, and could take them
# from everybody by
# chmod. Where it may not (a user namespace), the host's are not its own.
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# $1 mount point, $2 root file system, $3 size of the writable layer in MiB, $4 … the groups to join, then -- and
# bwrap's own line.
LAUNCH = """
set -e
point=$1 lower=$2 size=$3; shift 3
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift
mount -t tmpfs -o "size=${size}m,mode=0755" tmpfs "$point"
mkdir "$point/upper" "$point/work" "$point/root" "$point/dev"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  numbers=${device#*:}; mknod -m 666 "$point/dev/${device%%:*}" c "${numbers%:*}" "${numbers#*:}" 2>/dev/null || :
done
mount -t overlay -o "lowerdir=$lower,upperdir=$point/upper,workdir=$point/work" overlay "$point/root"
ulimit -c 0; ulimit -S -n 1024; ulimit -H -n 4096
exec "$@"
"""


def missing() -> str:
    """Empty if sandboxes can be made here, else what is missing."""
    for program in ("bwrap", "unshare", "mount"):
        if not shutil.which(program):
            return (
                f"'{program}' is not installed (apt-get install {'bubblewrap' if program == 'bwrap' else 'util-linux'})"
            )
    if os.geteuid():
        return "only root can mount a sandbox's file system and limit its processes"
    if reason := cgroups.unusable():
        return reason
    return ""


class BubblewrapSandbox(Sandbox):
    """One bwrap process and its control groups."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, groups: Groups, engine: BubblewrapEngine
    ) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        super().__init__(name, Supervisor(process.stdout, process.stdin))
        self.process = process
        self._groups = groups
        self._engine = engine

    async def evidence(self) -> Evidence:
        exit_code = None
        if self.supervisor.ended:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ENDED_S):
                    exit_code = await self.process.wait()
        try:
            return Evidence(self.overrun, self._groups.out_of_memory(), exit_code, usage=await self._groups.usage())
        except OSError:  # its groups are gone: somebody has removed it
            return Evidence(self.overrun)

    async def remove(self) -> None:
        self._engine.sandboxes.pop(self.name, None)
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        # All of it at once: process 1 alone might wait long for a processor that the others keep busy.
        await asyncio.to_thread(self._groups.remove)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self.process.wait()


class BubblewrapEngine(Engine):
    """Makes sandboxes with bwrap."""

    name = "bubblewrap"

    def __init__(self, settings: SandboxSettings, owner: Owner | None) -> None:
        self.settings = settings
        self.sandboxes: dict[str, BubblewrapSandbox] = {}
        self._owner = owner
        self._numbers = itertools.count()
        self._rootfs = rootfs_directory(settings.image)

    async def start(self) -> None:
        if self.settings.runtime is not None:
            raise UserError(f"runtime '{self.settings.runtime}' needs Docker: bubblewrap has no runtimes")
        if not self._rootfs.exists():
            raise UserError(
                f"there is no root file system of '{self.settings.image}' in {self._rootfs}: "
                "build it with 'python -m environments.operating_system.image build --backend bubblewrap'"
            )
        self._mount_point().mkdir(exist_ok=True)

    def _mount_point(self) -> Path:
        """An empty folder that each sandbox mounts over in its own mount namespace: on the host it stays empty."""
        if self._owner is None:
            raise RuntimeError("an engine without an owner can only sweep")
        return self._owner.directory / MOUNT_POINT

    async def create(self) -> Sandbox:
        point = self._mount_point()
        number = next(self._numbers)
        groups: Groups | None = None
        process: asyncio.subprocess.Process | None = None
        try:
            groups = await asyncio.to_thread(Groups, point.parent.name, str(number), self.settings)
            process = await self._launch(point, number, groups)
            sandbox = BubblewrapSandbox(f"agenttuning-{point.parent.name}-{number}", process, groups, self)
            await sandbox.supervisor.greet(START_TIMEOUT_S)
            sandbox.image = f"{self._rootfs}:{self._rootfs.stat().st_ino}"
        except (OSError, SandboxLost) as error:
            said = await give_up(process, groups)
            raise EnvironmentFault(f"bubblewrap could not start a sandbox: {said or error}") from error
        except asyncio.CancelledError:
            await give_up(process, groups)
            raise
        self.sandboxes[sandbox.name] = sandbox
        return sandbox

    async def _launch(self, point: Path, number: int, groups: Groups) -> asyncio.subprocess.Process:
        filter_reader = -1
        options: list[str] = []
        if program := seccomp_filter():
            filter_reader, filter_writer = os.pipe()
            os.write(filter_writer, program)
            os.close(filter_writer)
            options = ["--seccomp", str(filter_reader)]
        bwrap = ["bwrap", "--bind", str(point / "root"), "/", *self._isolation(number, point), *options, "--", *COMMAND]
        launch = [
            "sh",
            "-c",
            LAUNCH,
            "sh",
            str(point),
            str(self._rootfs),
            str(self.settings.disk_mb),
            *map(str, groups.directories),
        ]
        try:
            return await asyncio.create_subprocess_exec(
                *["unshare", "--mount", "--propagation", "private", "--", *launch, "--", *bwrap],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(filter_reader,) if filter_reader >= 0 else (),
                start_new_session=True,
                env={"PATH": f"{os.environ.get('PATH', PATH)}:{PATH}"},
            )
        finally:
            if filter_reader >= 0:
                os.close(filter_reader)

    def _isolation(self, number: int, point: Path) -> Sequence[str]:
        capabilities = [word for name in self.settings.capabilities for word in ("--cap-add", f"CAP_{name}")]
        environment = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "HOSTNAME": f"os-{number}"}
        variables = [word for name, value in environment.items() for word in ("--setenv", name, value)]
        guarded = [word for name in READ_ONLY for word in ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")]
        guarded += [
            word
            for name in HIDDEN
            if Path("/proc", name).exists()
            for word in ("--ro-bind", "/dev/null", f"/proc/{name}")
        ]
        guarded += [
            word for name in HIDDEN_DIRECTORIES if Path("/proc", name).exists() for word in ("--tmpfs", f"/proc/{name}")
        ]
        unreadable = [word for path in SUPERVISORS_OWN for word in ("--tmpfs", path, "--remount-ro", path)]
        devices = [word for name in DEVICES for word in ("--dev-bind-try", str(point / "dev" / name), f"/dev/{name}")]
        return [
            *["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
            *[
                "--hostname",
                f"os-{number}",
                "--proc",
                "/proc",
                *guarded,
                *unreadable,
                "--dev",
                "/dev",
                *devices,
                "--tmpfs",
                "/run",
            ],
            *["--cap-drop", "ALL", *capabilities, "--clearenv", *variables, "--chdir", "/"],
            *["--as-pid-1", "--die-with-parent", "--new-session"],
        ]

    async def healthy(self) -> None:
        if not self._rootfs.exists():
            raise EnvironmentFault(f"the root file system {self._rootfs} is gone")

    async def sweep(self) -> int:
        for owner in dead_owners():
            with contextlib.suppress(OSError):
                (owner / MOUNT_POINT).rmdir()
        return await asyncio.to_thread(cgroups.sweep)

    async def stop(self) -> None:
        await asyncio.gather(*(sandbox.remove() for sandbox in list(self.sandboxes.values())))
        if self._owner is not None:
            await asyncio.to_thread(cgroups.remove_owner, self._owner.id)


async def give_up(process: asyncio.subprocess.Process | None, groups: Groups | None) -> str:
    """End a launch that failed, with everything it has started: whatever lived on would hold its pipes open. Its last
    line.
    """
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if groups is not None:
        await asyncio.to_thread(groups.remove)
    if process is None:
        return ""
    try:
        async with asyncio.timeout(GIVE_UP_S):
            _, stderr = await process.communicate()
    except TimeoutError:
        return ""
    return stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
