"""A data file that is wrong is one line that names file, entry and field."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from environments.contract import UserError
from environments.toml_file import read_entries, read_table


class _Measure(msgspec.Struct, forbid_unknown_fields=True):
    phrase: str
    low: int = 0


class _Domain(msgspec.Struct, forbid_unknown_fields=True):
    things: str
    measures: tuple[_Measure, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    ships: _Domain


RIGHT = '[ships]\nthings = "ships"\nmeasures = [{ phrase = "length", low = 3 }]\n'


def test_entries_keep_the_file_s_order(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text('[b]\nphrase = "B"\n[a]\nphrase = "Ä"\nlow = 3\n', encoding="utf-8")
    assert list(read_entries(path, _Measure).items()) == [("b", _Measure("B")), ("a", _Measure("Ä", 3))]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (RIGHT.replace("3", '"3"'), "entry 'ships', field 'measures[0].low': expected 'int', got 'str'"),
        (RIGHT.replace("low", "lo"), "entry 'ships', field 'measures[0]': object contains unknown field 'lo'"),
        (RIGHT.replace('things = "ships"\n', ""), "entry 'ships': object missing required field 'things'"),
        ("ships = 3\n", "entry 'ships': expected 'object', got 'int'"),
        ('[ships]\nthings = "ships"\n"a\\nb" = 3\n', "entry 'ships': object contains unknown field 'a b'"),
    ],
)
def test_what_is_wrong_is_named_with_its_entry_and_field(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "words.toml"
    path.write_text(text)
    assert _refused(path) == [f"{path}: {fault}", f"{path}: {fault}"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[ships\n", "no TOML: "),
        (b"[ships]\n[ships]\n", "no TOML: "),
        (b"a = " + b"[" * 100_000, "no TOML: "),
        (b"a = " + b"9" * 5_000, "no TOML: "),
        (b"a = '\xff'\n", "byte 5 is no UTF-8"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_in_one_line(tmp_path: Path, content: bytes | None, fault: str) -> None:
    path = tmp_path / "words.toml"
    if content is not None:
        path.write_bytes(content)
    for said in _refused(path):
        assert said.startswith(f"{path}: {fault}")
        assert "\n" not in said


def test_an_entry_that_code_asks_for_or_does_not_know_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    for text, fault in (("", "missing required field 'ships'"), (RIGHT + "[boats]\n", "unknown field 'boats'")):
        path.write_text(text)
        with pytest.raises(UserError) as refused:
            read_table(path, _File)
        assert str(refused.value).startswith(f"{path}: object ")
        assert str(refused.value).endswith(fault)


def test_an_entry_s_name_is_the_value_of_a_field(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text("['a.b']\nlow = 3\n")
    assert read_entries(path, _Measure, name_field="phrase") == {"a.b": _Measure("a.b", 3)}
    path.write_text("['a.b']\nlow = 'x'\n")
    with pytest.raises(UserError, match=r"entry 'a\.b', field 'low': expected 'int', got 'str'$"):
        read_entries(path, _Measure, name_field="phrase")
    path.write_text("['a.b']\nphrase = 'c'\n")
    with pytest.raises(UserError, match=r"entry 'a\.b', field 'phrase': the entry's name is it; take it out$"):
        read_entries(path, _Measure, name_field="phrase")


def _refused(path: Path) -> list[str]:
    said = []
    for read, kind in ((read_table, _File), (read_entries, _Domain)):
        with pytest.raises(UserError) as refused:
            read(path, kind)  # type: ignore[operator]
        said.append(str(refused.value))
    return said
