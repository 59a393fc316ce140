"""A page as Mind2Web cleans it: what shows or can be acted on, with the attributes that tell what it is."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from environments.mind2web.recorder.snapshot import CHOICES, Node

KEPT = (
    *("role", "aria_role", "type", "alt", "aria_description", "aria_label", "label", "title", "name"),
    *("text_value", "value", "placeholder", "input_checked", "input_value", "option_selected"),
)
"""The attributes of cleaned HTML; `class` and `id` are a candidate's only."""
DESCRIBING = (*KEPT, "class", "id", "aria_checked", "aria_expanded", "aria_selected", "aria_haspopup", "for")
"""The attributes of a candidate."""
ACTED_ON = frozenset({"a", "button", "input", "select", "textarea", "summary", "label"})


def cleaned(root: Node) -> Node:
    """The tree without what neither shows nor holds what shows. Changes it."""
    for node in reversed(list(walk(root))):
        if node.tag == "svg":
            node.children = []
        node.children = [child for child in node.children if _stays(child)]
    return root


def walk(root: Node) -> Iterator[Node]:
    """Every node in the page's order."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        yield node
        ahead.extend(reversed(node.children))


def cleaned_html(root: Node, ids: dict[int, int]) -> str:
    """The tree as Mind2Web writes it: XML, texts in `<text>`, every node with its `backend_node_id` (from `ids`)."""
    written: list[str] = []
    ahead: list[Node | str] = [root]
    while ahead:
        node = ahead.pop()
        if isinstance(node, str):
            written.append(node)
            continue
        begin = f'<{node.tag} backend_node_id="{ids[node.node]}"'
        kept = {name: node.attributes[name] for name in KEPT if node.attributes.get(name)}
        begin += "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        if node.tag == "text":
            written.append(f"{begin}>{escape(node.text)}</text>")
        elif not node.children:
            written.append(f"{begin} />")
        else:
            written.append(f"{begin}>")
            ahead.append(f"</{node.tag}>")
            ahead.extend(reversed(node.children))
    return " ".join(written)


def is_acted_on(node: Node) -> bool:
    """Whether a person would take it for something to act on."""
    return node.tag in ACTED_ON or node.clickable or "role" in node.attributes


def _stays(node: Node) -> bool:
    if node.tag == "text":
        return node.visible and bool(node.text)
    says = (
        is_acted_on(node) or node.tag in CHOICES or node.tag == "img" or any(node.attributes.get(name) for name in KEPT)
    )
    return bool(node.children) or (node.visible and says)
