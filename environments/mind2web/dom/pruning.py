"""What is left of a page around its candidates: AgentBench's `prune_tree` (SPEC 2.3), to the node.

Kept are each candidate, its ancestors, its first 50 descendants, and its siblings up to three places away; of what is
kept, all texts. Its odd corners are the original's: descendants are counted six levels down, though it says five, and
elements without an id are kept together or not at all.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from environments.mind2web.dom.page import ID, TEXT, Element, elements, id_of

LEVELS = 6
LIMIT_DESCENDANTS = 50
SIBLINGS = 3


def pruned(page: Element, candidates: Collection[str]) -> Element:
    """A copy of the page with what is kept for `candidates`, who alone still have an id; wrappers that say nothing are
    taken away.
    """
    left = cut(page, candidates)
    for element in reversed(list(left.iter("*"))):
        if element.tag == TEXT or id_of(element) not in candidates:
            element.attrib.pop(ID, None)
        if _says_nothing(element):
            for child in element:
                element.addprevious(child)
            element.getparent().remove(element)
    return left


def cut(page: Element, candidates: Iterable[str]) -> Element:
    """A copy of the page with what is kept for `candidates`, otherwise as it was: cut for some of them, it is as if it
    had been cut for these alone.
    """
    kept = _kept(page, candidates)
    left = copy.deepcopy(page)
    for element in reversed(list(left.iter("*"))):
        parent = element.getparent()
        if parent is not None and id_of(parent if element.tag == TEXT else element) not in kept:
            parent.remove(element)
    return left


def _kept(page: Element, candidates: Iterable[str]) -> set[str]:
    """The ids of all elements that are kept."""
    known = elements(page)
    kept: set[str] = set()
    for candidate in (known[id] for id in candidates if id in known):
        kept.add(id_of(candidate))
        kept.update(map(id_of, candidate.iterancestors()))
        kept.update(map(id_of, islice(_descendants(candidate, LEVELS), LIMIT_DESCENDANTS)))
        kept.update(map(id_of, _siblings(candidate)))
    return kept


def _descendants(element: Element, levels: int) -> Iterator[Element]:
    """In the page's order, so many levels down; texts are among them."""
    for child in element.iterchildren("*") if levels else ():
        yield child
        yield from _descendants(child, levels - 1)


def _siblings(element: Element) -> list[Element]:
    parent = element.getparent()
    if parent is None:
        return []
    siblings = [child for child in parent.iterchildren("*") if child.tag != TEXT]
    place = siblings.index(element)
    return siblings[max(0, place - SIBLINGS) : place + SIBLINGS + 1]


def _says_nothing(element: Element) -> bool:
    return (
        element.getparent() is not None
        and element.tag != TEXT
        and not element.attrib
        and len(element) <= 1
        and all(child.tag != TEXT for child in element)
    )
