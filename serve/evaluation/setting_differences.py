"""Where two trees of settings differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from actors.program.terminal import one_line

_WIDTH = 60


class SettingDifference(NamedTuple):
    """A place such as 'limits.max_turns', and what stands there: 'nothing' where only the other has it."""

    place: str
    left: str
    right: str


def setting_differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[SettingDifference]:
    """Every place where the two differ, in the order of `left`."""
    flat_left, flat_right = _flat(left), _flat(right)
    places = [place for place in {**flat_left, **flat_right} if flat_left.get(place) != flat_right.get(place)]
    return [SettingDifference(place, _shown(flat_left.get(place)), _shown(flat_right.get(place))) for place in places]


def _flat(node: Any, place: str = "") -> dict[str, Any]:
    if isinstance(node, Mapping) and node:
        children = list(node.items())
    elif isinstance(node, list | tuple) and node:
        children = list(enumerate(node))
    else:
        return {place: node or None if isinstance(node, Mapping | list | tuple) else node}
    flat: dict[str, Any] = {}
    for key, value in children:
        flat |= _flat(value, f"{place}.{key}" if place else str(key))
    return flat


def _shown(value: Any) -> str:
    return "nothing" if value is None else one_line(str(value), _WIDTH)
