"""A candidate ranker for recordings that come without scores: BM25 of the task's words over what the elements say.

An element's words are those of its attributes and of the first fifty nodes in it. Whatever can be acted on, or lies in
such an element, comes before what only holds others. Mind2Web's own ranker is a tuned DeBERTa.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from environments.mind2web.dom.page import TEXT, Element, elements
from environments.mind2web.dom.rendering import said_by

K1, B = 1.2, 0.75
LIMIT_NODES = 50
TAGS = frozenset({"a", "button", "input", "label", "option", "select", "summary", "textarea"})
ROLES = frozenset(
    {"button", "checkbox", "combobox", "link", "menuitem", "option", "radio", "searchbox", "switch", "tab", "textbox"}
)
_WORD = re.compile(r"\w+")


def ranked(page: Element, candidates: Iterable[str], query: str) -> list[str]:
    """The candidates that are on the page, the likeliest first; of equal ones that which the page has first."""
    wanted = set(candidates)
    said = {each: _said(each) for each in page.iter("*")}
    known = {id: element for id, element in elements(page).items() if id in wanted}
    documents = [
        Counter(word for each in islice(element.iter("*"), LIMIT_NODES) for word in said[each])
        for element in known.values()
    ]
    scores = dict(zip(known, bm25(documents, words(query)), strict=True))
    acted_on = _acted_on(page)
    return sorted(known, key=lambda id: (known[id] not in acted_on, -scores[id]))


def _acted_on(page: Element) -> set[Element]:
    """What a person can act on, and all that lies in it."""
    outer = (each for each in page.iter("*") if each.tag in TAGS or each.get("role") in ROLES)
    return {inner for each in outer for inner in each.iter("*")}


def bm25(documents: Sequence[Counter[str]], query: Sequence[str]) -> list[float]:
    """The score of each document, where a word is rare if few of these have it."""
    lengths = [document.total() for document in documents]
    mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
    having = Counter(word for document in documents for word in document)
    rarity = {word: math.log(1 + (len(documents) - having[word] + 0.5) / (having[word] + 0.5)) for word in set(query)}
    return [
        sum(
            rarity[word] * document[word] * (K1 + 1) / (document[word] + K1 * (1 - B + B * length / mean))
            for word in rarity
            if word in document
        )
        for document, length in zip(documents, lengths, strict=True)
    ]


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text.lower())


def _said(element: Element) -> list[str]:
    """The words of one node alone."""
    return words(element.text or "") if element.tag == TEXT else words(" ".join(said_by(element)))
