"""A shop process of our own in the owner's folder. It cannot outlive us: the kernel takes it down with its parent where
`setpriv` is there, and the next start or the reaper finds it by its command line where not (as the database
environment's private server)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from environments import own_module
from environments.child_server import end, processes_with
from environments.contract import UserError
from environments.ownership import dead_owners, forget_the_dead
from environments.webshop.settings import Settings
from environments.webshop.shop.hosting import MARK, Hosting, announced

FOLDER = "webshop"
"""This environment's folder inside an owner's."""


class HostedShop:
    """A shop on a port of this machine."""

    def __init__(self, folder: Path, token: str, settings: Settings) -> None:
        self._folder = folder
        self._token = token
        self._settings = settings
        self._generation = 0
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _here(self) -> Path:
        return self._folder / str(self._generation)

    @property
    def port(self) -> int:
        """Where it listens now; after a restart it is another."""
        return self._port

    @property
    def pid(self) -> int | None:
        """The shop's process id while it runs."""
        return self._process.pid if self._process is not None and self.running() else None

    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Bring it up anew. Raises `UserError` with the shop's own complaint when it does not come."""
        await self.stop()
        self._generation += 1
        self._here.mkdir(mode=0o700, parents=True)
        settings = self._settings
        catalogue = None if settings.catalogue is None else str(Path(settings.catalogue).resolve())
        Hosting(
            token=self._token,
            catalogue=catalogue,
            bind=settings.bind,
            noun_model=settings.noun_model,
            attributes_page=settings.attributes_page,
            max_sessions=settings.max_sessions,
            session_ttl_s=settings.session_ttl_s,
        ).write(self._here)
        # Not in a thread: the kernel sends the parent-death signal when the *thread* that forked ends.
        self._process = self._spawn(self._here)
        await self._wait_until_it_listens(self._here)

    def _spawn(self, here: Path) -> subprocess.Popen[bytes]:
        noun_model = f"--noun-model={self._settings.noun_model}"
        command = own_module.command("environments.webshop.shop", f"{MARK}{here}", noun_model)
        setpriv = shutil.which("setpriv")
        if setpriv is not None:
            command = [setpriv, "--pdeathsig", "KILL", *command]
        with (here / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=here,
                env=own_module.environment(),
                start_new_session=True,
            )

    async def _wait_until_it_listens(self, here: Path) -> None:
        deadline = time.monotonic() + self._settings.start_timeout_s
        while (port := announced(here)) is None:
            if not self.running():
                lines = (here / "log").read_text(errors="replace").strip().splitlines()
                raise UserError(f"the shop does not start: {lines[-1] if lines else 'it says nothing'}")
            if time.monotonic() > deadline:
                raise UserError(
                    f"the shop does not listen after start_timeout_s={self._settings.start_timeout_s:g}; give it more"
                )
            await asyncio.sleep(0.02)
        self._port = port

    async def stop(self) -> None:
        """Stop it and remove its files. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            await end(process, "shop")
        if self._here.exists():
            await asyncio.to_thread(shutil.rmtree, self._here, True)


def _shops_under(folder: Path) -> Iterator[int]:
    return processes_with(f"{MARK}{folder}/")


def sweep() -> int:
    """Kill the shops of dead owners, remove their folders, and say how many things that were."""
    removed = 0
    for owner in dead_owners():
        folder = owner / FOLDER
        if folder.exists():
            removed += _remove_leftover(folder)
    forget_the_dead()
    return removed


def _remove_leftover(folder: Path) -> int:
    pids = list(_shops_under(folder))
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(True for _ in _shops_under(folder)):
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
    return len(pids) + 1
