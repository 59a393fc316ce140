"""What an agent sees of a page: its visible text in either of the original's modes, and what can be clicked.

Visible is every text that is not in a style, script, head or title, and not in decoration (`aria-hidden`). The
clickables are those of the original: the text of buttons, then of product links, lower-cased, then the values of
options.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

SEPARATOR = " [SEP] "
INVISIBLE = frozenset({"style", "script", "head", "title", "meta"})
FIXED = frozenset({"buy now", "back to search", "next >", "< prev", "description", "features", "reviews", "attributes"})
"""Buttons that the original goes by before it looks for an option of the same text."""


class Click(NamedTuple):
    """Where a click leads, relative to the page."""

    method: str
    address: str
    fields: dict[str, str]


class Text(NamedTuple):
    """A visible text and what it is: `text`, `button`, `option`, `product`.

    `marked`: an option that is chosen, a product seen before.
    """

    text: str
    kind: str
    marked: bool


class Page(NamedTuple):
    """One page, read."""

    texts: list[Text]
    has_search_bar: bool
    clicks: dict[str, Click]
    outcome: dict[str, Any] | None

    def actions(self) -> dict[str, Any]:
        """The available actions as AgentBench prints them."""
        return {"has_search_bar": self.has_search_bar, "clickables": list(self.clicks)}

    def observation(self, mode: str) -> str:
        """The page as text: `text` or `text_rich`."""
        if mode == "text":
            return SEPARATOR.join(text.text for text in self.texts)
        seen = ""
        for text in self.texts:
            if text.kind == "option" and text.marked:
                seen = f"You have clicked {text.text}.\n{seen}"
            seen += f"{_rich(text)}\n"
        return seen


def _rich(text: Text) -> str:
    if text.kind == "text":
        return text.text
    before = {"button": "", "option": "  ", "product": "\n"}[text.kind]
    name = "clicked button" if text.marked else "button"
    return f"{before}[{name}] {text.text} [{name}_]"


class _Reader:
    """Walks a page of the shop's, in the order in which it reads."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.has_search_bar = False
        self.buttons: list[tuple[str, Click]] = []
        self.products: list[tuple[str, Click]] = []
        self.options: list[tuple[str, Click]] = []
        self.outcome = ""
        self._form = Click("get", "", {})
        self._checked: set[str] = set()

    def walk(self, body: LexborNode) -> None:
        """Read everything under `body`. A stack of its own, for a page may be nested deeper than Python calls."""
        open_nodes = [(body, body.iter(include_text=True))]
        while open_nodes:
            parent, children = open_nodes[-1]
            node = next(children, None)
            if node is None:
                open_nodes.pop()
            elif node.is_text_node:
                self._text(parent, (node.text_content or "").strip())
            elif node.is_element_node and self._enter(node):
                open_nodes.append((node, node.iter(include_text=True)))

    def _enter(self, node: LexborNode) -> bool:
        """Take note of an element; whether what is in it can be seen."""
        if node.tag in INVISIBLE or node.attributes.get("aria-hidden") == "true":
            if node.attributes.get("id") == "outcome":
                self.outcome = node.text()
            return False
        if node.tag == "form":
            self._form = Click(node.attributes.get("method") or "get", node.attributes.get("action") or "", {})
        elif node.tag == "input":
            self._input(node.attributes)
        return True

    def _input(self, values: Mapping[str, str | None]) -> None:
        kind = values.get("type") or "text"
        if values.get("id") == "search_input":
            self.has_search_bar = True
        elif kind == "hidden":
            self._form.fields[values["name"] or ""] = values["value"] or ""
        elif kind == "radio":
            self.options.append((values["value"] or "", Click("get", values["data-url"] or "", {})))
            if "checked" in values:
                self._checked.add(values["id"] or "")

    def _text(self, parent: LexborNode, text: str) -> None:
        if not text:
            return
        values = parent.attributes
        if parent.tag == "button":
            self.buttons.append((text, self._form))
            self.texts.append(Text(text, "button", False))
        elif parent.tag == "label":
            self.texts.append(Text(text, "option", (values.get("for") or "") in self._checked))
        elif values.get("class") == "product-link":
            self.products.append((text, Click("get", values.get("href") or "", {})))
            self.texts.append(Text(text, "product", "data-visited" in values))
        else:
            self.texts.append(Text(text, "text", False))


def read_page(html: str) -> Page:
    """The page that `html` is. Raises `ValueError` or `KeyError` where it is none of the shop's."""
    reader = _Reader()
    body = LexborHTMLParser(html).body
    if body is not None:
        reader.walk(body)
    clicks = {text.lower(): click for text, click in [*reader.buttons, *reader.products]}
    for value, click in reader.options:
        if value not in FIXED or value not in clicks:
            clicks[value] = click
    return Page(reader.texts, reader.has_search_bar, clicks, json.loads(reader.outcome) if reader.outcome else None)
