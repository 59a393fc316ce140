"""What the generated catalogue sells: small vocabularies (`wares.toml`, `axes.toml`) from which every product is drawn.

No attribute of a ware reads like another one of it, and no option like another on its axis, to the reward's fuzzy
comparison; a test holds the lists to that.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from environments.contract import UserError
from environments.toml_file import read_entries

WARES = Path(__file__).with_name("wares.toml")
AXES = Path(__file__).with_name("axes.toml")

Word = Annotated[str, Meta(min_length=1)]
Attributes = Annotated[tuple[Word, ...], Meta(min_length=8, max_length=8)]
Amount = Annotated[int, Meta(ge=1)]


class Axis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to choose about a product."""

    name: Word
    values: Annotated[tuple[Word, ...], Meta(min_length=2)]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ware as its file has it: axes by name."""

    thing: Word
    category: Word
    levels: Word
    price: tuple[Amount, Amount]
    attributes: Attributes
    axes: tuple[str, ...]


class Ware(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of product. `attributes` are told apart by reading; each product has some of them."""

    thing: str
    category: str
    levels: str
    price: tuple[int, int]
    attributes: tuple[str, ...]
    axes: tuple[Axis, ...]


@cache
def wares() -> tuple[Ware, ...]:
    """All wares, read once. Raises `UserError` where a file of them is wrong."""
    axes = read_entries(AXES, Axis)
    return tuple(_ware(entry, axes) for entry in read_entries(WARES, _Entry, name_field="thing").values())


def _ware(entry: _Entry, axes: dict[str, Axis]) -> Ware:
    place = f"{WARES}: entry '{entry.thing}', field 'axes'"
    for name in entry.axes:
        if name not in axes:
            raise UserError(f"{place}: {AXES.name} has no entry '{name}'")
    chosen = tuple(axes[name] for name in entry.axes)
    if len({axis.name for axis in chosen}) < len(chosen):
        raise UserError(f"{place}: two of {', '.join(entry.axes)} have the same 'name' in {AXES.name}")
    return Ware(**{**msgspec.structs.asdict(entry), "axes": chosen})
