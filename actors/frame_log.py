"""Append-only logs of JSON lines that a kill at any byte cannot spoil.

Every flush appends one whole zstd frame with a checksum, so `zstdcat FILE | less` reads a log, a reader may read while it is
written, and a torn last frame is recognised and left out. A file has one writer: nothing is ever appended behind another
process's torn frame. On an object store, where appending does not exist, every flush is an object of its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import fsspec
import zstandard

from environments.contract import UserError

SUFFIX = ".jsonl.zst"
ROLL_BYTES = 64 * 2**20


class Folder:
    """A directory on a local disk or at any fsspec URL."""

    def __init__(self, url: str) -> None:
        try:
            self.fs, self.path = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise UserError(f"cannot use '{url}' as a store: {error}") from error
        self.url = url
        self.local = "file" in (self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,))

    def at(self, name: str) -> str:
        """The path of `name` in this folder."""
        return f"{self.path.rstrip('/')}/{name}"

    def make(self, name: str = "") -> None:
        self.fs.makedirs(self.at(name) if name else self.path, exist_ok=True)

    def names(self, name: str, writers: str = "") -> list[str]:
        """The full paths of the log files under `name`, in name order; `writers` is what the writer's name must begin with."""
        try:
            entries = self.fs.ls(self.at(name), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        paths = (str(entry) for entry in entries)
        return sorted(path for path in paths if path.endswith(SUFFIX) and path.rpartition("/")[2].startswith(writers))

    def read(self, name: str) -> bytes | None:
        """The content of a small file, or None where there is none. Raises `UserError` where the folder cannot be read."""
        try:
            content: bytes = self.fs.cat_file(self.at(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UserError(f"cannot read '{self.url}': {error.strerror or error}") from error
        return content

    def put(self, name: str, content: bytes) -> None:
        """Write one object as a whole. Raises `OSError` for whatever the store's own package raises."""
        try:
            self.fs.pipe_file(self.at(name), content)
        except OSError:
            raise
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from error

    def write(self, name: str, content: bytes) -> None:
        """Replace a small file as a whole: a reader sees the old content or the new."""
        if not self.local:
            self.put(name, content)
            return
        target = self.at(name)
        draft = f"{target}.{os.getpid()}.draft"
        with open(draft, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)


class Record(NamedTuple):
    """One line of a log and where it stands."""

    path: str
    ordinal: int
    line: bytes


class FrameWriter:
    """The one writer of `<name>/<writer>-NNNN.jsonl.zst`. `write` returns when the lines are durable; blocking."""

    def __init__(self, folder: Folder, name: str, writer: str) -> None:
        self._folder = folder
        self._stem = f"{name}/{writer}"
        self._sequence = 0
        self._file: Any = None
        self._compressor = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True)
        folder.make(name)

    def write(self, lines: list[bytes]) -> None:
        """Append `lines` as one frame. After an error the next call starts a new file: the torn end stays the end."""
        frame = self._compressor.compress(b"\n".join(lines) + b"\n")
        if not self._folder.local:
            self._folder.put(self._next_name(), frame)
            return
        if self._file is None or self._file.tell() > ROLL_BYTES:
            self.close()
            self._file = open(self._folder.at(self._next_name()), "xb")
        try:
            self._file.write(frame)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self.close()
            raise

    def _next_name(self) -> str:
        self._sequence += 1
        return f"{self._stem}-{self._sequence:06d}{SUFFIX}"

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()


class FrameLog:
    """An asyncio face of a `FrameWriter`: many appends, one flush every `interval_s`, off the event loop."""

    def __init__(self, writer: FrameWriter, interval_s: float = 0.2) -> None:
        self._writer = writer
        self._interval_s = interval_s
        self._lines: list[bytes] = []
        self._flushed: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def append(self, line: bytes) -> asyncio.Future[None]:
        """Queue one line; the future is done when it is durable and carries the error when it could not be written."""
        self._lines.append(line)
        if self._flushed is None:
            self._flushed = asyncio.get_running_loop().create_future()
            self._flushed.add_done_callback(_retrieved)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush_later())
        return self._flushed

    async def _flush_later(self) -> None:
        while self._lines:
            await asyncio.sleep(self._interval_s)
            await self._flush()

    async def _flush(self) -> None:
        lines, self._lines = self._lines, []
        flushed, self._flushed = self._flushed, None
        if not lines or flushed is None:
            return
        try:
            await asyncio.to_thread(self._writer.write, lines)
        except Exception as error:  # handed to everyone who waits for these lines
            flushed.set_exception(error)
        else:
            flushed.set_result(None)

    async def close(self) -> None:
        """Make everything durable and close the file."""
        if self._task is not None:
            await self._task
        self._writer.close()


def _retrieved(future: asyncio.Future[None]) -> None:
    """Mark the error as seen: who does not await an append learns of a full disk from the next one that is awaited."""
    if not future.cancelled():
        future.exception()


def read_frames(folder: Folder, path: str) -> Iterator[list[bytes]]:
    """The whole frames of one log file, each as its lines; stops at a torn or damaged frame."""
    with folder.fs.open(path, "rb") as file:
        pending = b""
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        content: list[bytes] = []
        while chunk := pending or file.read(2**20):
            pending = b""
            try:
                content.append(decompressor.decompress(chunk))
            except zstandard.ZstdError:
                return
            if decompressor.eof:
                yield b"".join(content).split(b"\n")[:-1]
                pending, content = decompressor.unused_data, []
                decompressor = zstandard.ZstdDecompressor().decompressobj()


def read_log(folder: Folder, name: str, writers: str = "") -> Iterator[Record]:
    """Every durable line under `name`, file by file; only of writers whose name begins with `writers`."""
    for path in folder.names(name, writers):
        ordinal = 0
        for lines in read_frames(folder, path):
            for line in lines:
                yield Record(path, ordinal, line)
                ordinal += 1
