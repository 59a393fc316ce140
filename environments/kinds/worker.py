"""A worker: an engine in a process of its own (engine_program.py), and the host's end of the socket to it.

What the engine prints goes down a pipe, of which the host keeps the end. The worker ends when the host closes the
socket; with the host's death the kernel kills it. What the engine starts (a JVM) carries the worker's mark in its
environment variables, by which it is found and killed with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from environments import own_module
from environments.child_server import MARK, end, kill_marked, processes_marked
from environments.contract import EnvironmentFault
from environments.kinds.engine_program import LENGTH, LIMIT_MESSAGE_BYTES, START, one_line

LIMIT_LOG_BYTES = 64 << 10


class Limit(NamedTuple):
    """How long a call may take, and which setting says so."""

    setting: str
    seconds: float


class EngineError(EnvironmentFault):
    """What the engine itself raised, in one line."""


class WorkerProcess:
    """The host's view of a worker. It breaks once: a call that fails ends the process.

    `folder` is its mark, and its place for temporary files, which goes with it.
    """

    def __init__(self, folder: Path) -> None:
        self.games = 0
        self._mark = f"{MARK}={folder}/"
        self._folder = folder
        self._printed = b""
        self._turn = asyncio.Lock()
        self._ending: asyncio.Future[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        folder.mkdir(mode=0o700, parents=True)
        self._socket, theirs = socket.socketpair()
        with theirs:
            # Not in a thread: the kernel sends the parent-death signal when the *thread* that forked ends.
            self._process = subprocess.Popen(
                own_module.command("environments.kinds.engine_program", str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # A replay needs the same answers in another process, also of an engine that walks through sets.
                env={**own_module.environment(), MARK: f"{folder}/", "TMPDIR": str(folder), "PYTHONHASHSEED": "0"},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        os.set_blocking(self._output.fileno(), False)
        asyncio.get_running_loop().add_reader(self._output.fileno(), self._hear)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be called."""
        return self._ending is None and self._process.poll() is None

    @property
    def ended(self) -> bool:
        """Whether nothing of it is left."""
        return self._ending is not None and self._ending.done()

    def memory_mb(self) -> float:
        """The resident memory of the process and of all that it started."""
        pages = 0
        for pid in processes_marked(self._mark):
            with contextlib.suppress(OSError):  # it has ended since
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    async def start(self, engine: str, options: dict[str, Any], limit: Limit) -> None:
        """Make the engine. Raises `EnvironmentFault` where it cannot be."""
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self._socket)
        try:
            await self.call(limit, START, engine, options)
        except EnvironmentFault as error:
            raise EnvironmentFault(f"the engine '{engine}' does not start: {error}") from None

    async def call(self, limit: Limit, method: str, *arguments: Any) -> Any:
        """What the engine's method returns. The engine finishes also where the caller is cancelled, and the next call
        waits for that. Raises `EngineError` for what it raises, `EnvironmentFault` when it dies or takes too long, or
        when what it raises is the machine's fault (an `OSError`, a `MemoryError`).
        """
        request = json.dumps([method, arguments]).encode()
        return await asyncio.shield(asyncio.ensure_future(self._exchange(limit, method, request)))

    async def _exchange(self, limit: Limit, method: str, request: bytes) -> Any:
        async with self._turn:
            if self._ending is not None:
                raise EnvironmentFault("the engine's process has ended")
            try:
                async with asyncio.timeout(limit.seconds):
                    answer = await self._answer(request)
            except TimeoutError:
                await self.end()
                raise EnvironmentFault(
                    f"the engine did not answer '{method}' within {limit.setting}={limit.seconds:g}{self._last_words()}"
                ) from None
            except (OSError, EOFError, ValueError):
                await self.end()
                code = self._process.returncode
                raise EnvironmentFault(f"the engine died in '{method}' (exit {code}){self._last_words()}") from None
            if "error" in answer:
                await self.end()
                raise EnvironmentFault(answer["error"]) if answer["machine"] else EngineError(answer["error"])
            return answer["value"]

    async def _answer(self, request: bytes) -> dict[str, Any]:
        assert self._writer is not None
        self._writer.write(LENGTH.pack(len(request)) + request)
        await self._writer.drain()
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if length > LIMIT_MESSAGE_BYTES:
            raise ValueError(f"an answer of {length} bytes")
        answer: dict[str, Any] = json.loads(await self._reader.readexactly(length))
        return answer

    async def end(self, patience_s: float = 0.0) -> None:
        """End it and all that it started; in `patience_s` it may do so by itself. May be called twice, and at once.

        Raises `EnvironmentFault` when a process stays.
        """
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end(patience_s))
        await asyncio.shield(self._ending)

    async def _end(self, patience_s: float) -> None:
        if self._writer is None:
            self._socket.close()
        else:
            self._writer.transport.abort()
        if not self._turn.locked():  # in a call it does not listen
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, patience_s)
        try:
            await end(self._process, "an engine's process")
            await asyncio.to_thread(kill_marked, self._mark)
        finally:
            self._hear()
            asyncio.get_running_loop().remove_reader(self._output.fileno())
            self._output.close()
            await asyncio.to_thread(shutil.rmtree, self._folder, True)

    def _hear(self) -> None:
        """Read what was printed, and keep the end of it."""
        chunk = self._output.read(LIMIT_LOG_BYTES)
        self._printed = (self._printed + (chunk or b""))[-LIMIT_LOG_BYTES:]
        if chunk == b"":
            asyncio.get_running_loop().remove_reader(self._output.fileno())

    def _last_words(self) -> str:
        lines = self._printed.decode(errors="replace").strip().splitlines()
        return f": {one_line(lines[-1])}" if lines else ""


class Worker:
    """One session's engine, until its lease is given back. `loaded`: what the engine said to the task's payload;
    `plays`: whether the lease is given.
    """

    def __init__(self, limit: Limit) -> None:
        self.loaded: Any = None
        self.plays = False
        self.process: WorkerProcess | None = None
        self._limit = limit

    async def call(self, method: str, *arguments: Any) -> Any:
        """What the engine's `method` returns. Raises `EnvironmentFault` where it raises, dies or takes too long, after
        which it is not called again.
        """
        if self.process is None:
            raise EnvironmentFault("the lease of this worker was given back")
        return await self.process.call(self._limit, method, *arguments)
