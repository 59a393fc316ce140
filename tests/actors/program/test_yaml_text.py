"""Configs as text: what is read, what is refused with its place, and that nothing hangs or grows."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.program.yaml_text import LIMIT_BYTES, NotYaml, dump, parse

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12).filter(lambda text: "\0" not in text)
    | st.sampled_from(
        ["1e5", "12:30", "010", "2020-02-31", "yes", "~", ".inf", "1_000", "=", "<<", "0x1F", "&a", "*a", "!x"]
    )
)
KEYS = st.text(max_size=8).filter(lambda text: "\0" not in text)
CONTENT = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    return "\n".join([*lines, *(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels))])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 0.0001),
        ("1_000", 1000),
        ("0x1F", 31),
        ("-7", -7),
        ("3.11", 3.11),
        (".5", 0.5),
        ("010", "010"),
        ("12:30", "12:30"),
        ("2020-02-31", "2020-02-31"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        (r'"\ud83d\ude00"', "😀"),
        ("😀", "😀"),
        ("no", False),
        ("", None),
        ("[&a {x: 1}, *a]", [{"x": 1}, {"x": 1}]),
        ("{base: &b {x: 1, y: 2}, other: {<<: *b, x: 3}}", {"base": {"x": 1, "y": 2}, "other": {"x": 3, "y": 2}}),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, value: Any) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: .nan", "line 1, column 4: '.nan' is no finite number"),
        ("a: 1e400", "'1e400' is no finite number"),
        ("a: " + "9" * 10_000, "has more than 64 bits"),
        ("a: 1\nb: -99999999999999999999", "line 2, column 4"),
        (r'a: "\ud83d"', "half a character"),
        (r'a: "x\0"', "a NUL in a text"),
        ("a: x\0", "special characters are not allowed"),
        ("1: 2", "a key that is no text"),
        ("{[a]: b}", "a key that is no text"),
        ("a: 1\na: 2", "line 2, column 1: the key 'a' for the second time"),
        ("a: !!python/name:os.system", "the tag"),
        ("a: !!binary aGk=", "the tag"),
        ("a: !!bool zz", "the tag"),
        ("a: &a [*a]", "'*a' holds itself"),
        ("a: &a {x: {y: *a}}", "'*a' holds itself"),
        ("a: *b", "undefined alias"),
        ("a: " + "[" * 5000, "nested deeper than"),
        ("{a: " * 3000, "nested deeper than"),
        (bomb(10), "with every alias written out"),
        ("x" * (LIMIT_BYTES + 1), "longer than"),
        ("a: 1\n---\nb: 2", "another document"),
        ("<<: 3", "merging"),
        ("a:\n\tb: 1", "line 2, column 1"),
    ],
    ids=range(23),
)
def test_what_is_no_config_is_one_line_that_says_where(text: str, said: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotYaml) as refused:
        parse(text)
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert time.monotonic() - began < 5


@given(CONTENT)
@example({"\x85": "\x85", "a\x85b": "\x85\x85c", "d": ["\u2028", "\u2029e", "\n"]})
def test_a_config_that_is_written_is_read_again(content: Any) -> None:
    assert parse(dump(content)) == content


@given(CONTENT)
def test_json_is_yaml(content: Any) -> None:
    assert parse(json.dumps(content)) == content


@given(st.text(max_size=60) | st.text(alphabet="[]{}:,-&*!|>'\"?% \n#a1.~<", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except NotYaml as error:
        said = str(error)
    else:
        said = json.dumps(found)
    assert len(said.splitlines()) == 1
