"""What leaves a sandbox is clean text, and what enters the host's reader is bounded, whatever the bytes."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.sandbox.seccomp import DENIED, seccomp_filter
from environments.sandbox.shell import SandboxLost, frame, read_frame
from environments.sandbox.terminal import plain_text

PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [
            b"\x1b[31m",
            b"\x1b[0;1;4m",
            b"\x1b]0;title\x07",
            b"\x1b]8;;http://x\x1b\\",
            b"\x1b(B",
            b"\r",
            b"\r\n",
            b"\a",
            b"\0",
        ]
    ),
    st.sampled_from([b"\x1b", b"\x1b[", b"\x1b]", b"\x1bP", "é".encode()[:1], b"a"]),
)


@given(st.lists(PIECES).map(b"".join))
def test_clean_text_has_no_escapes_and_no_controls(output: bytes) -> None:
    text = plain_text(output)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    assert plain_text(text.encode()) == text


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain_text(text.encode()) == text


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (b"\x1b[01;34mbin\x1b[0m  \x1b[01;32mrun\x1b[0m\n", "bin  run\n"),
        (b"\x1b]0;root@os: ~\x07root\n", "root\n"),
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b" 10%\r 50%\r100%\n", "100%\n"),
        (b"abcdef\rxy\n", "xycdef\n"),
        (b"\xff\xfeok\x00\x07", "\ufffd\ufffdok"),
        (b"tab\there\x1b", "tab\there"),
        (b"unfinished \x1b[3", "unfinished "),
    ],
)
def test_escapes_do_what_a_screen_shows(output: bytes, text: str) -> None:
    assert plain_text(output) == text


JSON = st.dictionaries(
    st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=9), st.booleans(), st.none()), max_size=4
)


def fed(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@given(st.lists(st.tuples(JSON, st.binary(max_size=200)), max_size=5))
def test_frames_come_back_as_they_were_sent(messages: list[tuple[dict[str, object], bytes]]) -> None:
    async def read_all() -> list[tuple[dict[str, object], bytes]]:
        reader = fed(b"".join(frame(header, body) for header, body in messages))
        return [await read_frame(reader, 200) for _ in messages]

    assert asyncio.run(read_all()) == messages


@given(st.binary(max_size=64).filter(lambda data: not data.startswith(b"\0\0\0\2\0\0\0")))
def test_any_other_bytes_are_a_lost_sandbox(data: bytes) -> None:
    async def read() -> None:
        reader = fed(data)
        with pytest.raises(SandboxLost):
            await read_frame(reader, 200)

    asyncio.run(read())


@pytest.mark.parametrize("lengths", [(1 << 31, 0), (2, 1 << 31)])
async def test_a_frame_that_claims_to_be_huge_is_not_read(lengths: tuple[int, int]) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(length.to_bytes(4, "big") for length in lengths))
    with pytest.raises(SandboxLost, match="frame of"):
        await read_frame(reader, 65536)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_system_call_filter_is_a_whole_program(machine: str) -> None:
    program = seccomp_filter(machine)
    assert program is not None
    assert len(program) % 8 == 0
    assert len(program) // 8 == 13 + 2 * len(DENIED)
    assert seccomp_filter("vax") is None
