"""A data file of an environment (TOML), read strictly: every field is known and has its type."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from environments.contract import UserError

T = TypeVar("T")


def read_table(path: Path, kind: type[T]) -> T:
    """A file whose entries are the fields of `kind`. Raises `UserError` that names file, entry and field."""
    return _convert(path, "", _parsed(path), kind)


def read_entries(path: Path, kind: type[T], name_field: str = "") -> dict[str, T]:
    """A file of entries that are all of one kind, by name and in the file's order; `name_field` is the field of `kind`
    that an entry's name is the value of. Raises `UserError` that names file, entry and field.
    """
    found = {}
    for name, entry in _parsed(path).items():
        if name_field and isinstance(entry, dict):
            if name_field in entry:
                raise _refusal(path, name, name_field, "the entry's name is it; take it out")
            entry = {name_field: name, **entry}
        found[name] = _convert(path, name, entry, kind)
    return found


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; install the package again") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is no UTF-8; a data file is TOML in UTF-8") from error
    except (ValueError, RecursionError) as error:  # a number of more digits than Python reads is a bare ValueError
        raise UserError(f"{path}: no TOML: {' '.join(str(error).split())}") from error


def _convert(path: Path, entry: str, values: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        fault, _, inside = str(error).partition(" - at `$")
        field = inside.removesuffix("`").removeprefix(".")
        if not entry:
            entry, _, field = field.partition(".")
        raise _refusal(path, entry, field, fault[:1].lower() + fault[1:].replace("`", "'")) from error


def _refusal(path: Path, entry: str, field: str, fault: str) -> UserError:
    """The fault in one line, whatever the file's own words are."""
    places = [f"{what} '{name}'" for what, name in (("entry", entry), ("field", field)) if name]
    said = ": ".join(part for part in (", ".join(places), fault) if part)
    return UserError(f"{path}: {' '.join(said.split())}")
