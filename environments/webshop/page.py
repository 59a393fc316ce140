"""What an agent sees of a page: its visible text in either of the original's modes, and what can be clicked.

Visible is every text that is not in a style, script, head or title, and not in decoration (`aria-hidden`). The clickables are those of
the original: the text of buttons, then of product links, lower-cased, then the values of options.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any, NamedTuple

SEPARATOR = " [SEP] "
INVISIBLE = frozenset({"style", "script", "head", "title", "meta"})
VOID = frozenset({"br", "input", "link", "meta", "img", "hr"})
FIXED = frozenset({"buy now", "back to search", "next >", "< prev", "description", "features", "reviews", "attributes"})
"""Buttons that the original goes by before it looks for an option of the same text."""


class Click(NamedTuple):
    """Where a click leads, relative to the page."""

    method: str
    address: str
    fields: dict[str, str]


class Text(NamedTuple):
    """A visible text and what it is: `text`, `button`, `option`, `product`. `marked`: an option that is chosen, a product seen before."""

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


class _Reader(HTMLParser):
    """Walks a page of the shop's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[Text] = []
        self.has_search_bar = False
        self.buttons: list[tuple[str, Click]] = []
        self.products: list[tuple[str, Click]] = []
        self.options: list[tuple[str, Click]] = []
        self.outcome = ""
        self._open: list[tuple[str, dict[str, str]]] = []
        self._hidden = 0
        self._form = Click("get", "", {})
        self._checked: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Click(values.get("method", "get"), values.get("action", ""), {})
        elif tag == "input":
            self._input(values)
        if tag not in VOID:
            self._open.append((tag, values))
            self._hidden += _hides(tag, values)

    def _input(self, values: dict[str, str]) -> None:
        kind = values.get("type", "text")
        if values.get("id") == "search_input":
            self.has_search_bar = True
        elif kind == "hidden":
            self._form.fields[values["name"]] = values["value"]
        elif kind == "radio":
            self.options.append((values["value"], Click("get", values["data-url"], {})))
            if "checked" in values:
                self._checked.add(values["id"])

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, values = self._open.pop()
            self._hidden -= _hides(name, values)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        tag, values = self._open[-1] if self._open else ("", {})
        if values.get("id") == "outcome":
            self.outcome += data
        text = data.strip()
        if self._hidden or not text:
            return
        if tag == "button":
            self.buttons.append((text, self._form))
            self.texts.append(Text(text, "button", False))
        elif tag == "label":
            self.texts.append(Text(text, "option", values.get("for", "") in self._checked))
        elif "product-link" in values.get("class", ""):
            self.products.append((text, Click("get", values.get("href", ""), {})))
            self.texts.append(Text(text, "product", "data-visited" in values))
        else:
            self.texts.append(Text(text, "text", False))


def _hides(tag: str, values: dict[str, str]) -> bool:
    return tag in INVISIBLE or values.get("aria-hidden") == "true"


def read_page(html: str) -> Page:
    """The page that `html` is. Raises `ValueError` or `KeyError` where it is none of the shop's."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    clicks = {text.lower(): click for text, click in [*reader.buttons, *reader.products]}
    for value, click in reader.options:
        if value not in FIXED or value not in clicks:
            clicks[value] = click
    return Page(reader.texts, reader.has_search_bar, clicks, json.loads(reader.outcome) if reader.outcome else None)
