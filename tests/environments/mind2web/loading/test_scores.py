"""The ranker's pickle is a program of somebody's, and can do nothing."""

from __future__ import annotations

import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest

from environments.contract import UserError
from environments.mind2web.loading.scores import read_ranks


class Calls:
    """Pickles as a call of something."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self._reduced = (call, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reduced


def scores(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "scores_all_data.pkl"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content))
    return path


def test_the_first_ids_of_each_sample_come_in_the_order_of_their_ranks(tmp_path: Path) -> None:
    path = scores(tmp_path, {"scores": {"a_b": {"7": 0.5}}, "ranks": {"a_b": {"7": 2, "8": 0, "9": 1}, "c_d": {}}})
    assert read_ranks(path, 2) == {"a_b": ["8", "9"], "c_d": []}


def test_numbers_as_numpy_pickles_them_are_numbers(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    content = {
        "scores": {"a": {"7": numpy.float32(0.25), "8": numpy.float64(1)}},
        "ranks": {"a": {"7": numpy.int64(1), "8": numpy.dtype(">i4").type(0)}},
    }
    assert read_ranks(scores(tmp_path, content), 10) == {"a": ["8", "7"]}


def test_a_pickle_that_calls_something_is_refused_and_calls_nothing(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = scores(tmp_path, {"ranks": Calls(os.system, f"touch {trace}")})
    with pytest.raises(UserError, match=r"wants to call (posix|os)\.system"):
        read_ranks(path, 10)
    assert not trace.exists()


@pytest.mark.parametrize("call", [eval, open, __import__, getattr, exec])
def test_no_builtin_can_be_called(tmp_path: Path, call: Any) -> None:
    with pytest.raises(UserError, match=r"wants to call (builtins|io)\."):
        read_ranks(scores(tmp_path, {"ranks": Calls(call, "1")}), 10)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "EOFError"),
        (b"no pickle", "UnpicklingError"),
        ([], "no dictionary with 'ranks'"),
        ({"scores": {}}, "no dictionary with 'ranks'"),
        ({"ranks": {"a": []}}, "no dictionaries of elements"),
        ({"ranks": {1: {}}}, "not by sample"),
        ({"ranks": {"a": {1: 1}}}, "not ids with numbers"),
        ({"ranks": {"a": {"1": "1"}}}, "not ids with numbers"),
        ({"ranks": {"a": {"x" * 1000: 1}}}, "not ids with numbers"),
    ],
)
def test_what_holds_no_ranks_is_told_in_one_line(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        read_ranks(scores(tmp_path, content), 10)
    assert "\n" not in str(error.value)


def test_a_pickle_that_wants_all_memory_is_refused(tmp_path: Path) -> None:
    claimed = struct.pack("<Q", 1 << 40)  # a text of a tebibyte
    with pytest.raises(UserError, match="holds no ranker's scores"):
        read_ranks(scores(tmp_path, b"\x80\x04\x8d" + claimed + b"x."), 10)
    doubled = b"\x80\x04X\x04\x00\x00\x00aaaa" + b"".join(b"2\x86" for _ in range(40)) + b"."
    with pytest.raises(UserError, match="no dictionary with 'ranks'"):
        read_ranks(scores(tmp_path, doubled), 10)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no ranker's scores at"):
        read_ranks(tmp_path / "none.pkl", 10)


def test_an_id_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="an id that is no text"):
        read_ranks(scores(tmp_path, {"scores": {}, "ranks": {"a_b": {"\ud800": 0}}}), 10)
