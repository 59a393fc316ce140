"""A log that a kill at any byte cannot spoil."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.frame_log import SUFFIX, Folder, FrameLog, FrameWriter, read_frames, read_log
from environments.contract import UserError

lines = st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"?")), min_size=1, max_size=5)


def the_file(folder: Path) -> Path:
    (path,) = (folder / "log").glob(f"*{SUFFIX}")
    return path


@settings(max_examples=40, deadline=None)
@given(frames=st.lists(lines, min_size=1, max_size=6), cut=st.floats(0, 1))
def test_a_file_cut_at_any_byte_still_gives_every_whole_frame(frames: list[list[bytes]], cut: float):
    with tempfile.TemporaryDirectory() as folder:
        cut_and_read(Path(folder), frames, cut)


def cut_and_read(folder: Path, frames: list[list[bytes]], cut: float) -> None:
    writer = FrameWriter(Folder(str(folder)), "log", "w")
    ends = [0]
    for frame in frames:
        writer.write(frame)
        ends.append(the_file(folder).stat().st_size)
    writer.close()
    whole = the_file(folder).read_bytes()
    kept = int(len(whole) * cut)
    the_file(folder).write_bytes(whole[:kept])
    expected = [line for frame, end in zip(frames, ends[1:], strict=True) if end <= kept for line in frame]
    assert [record.line for record in read_log(Folder(str(folder)), "log")] == expected


def test_a_damaged_byte_ends_the_reading_there_and_never_raises(tmp_path: Path):
    writer = FrameWriter(Folder(str(tmp_path)), "log", "w")
    writer.write([b"first"])
    first_end = the_file(tmp_path).stat().st_size
    writer.write([b"second" * 50])
    whole = the_file(tmp_path).read_bytes()
    for at in range(first_end, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        the_file(tmp_path).write_bytes(bytes(damaged))
        frames = list(read_frames(Folder(str(tmp_path)), str(the_file(tmp_path))))
        assert frames[0] == [b"first"]
        assert all(frame in ([b"first"], [b"second" * 50]) for frame in frames)


def test_a_reader_sees_what_is_durable_while_the_writer_goes_on(tmp_path: Path):
    folder = Folder(str(tmp_path))
    writer = FrameWriter(folder, "log", "w")
    for n in range(5):
        writer.write([str(n).encode()])
        assert [int(record.line) for record in read_log(folder, "log")] == list(range(n + 1))


def test_an_object_store_gets_one_object_a_flush():
    folder = Folder("memory://frame-log-test")
    writer = FrameWriter(folder, "log", "w")
    writer.write([b"a", b"b"])
    writer.write([b"c"])
    assert [record.line for record in read_log(folder, "log")] == [b"a", b"b", b"c"]
    assert len(folder.names("log")) == 2


async def test_an_append_is_done_when_it_is_durable(tmp_path: Path):
    folder = Folder(str(tmp_path))
    log = FrameLog(FrameWriter(folder, "log", "w"), interval_s=0.01)
    await asyncio.gather(*(log.append(str(n).encode()) for n in range(100)))
    assert sorted(int(record.line) for record in read_log(folder, "log")) == list(range(100))
    log.append(b"last")
    await log.close()
    assert sum(1 for _ in read_log(folder, "log")) == 101


async def test_a_disk_that_refuses_is_told_to_who_waits_and_the_next_write_starts_a_new_file(tmp_path: Path):
    folder = Folder(str(tmp_path))
    writer = FrameWriter(folder, "log", "w")
    log = FrameLog(writer, interval_s=0.01)
    await log.append(b"one")
    writer._file.close()  # what a failing disk looks like: the descriptor is of no use any more
    with pytest.raises((OSError, ValueError)):
        await log.append(b"two")
    writer._file = None
    await log.append(b"three")
    assert [record.line for record in read_log(folder, "log")] == [b"one", b"three"]


def test_small_files_are_replaced_as_a_whole(tmp_path: Path):
    folder = Folder(str(tmp_path))
    folder.write("status.json", b"old")
    folder.write("status.json", b"new")
    assert folder.read("status.json") == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]
    assert folder.read("nothing") is None


def test_an_unknown_kind_of_store_is_one_line():
    with pytest.raises(UserError, match="cannot use 'nonsense://x' as a store"):
        Folder("nonsense://x")
