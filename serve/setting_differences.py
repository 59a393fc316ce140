"""Where two trees of settings differ, each place on a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.terminal import one_line

_WIDTH = 60


def setting_differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """As 'limits.max_turns: 8 and 15'; what only one of them has is 'nothing' in the other."""
    flat_left, flat_right = _flat(left), _flat(right)
    places = [place for place in {**flat_left, **flat_right} if flat_left.get(place) != flat_right.get(place)]
    return [f"{place}: {_shown(flat_left.get(place))} and {_shown(flat_right.get(place))}" for place in places]


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
