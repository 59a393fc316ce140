"""The candidates of a step: elements of the cleaned page, and which of them are right.

Right is the step's element. For a click it is what takes it (the link around a heading), with all in it that does
nothing of its own, and what lies around that alone (the item of a list): a click on any of them does the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from environments.mind2web.recorder.cleaning import DESCRIBING, is_acted_on, walk
from environments.mind2web.recorder.page import Element
from environments.mind2web.recorder.snapshot import CHOICES, Node

FRAME = frozenset({"html", "body"})
LABELLED = frozenset({"input", "select", "textarea"})


class Positives(NamedTuple):
    """The right elements from the outermost inwards, and which of them a person meant, and where the mouse was."""

    nodes: list[Node]
    top: Node
    hit: Node


def positives(root: Node, element: Element, is_click: bool) -> Positives | None:
    """The right ones; None where the cleaned page has not got the element."""
    by_id = {node.node: node for node in walk(root)}
    target = by_id.get(element.node)
    if target is None:
        return None
    if not is_click:
        return Positives([target], target, target)
    target = _taker(target)
    inner = [node for node in walk(target) if node.tag != "text" and (node is target or _does_nothing(node, target))]
    around: list[Node] = []
    top = target
    while (above := top.parent) is not None and _holds_only(above, top, element):
        top = above
        around.insert(0, top)
    return Positives([*around, *inner], top, by_id.get(element.hit, target))


def candidates(root: Node, right: Positives, ids: dict[int, int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Positive and negative candidates in the official form."""
    positive = [
        _candidate(node, ids) | {"is_original_target": node is right.hit, "is_top_level_target": node is right.top}
        for node in right.nodes
    ]
    chosen = {node.node for node in right.nodes}
    others = (node for node in walk(root) if node.tag not in {"text", *FRAME, *CHOICES} and node.node not in chosen)
    return positive, [_candidate(node, ids) for node in others]


def _taker(target: Node) -> Node:
    """What acts when it is clicked: itself, or the nearest around it."""
    around: Node | None = target
    while around is not None and around.tag not in FRAME:
        if is_acted_on(around):
            return around
        around = around.parent
    return target


def _does_nothing(node: Node, target: Node) -> bool:
    """Whether neither it nor what is between it and the target is acted on, but for a label's own control."""
    while node is not target:
        if node.parent is None or (is_acted_on(node) and not (target.tag == "label" and node.tag in LABELLED)):
            return False
        node = node.parent
    return True


def _holds_only(above: Node, inner: Node, element: Element) -> bool:
    if above.tag in FRAME or len(above.children) != 1:
        return False
    x, y, width, height = above.box
    left, upper, inner_width, inner_height = inner.box
    return left <= x + width / 2 <= left + inner_width and upper <= y + height / 2 <= upper + inner_height


def _candidate(node: Node, ids: dict[int, int]) -> dict[str, Any]:
    number = str(ids[node.node])
    attributes = {
        "backend_node_id": number,
        "bounding_box_rect": ",".join(f"{value:.0f}" for value in node.box),
        **{name: node.attributes[name] for name in DESCRIBING if name in node.attributes},
        **({"is_clickable": "true"} if node.clickable else {}),
    }
    return {"tag": node.tag, "attributes": msgspec.json.encode(attributes).decode(), "backend_node_id": number}
