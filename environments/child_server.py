"""An environment's own server process, and whatever it starts: brought up in the owner's folder, found again by a mark
in their environment variables, and ended for good.

It cannot outlive us: the kernel takes it down with its parent where `setpriv` is there, and the next start or the
reaper finds it by its mark where not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from environments.contract import EnvironmentFault, UserError
from environments.ownership import dead_owners, forget_the_dead

log = logging.getLogger(__name__)

MARK = "AGENTTUNING_CHILD"
"""The environment variable of a child, and of all that it starts: its folder."""
LIMIT_COMPLAINT = 300
LIMIT_END_S = 20
LIMIT_SOCKET_PATH = 100
"""A unix socket's path has to fit into 108 bytes; with its prefix, and after restarts, it is a little longer."""


def last_line(printed: str) -> str:
    return (printed.strip().splitlines() or ["it said nothing"])[-1]


class ServerProcess:
    """The process of a child: each start in a new folder, of which nothing is left after its end."""

    def __init__(self, title: str, folder: Path, start_timeout_s: float, prefix: str = "") -> None:
        self._title = title
        self._folder = folder
        self._start_timeout_s = start_timeout_s
        self._prefix = prefix
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def here(self) -> Path:
        """The folder of this start; after a restart it is another, where old sessions find nobody."""
        return self._folder / f"{self._prefix}{self._number}"

    @property
    def socket(self) -> str:
        """A unix socket in it, for servers that listen on one."""
        return str(self.here / "s")

    def check_socket(self) -> None:
        """Raises `UserError` where the path of its socket is too long."""
        if len(self.socket) > LIMIT_SOCKET_PATH + len(self._prefix):
            raise UserError(
                f"the path of the socket '{self.socket}' is too long for unix; set AGENTTUNING_STATE to a shorter"
                " folder"
            )

    async def listens(self) -> bool:
        """Whether somebody listens on its socket."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                _, writer = await asyncio.open_unix_connection(self.socket)
            writer.close()
            return True
        return False

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self.running() else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def renew(self) -> Path:
        """End it, and make the folder of the next start."""
        await self.end()
        self._number += 1
        self.here.mkdir(mode=0o700, parents=True)
        return self.here

    async def start(
        self,
        command: Sequence[str],
        listens: Callable[[], Awaitable[bool]],
        variables: Mapping[str, str],
        complaint: Callable[[str], str] = last_line,
    ) -> None:
        """Run `command` with these environment variables, and wait until it `listens`.

        Raises `UserError` with the `complaint` in what it printed where it ends before, or after `start_timeout_s`.
        """
        # Not in a thread: the kernel sends the parent-death signal when the *thread* that forked ends.
        self._process = self._spawn(command, variables)
        deadline = time.monotonic() + self._start_timeout_s
        while not await listens():
            if not self.running():
                said = complaint((self.here / "log").read_text(errors="replace"))
                raise UserError(f"{self._title} does not start: {said[:LIMIT_COMPLAINT]}")
            if time.monotonic() > deadline:
                limit = f"start_timeout_s={self._start_timeout_s:g}"
                raise UserError(f"{self._title} does not listen after {limit}; give it more")
            await asyncio.sleep(0.02)

    def _spawn(self, command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        if setpriv := shutil.which("setpriv"):  # it execs the server, so that no Python runs between fork and exec
            command = [setpriv, "--pdeathsig", "KILL", *command]
        with (self.here / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.here,
                env={**variables, MARK: f"{self.here}/"},
                start_new_session=True,
            )

    async def end(self) -> None:
        """Kill it with all that it started, and remove its folder. May be called twice.

        Raises `EnvironmentFault` where one does not die.
        """
        process, here = self._process, self.here
        if process is not None:
            await end(process, self._title)
            await asyncio.to_thread(kill_marked, f"{MARK}={here}/")
            self._process = None
        await asyncio.to_thread(shutil.rmtree, here, True)


def processes_marked(mark: str) -> Iterator[int]:
    """The processes of this user that were started with an environment variable that begins like `mark`
    (`NAME=beginning`): what a process starts has its variables, too, and keeps them when it is orphaned.
    """
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"\0{mark}".encode() in b"\0" + variables:
            yield int(entry.name)


def kill_marked(mark: str) -> int:
    """Kill the marked processes, and say how many there were. Raises `EnvironmentFault` where one stays."""
    killed: set[int] = set()
    deadline = time.monotonic() + LIMIT_END_S
    while found := set(processes_marked(mark)):  # one may have started another meanwhile
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"processes do not die: {', '.join(map(str, sorted(found)))}")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed |= found
        time.sleep(0.01)
    return len(killed)


async def end(process: subprocess.Popen[bytes], what: str) -> None:
    """Kill it and wait. Raises `EnvironmentFault` if it stays."""
    process.kill()
    try:
        await asyncio.to_thread(process.wait, LIMIT_END_S)
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"{what} {process.pid} does not die") from None


def remove_leftovers(name: str) -> int:
    """Kill the children that dead owners left, remove their folders `name`, and say how many things that were."""
    removed = 0
    for owner in dead_owners():
        folder = owner / name
        if folder.exists():
            try:
                removed += kill_marked(f"{MARK}={folder}/") + 1
            except EnvironmentFault as error:
                log.warning("what '%s' left stays until the next sweep: %s", owner.name, error)
                continue
            shutil.rmtree(folder, ignore_errors=True)
    forget_the_dead()
    return removed
