"""A page's tree out of Chromium's DOMSnapshot: elements and texts in the page's order, with what is shown of them.

What never shows (scripts, styles, comments, a browser's own parts of a control) is left out here; frames are, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

ELEMENT, TEXT, DOCUMENT, FRAGMENT = 1, 3, 9, 11
NEVER_SHOWN = frozenset({"script", "style", "noscript", "template", "head", "link", "meta", "iframe", "frame"})
CHOICES = frozenset({"option", "optgroup"})
"""They have no place on the page while their select is folded."""


NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a page can hold and XML can't: control characters, halves of characters."""


@dataclass(eq=False)
class Node:
    """An element, or a text (`tag` is "text"). `box` is (x, y, width, height) in CSS pixels of the page."""

    node: int
    tag: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    visible: bool = False
    clickable: bool = False
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)


def read_snapshot(snapshot: dict[str, Any]) -> Node:
    """The root of the page (`html`)."""
    strings, document = [*map(readable, snapshot["strings"])], snapshot["documents"][0]
    nodes, said = document["nodes"], _Said(strings, document)
    own_parts = {
        index
        for index, value in zip(*_rare(nodes.get("shadowRootType")), strict=True)
        if strings[value] == "user-agent"
    }
    known: dict[int, Node | None] = {}
    root: Node | None = None
    for index, (parent, kind) in enumerate(zip(nodes["parentIndex"], nodes["nodeType"], strict=True)):
        above = known.get(parent)
        if kind == FRAGMENT and index not in own_parts:
            known[index] = above  # what a shadow root holds is its host's
        if kind not in (ELEMENT, TEXT) or (above is None and root is not None):
            continue
        node = said.node(index, above, kind)
        if node.tag in NEVER_SHOWN:
            continue
        node.parent = above
        if above is not None:
            above.children.append(node)
        elif kind == ELEMENT:
            root = node
        known[index] = node
    assert root is not None, "a document has an element"
    return root


def readable(text: str) -> str:
    """The text with a space for what is no character in XML."""
    return NO_CHARACTER.sub(" ", text)


class _Said:
    """What the snapshot's tables say of a node."""

    def __init__(self, strings: list[str], document: dict[str, Any]) -> None:
        nodes, layout = document["nodes"], document["layout"]
        self._strings = strings
        self._nodes = nodes
        self._place = {node: place for place, node in enumerate(layout["nodeIndex"])}
        self._layout = layout
        self._values = {
            name: dict(zip(*_rare(nodes.get(table)), strict=True))
            for name, table in (("text_value", "textValue"), ("input_value", "inputValue"))
        }
        self._flags = {
            name: set(nodes.get(table, {}).get("index", ()))
            for name, table in (("input_checked", "inputChecked"), ("option_selected", "optionSelected"))
        }
        self._clickable = set(nodes.get("isClickable", {}).get("index", ()))

    def node(self, index: int, above: Node | None, kind: int) -> Node:
        strings, nodes = self._strings, self._nodes
        node = Node(node=nodes["backendNodeId"][index], tag="text", clickable=index in self._clickable)
        if kind == TEXT:
            node.text = " ".join(strings[nodes["nodeValue"][index]].split())
        else:
            node.tag = re.sub(r"[^a-z0-9_]", "_", strings[nodes["nodeName"][index]].lower())
            node.attributes = self._attributes(index)
        place = self._place.get(index)
        if place is not None:
            x, y, width, height = self._layout["bounds"][place]
            node.box = (x, y, width, height)
            node.visible = width > 0 and height > 0 and strings[self._layout["styles"][place][0]] == "visible"
        elif above is not None and (node.tag in CHOICES or above.tag in CHOICES):
            node.visible = above.visible
        return node

    def _attributes(self, index: int) -> dict[str, str]:
        """The element's own, and its state; `aria-label` is `aria_label` in Mind2Web."""
        pairs = [self._strings[i] if i >= 0 else "" for i in self._nodes["attributes"][index]]
        found = {name.lower().replace("-", "_"): value for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
        for name, values in self._values.items():
            if values.get(index, -1) >= 0:
                found[name] = self._strings[values[index]]
        return found | {name: "true" for name, flagged in self._flags.items() if index in flagged}


def _rare(table: dict[str, list[int]] | None) -> tuple[list[int], list[int]]:
    return (table["index"], table["value"]) if table else ([], [])
