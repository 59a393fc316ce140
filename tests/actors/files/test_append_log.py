"""A log that a kill at any byte cannot spoil."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.files.append_log import SUFFIX, Folder, FrameLog, FrameWriter, read_log
from actors.program.user_error import UserError

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


@settings(max_examples=60, deadline=None)
@given(frames=st.lists(lines, min_size=2, max_size=8), at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_damaged_byte_costs_its_own_frame_and_no_other(frames: list[list[bytes]], at: float, flip: int):
    with tempfile.TemporaryDirectory() as folder:
        writer = FrameWriter(Folder(folder), "log", "w")
        ends = []
        for frame in frames:
            writer.write(frame)
            ends.append(the_file(Path(folder)).stat().st_size)
        writer.close()
        damaged = bytearray(the_file(Path(folder)).read_bytes())
        place = int(len(damaged) * at)
        damaged[place] ^= flip
        the_file(Path(folder)).write_bytes(damaged)
        hit = next(number for number, end in enumerate(ends) if place < end)
        left = [line for number, frame in enumerate(frames) for line in frame if number != hit]
        found = [record.line for record in read_log(Folder(folder), "log")]
        assert found in (
            left,
            [line for frame in frames for line in frame],
        )  # a flag without meaning may be flipped for nothing


@pytest.mark.parametrize(
    ("spoil", "lost", "told"),
    [
        (lambda b, e: b + bytes(300), [], "1 or more frames (300 bytes"),
        (lambda b, e: b[: e[0] + 2] + bytes(e[1] - e[0]) + b[e[1] + 2 :], [1, 2], "1 or more frames"),
        (lambda b, e: b[: e[2] + 9], [3], "ends within a frame (9 bytes"),
        (lambda b, e: b[: e[0]] + b[e[0] + 5 :], [1], "is damaged"),
    ],
    ids=["zeros behind the end", "a zeroed stretch over two frames", "cut", "bytes missing"],
)
def test_what_is_lost_is_told_with_its_place(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[bytes, list[int]], bytes],
    lost: list[int],
    told: str,
):
    writer, ends = FrameWriter(Folder(str(tmp_path)), "log", "w"), []
    for n in range(4):
        writer.write([f"frame {n}".encode() * 50])
        ends.append(the_file(tmp_path).stat().st_size)
    the_file(tmp_path).write_bytes(spoil(the_file(tmp_path).read_bytes(), ends))
    folder = Folder(str(tmp_path))
    for _ in range(2):
        found = [int(record.line.split()[1][:1]) for record in read_log(folder, "log")]
    assert found == [n for n in range(4) if n not in lost]
    (record,) = caplog.records
    assert told in record.message


def test_a_file_that_is_no_log_at_all_is_told_and_the_others_are_read(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    writer = FrameWriter(Folder(str(tmp_path)), "log", "w")
    writer.write([b"one"])
    (tmp_path / "log" / f"a{SUFFIX}").write_bytes(b"hello, I am a letter")
    (tmp_path / "log" / f"b{SUFFIX}").write_bytes(b"")
    assert [record.line for record in read_log(Folder(str(tmp_path)), "log")] == [b"one"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "how", ["file removed", "folder removed", "folder moved", "folder replaced", "before the first write"]
)
def test_a_writer_whose_file_is_gone_says_so_instead_of_writing_where_nobody_reads(tmp_path: Path, how: str):
    run = tmp_path / "run"
    writer = FrameWriter(Folder(str(run)), "log", "w")
    if how != "before the first write":
        writer.write([b"one"])
    if how == "file removed":
        the_file(run).unlink()
    elif how == "folder removed":
        shutil.rmtree(run)
    else:
        run.rename(tmp_path / "elsewhere")
    if how in ("folder replaced", "before the first write"):
        (run / "log").mkdir(parents=True)
    for _ in range(2 if how != "file removed" else 1):
        with pytest.raises(OSError, match=r"it was removed, moved or replaced|No such file"):
            writer.write([b"two"])
    assert not list(run.glob(f"log/*{SUFFIX}"))


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
    lost = log.fault
    await log.append(b"three")
    assert [record.line for record in read_log(folder, "log")] == [b"one", b"three"]
    assert lost is not None
    assert log.fault is lost, "what was lost stays lost, whatever is written after it"


def test_small_files_are_replaced_as_a_whole(tmp_path: Path):
    folder = Folder(str(tmp_path))
    folder.write("status.json", b"old")
    folder.write("status.json", b"new")
    assert folder.read("status.json") == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]
    assert folder.read("nothing") is None


def test_an_unknown_kind_of_store_is_one_line():
    with pytest.raises(UserError, match="cannot use 'nonsense://x' as a folder"):
        Folder("nonsense://x")
