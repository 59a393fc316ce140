"""How an element reads: AgentBench's `get_tree_repr` (SPEC 2.3), to the character.

    <button id=0 button clear dates> Clear </button>

Attributes are a few of their words, the first time that they are said; candidates have the number of their place as
`id`. Quotes go, entities are decoded one after the other (so that `&amp;lt;` is `<`), white space is one space.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping

from lxml import etree  # type: ignore[import-untyped]

from environments.mind2web.dom.page import ID, TEXT, Element

ATTRIBUTES = (
    "role",
    "aria_role",
    "type",
    "alt",
    "aria_description",
    "aria_label",
    "label",
    "title",
    "name",
    "text_value",
    "value",
    "placeholder",
    "input_checked",
    "input_value",
    "option_selected",
    "class",
)
UNSAID = ("hidden", "none", "presentation", "null", "undefined")
LIMIT_VALUE_WORDS = 5
LIMIT_WORD_CHARS = 15
LIMIT_WORDS = 20
_DECODED = {
    "&quot;": '"',
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&nbsp;": " ",
    "&ndash;": "-",
    "&rsquo;": "'",
    "&lsquo;": "'",
    "&ldquo;": '"',
    "&rdquo;": '"',
    "&#39;": "'",
    "&#40;": "(",
    "&#41;": ")",
}
_TEXT = re.compile(f"<{TEXT}>(.*?)</{TEXT}>")


def numbers(page: Element) -> dict[str, int]:
    """The number of each id, counted in the page's order."""
    ids = dict.fromkeys(
        element.attrib[ID] for element in page.iter("*") if element.tag != TEXT and ID in element.attrib
    )
    return {id: number for number, id in enumerate(ids)}


def render(element: Element, numbered: Mapping[str, int]) -> str:
    """The element with all that is in it, in one line."""
    copied = copy.deepcopy(element)
    for each in copied.iter("*"):
        if each.tag == TEXT:
            each.text = " ".join((each.text or "").split()[:LIMIT_WORDS])
        else:
            _shorten(each, numbered)
    text = etree.tostring(copied, encoding="unicode").replace('"', " ")
    text = text.replace("meta= ", "").replace("id= ", "id=").replace(" >", ">")
    text = _TEXT.sub(r"\1", text)
    for entity, character in _DECODED.items():
        text = text.replace(entity, character)
    return " ".join(text.split())


def said_by(element: Element) -> list[str]:
    """What an element's own attributes say, each value once and cut to a few short words."""
    attributes = dict(element.attrib)
    values = (attributes[name].lower() for name in ATTRIBUTES if name in attributes)
    said = (_cut(value) for value in values if value not in UNSAID and not value.startswith("http"))
    return list(dict.fromkeys(filter(None, said)))


def _cut(value: str) -> str:
    return " ".join([word for word in value.split() if len(word) < LIMIT_WORD_CHARS][:LIMIT_VALUE_WORDS])


def _shorten(element: Element, numbered: Mapping[str, int]) -> None:
    """Leave of the attributes the number and what they say."""
    if not element.attrib:
        return
    id, said = element.get(ID), " ".join(said_by(element)).split()
    element.attrib.clear()
    if id:
        element.set("id", str(numbered[id]))
    if said:
        element.set("meta", " ".join(said[:LIMIT_WORDS]))
