"""Append-only logs of JSON lines that a kill at any byte cannot spoil.

Every flush appends one whole zstd frame with a checksum, so `zstdcat FILE | less` reads a log, a reader may read while
it is written, and a torn last frame is recognised and left out. Where a disk has spoiled a frame, reading goes on at
the next whole one, and what is lost is said. A file has one writer: nothing is ever appended behind another process's
torn frame, and a writer whose file was removed or replaced says so instead of writing where nobody reads. On an object
store, where appending does not exist, every flush is an object of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import fsspec
import msgspec
import zstandard

from actors.program.user_error import UserError

log = logging.getLogger(__name__)

SUFFIX = ".jsonl.zst"
DRAFT = ".draft"
ROLL_BYTES = 64 * 2**20
READ_BYTES = 2**20
MAGIC = b"\x28\xb5\x2f\xfd"  # of a zstd frame, RFC 8878 section 3.1.1


class Folder:
    """A directory on a local disk or at any fsspec URL."""

    def __init__(self, url: str) -> None:
        if not url or "\0" in url:
            raise UserError(f"cannot use '{url}' as a folder: a name is missing, or holds a NUL")
        try:
            self.fs, self.path = fsspec.core.url_to_fs(url)
        except (
            ImportError,
            ValueError,
            TypeError,
            OSError,
        ) as error:  # TypeError: a protocol that wants more than a URL
            raise UserError(f"cannot use '{url}' as a folder: {error}") from error
        self.url = url
        self._told: set[str] = set()
        self.local = "file" in (self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,))

    def at(self, name: str) -> str:
        """The path of `name` in this folder."""
        return f"{self.path.rstrip('/')}/{name}"

    def tell(self, line: str) -> None:
        """Warn of what is lost, once for each reader of this folder, however often it reads."""
        if line not in self._told:
            self._told.add(line)
            log.warning("%s", line)

    def make(self, name: str = "") -> None:
        self.fs.makedirs(self.at(name) if name else self.path, exist_ok=True)

    def names(self, name: str, writers: str = "") -> list[str]:
        """The full paths of the log files under `name`, in name order; `writers` is what the writer's name must begin
        with.
        """
        try:
            entries = self.fs.ls(self.at(name), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        paths = (str(entry) for entry in entries)
        return sorted(path for path in paths if path.endswith(SUFFIX) and path.rpartition("/")[2].startswith(writers))

    def read(self, name: str) -> bytes | None:
        """The content of a small file, or None where there is none.

        Raises `UserError` where the folder cannot be read.
        """
        try:
            content: bytes = self.fs.cat_file(self.at(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UserError(f"cannot read '{self.at(name)}': {error.strerror or error}") from error
        except Exception as error:  # whatever the store's own package raises
            if self.local:
                raise
            raise UserError(f"cannot read '{self.url}': {type(error).__name__}: {error}") from error
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
        draft = f"{target}.{os.getpid()}{DRAFT}"
        try:
            with open(draft, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, target)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise

    def drafts(self, *names: str) -> list[Path]:
        """What killed processes left of their writing `names` into this local folder."""
        found = (path for name in names for path in Path(self.path).glob(f"{name}.*{DRAFT}"))
        return [path for path in found if path.is_file()]


class Record(NamedTuple):
    """One line of a log and where it stands."""

    path: str
    ordinal: int
    line: bytes


class FrameWriter:
    """The one writer of `<name>/<writer>-NNNN.jsonl.zst`. `write` returns when the lines are durable; blocking."""

    def __init__(self, folder: Folder, name: str, writer: str) -> None:
        self._folder = folder
        self._directory = folder.at(name)
        self._stem = f"{name}/{writer}"
        self._sequence = 0
        self._file: Any = None
        self._compressor = zstandard.ZstdCompressor(level=3, write_checksum=True, write_content_size=True)
        folder.make(name)
        self._place = _identity(os.stat(self._directory)) if folder.local else None

    def write(self, lines: list[bytes]) -> None:
        """Append `lines` as one frame. After an error the next call starts a new file: the torn end stays the end.

        Raises `OSError` when they are not durable, or lie where no reader will look for them.
        """
        frame = self._compressor.compress(b"\n".join(lines) + b"\n")
        if not self._folder.local:
            self._folder.put(self._next_name(), frame)
            return
        if self._file is None or self._file.tell() > ROLL_BYTES:
            self.close()
            _check_place(self._directory, self._place)
            self._file = open(self._folder.at(self._next_name()), "xb")
        try:
            self._file.write(frame)
            self._file.flush()
            os.fsync(self._file.fileno())
            _check_place(self._file.name, _identity(os.fstat(self._file.fileno())))
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


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _check_place(path: str, expected: tuple[int, int] | None) -> None:
    """Raises `OSError` where `path` is not any more what it was when writing began."""
    try:
        same = _identity(os.stat(path)) == expected
    except (FileNotFoundError, NotADirectoryError):
        same = False
    if not same:
        raise OSError(errno.ENOENT, "it was removed, moved or replaced while it was written", path)


class FrameLog:
    """An asyncio face of a `FrameWriter`: many appends, one flush every `interval_s`, off the event loop."""

    def __init__(self, writer: FrameWriter, interval_s: float = 0.2) -> None:
        self._writer = writer
        self._interval_s = interval_s
        self._lines: list[bytes] = []
        self._flushed: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self.fault: Exception | None = None
        """Why lines were lost, if any were: the first error. No later flush brings them back."""

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
            self.fault = self.fault or error
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


class Damage(NamedTuple):
    """A stretch of a log file that is no whole frame; at least `frames` of them began in it. `torn`: it is the
    beginning of one, and the file ends there, as a killed writer leaves it."""

    start: int
    end: int
    frames: int
    torn: bool


def read_frames(folder: Folder, path: str) -> Iterator[list[bytes]]:
    """The whole frames of one log file, each as its lines.

    What is none is left out, and told when the file has been read.
    """
    damages: list[Damage] = []
    with folder.fs.open(path, "rb") as file:
        for part in _parts(file):
            if isinstance(part, Damage):
                damages.append(part)
            else:
                yield part.split(b"\n")[:-1]
    for line in _told_of(path, damages):
        folder.tell(line)


def _told_of(path: str, damages: Sequence[Damage]) -> Iterator[str]:
    spoiled = [damage for damage in damages if not damage.torn]
    if spoiled:
        size, frames = sum(damage.end - damage.start for damage in spoiled), sum(damage.frames for damage in spoiled)
        places = ", ".join(f"{damage.start:,}" for damage in spoiled[:3]) + (", …" if len(spoiled) > 3 else "")
        what = f"{frames} or more frames ({size:,} bytes, from byte {places} on) are lost with their records"
        yield f"'{path}' is damaged: {what}; the rest is read"
    for damage in damages:
        if damage.torn:
            where = f"({damage.end - damage.start:,} bytes from byte {damage.start:,} on)"
            yield f"'{path}' ends within a frame {where}: its writer was killed there, or its disk full"


class _Attempt(NamedTuple):
    """What came of decoding at some place: the content of a frame of `used` bytes, or None; `read` is all that was read
    from there on.
    """

    content: bytes | None
    read: bytes
    used: int
    at_end: bool = False


def _attempt(pending: bytes, file: BinaryIO) -> _Attempt:
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    read: list[bytes] = []
    content: list[bytes] = []
    while chunk := pending or file.read(READ_BYTES):
        pending = b""
        read.append(chunk)
        try:
            content.append(decompressor.decompress(chunk))
        except zstandard.ZstdError:
            return _Attempt(None, b"".join(read), 0)
        if decompressor.eof:
            whole = b"".join(read)
            return _Attempt(b"".join(content), whole, len(whole) - len(decompressor.unused_data))
    return _Attempt(None, b"".join(read), 0, at_end=True)


def _parts(file: BinaryIO) -> Iterator[bytes | Damage]:
    """The contents of the whole frames of `file`, and what lies between them."""
    position, pending = 0, b""
    start, frames, torn = -1, 0, False  # of the stretch without a whole frame
    while True:
        attempt = _attempt(pending, file)
        if attempt.content is not None:
            if start >= 0:
                yield Damage(start, position, frames, torn=False)
                start = -1
            yield attempt.content
            position, pending = position + attempt.used, attempt.read[attempt.used :]
            continue
        if not attempt.read:
            break
        if start < 0:
            start, frames, torn = position, 0, attempt.at_end
        frames += 1
        skipped, pending = _to_next_magic(attempt.read, file)
        position += skipped
        if not pending:
            break
    if start >= 0:
        yield Damage(start, position, frames, torn and frames == 1)


def _to_next_magic(read: bytes, file: BinaryIO) -> tuple[int, bytes]:
    """How many bytes lie before the next place where a frame may begin, and what was read from there on; at least one
    is skipped.
    """
    skipped, at = 0, read.find(MAGIC, 1)
    while at < 0:
        kept = read[-(len(MAGIC) - 1) :] if len(read) >= len(MAGIC) else read[1:]
        chunk = file.read(READ_BYTES)
        if not chunk:
            return skipped + len(read), b""
        skipped += len(read) - len(kept)
        read = kept + chunk
        at = read.find(MAGIC)
    return skipped + at, read[at:]


def read_log(folder: Folder, name: str, writers: str = "") -> Iterator[Record]:
    """Every durable line under `name`, file by file; only of writers whose name begins with `writers`.

    Raises `UserError` for a file that cannot be opened or read at all.
    """
    for path in folder.names(name, writers):
        ordinal = 0
        try:
            for lines in read_frames(folder, path):
                for line in lines:
                    yield Record(path, ordinal, line)
                    ordinal += 1
        except OSError as error:
            raise UserError(f"cannot read '{path}': {error.strerror or error}") from error


Line = TypeVar("Line")


def decoded(
    folder: Folder, records: Iterator[Record], decoder: msgspec.json.Decoder[Line]
) -> Iterator[tuple[Record, Line]]:
    """Each record with what its line says; one that says something else is left out and told."""
    for record in records:
        try:
            line = decoder.decode(record.line)
        except msgspec.MsgspecError as error:
            folder.tell(f"'{record.path}' line {record.ordinal + 1} is left out: {error}")
        else:
            yield record, line
