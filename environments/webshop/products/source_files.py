"""Finds and streams WebShop's own files: none of them is ever in memory as a whole.

items_shuffle*.json         the products, one JSON array            items_ins_v2*.json    attributes and synthetic
instructions by id products*.jsonl[.gz]        or the search engine's documents        items_human_ins*.json    human
instructions by id
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ijson  # type: ignore[import-untyped]

from environments.contract import UserError
from environments.rows import RawRow, read_lines

ITEMS = ("items_shuffle*.json", "products*.jsonl", "products*.jsonl.gz", "documents*.jsonl", "documents*.jsonl.gz")


class Sources(NamedTuple):
    """The files of one catalogue."""

    items: Path
    attributes: Path | None
    human: Path | None

    def existing(self) -> list[Path]:
        """Those that are there."""
        return [path for path in self if path is not None]


def find(path: str) -> Sources:
    """The files that belong to `path`: an items file, or the folder of one. Raises `UserError`."""
    given = Path(path)
    if given.is_dir():
        found = sorted(file for pattern in ITEMS for file in given.glob(pattern))
        if len(found) != 1:
            names = ", ".join(file.name for file in found) or "none"
            raise UserError(
                f"'{path}' should hold one file of products ({' or '.join(ITEMS[:2])}), found {names}; name the file"
                " itself"
            )
        given = found[0]
    elif not given.is_file():
        raise UserError(f"no catalogue at '{path}'; expected WebShop's items_shuffle*.json, or the folder it is in")
    size = re.search(r"(_\d+)?\.", given.name)
    suffix = size[1] or "" if size else ""
    return Sources(given, _beside(given, f"items_ins_v2{suffix}.json"), _beside(given, "items_human_ins.json"))


def _beside(items: Path, name: str) -> Path | None:
    path = items.parent / name
    return path if path.is_file() else None


def rows(items: Path) -> Iterator[RawRow]:
    """Every product's row. Raises `UserError` where the file is not what it should be."""
    return _documents(items) if ".jsonl" in items.name else _array(items)


def _array(items: Path) -> Iterator[RawRow]:
    with items.open("rb") as file:
        try:
            for number, row in enumerate(ijson.items(file, "item", use_float=True)):
                yield RawRow(f"{items}[{number}]", number, row)
        except ijson.JSONError as error:
            raise UserError(f"'{items}' is no JSON array of products ({' '.join(str(error).split())[:200]})") from None


def _documents(items: Path) -> Iterator[RawRow]:
    for row in read_lines(items):
        document = row.values
        yield row._replace(values=document.get("product", document)) if isinstance(document, dict) else row


def by_id(path: Path | None) -> Iterator[tuple[str, Any]]:
    """The pairs of a JSON object that maps product ids; none where there is no file."""
    if path is None:
        return
    with path.open("rb") as file:
        try:
            yield from ijson.kvitems(file, "", use_float=True)
        except ijson.JSONError as error:
            raise UserError(
                f"'{path}' is no JSON object by product id ({' '.join(str(error).split())[:200]})"
            ) from None
