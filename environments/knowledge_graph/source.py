"""A graph as the generator walks it, and what programs give on it, worked out in Python: an opinion of its own beside
the engines'.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.programs.program import (
    And,
    Count,
    Entity,
    Instances,
    Join,
    Or,
    Program,
    Superlative,
    entities,
)
from environments.knowledge_graph.programs.sparql import NAME, NAMESPACE, TYPE, can_be_asked

LIMIT_STARTS = 200_000
LIMIT_REMEMBERED = 50_000
LIMIT_MEMBERS = 20_000


class Source(Protocol):
    """A graph that can be walked."""

    def out(self, node: str) -> Mapping[str, Sequence[str]]:
        """What the node leads to, by relation."""

    def values(self, node: str) -> Mapping[str, str]:
        """The node's numbers and dates, by attribute."""

    def name(self, node: str) -> str | None:
        """The node's English name."""

    def starts(self) -> Sequence[str]:
        """Named nodes, always in the same order."""


class StoreSource:
    """A store on disk (store.py), read through pyoxigraph."""

    def __init__(self, folder: Path) -> None:
        from pyoxigraph import Store

        self._store = Store.read_only(str(folder))
        self._remembered: OrderedDict[str, tuple[dict[str, list[str]], dict[str, str], str | None]] = OrderedDict()

    def _read(self, node: str) -> tuple[dict[str, list[str]], dict[str, str], str | None]:
        if node not in self._remembered:
            self._remembered[node] = self._from_store(node)
            if len(self._remembered) > LIMIT_REMEMBERED:
                self._remembered.popitem(last=False)
        return self._remembered[node]

    def _from_store(self, node: str) -> tuple[dict[str, list[str]], dict[str, str], str | None]:
        from pyoxigraph import Literal, NamedNode

        out: dict[str, list[str]] = {}
        values: dict[str, str] = {}
        names: list[str] = []
        for quad in self._store.quads_for_pattern(NamedNode(NAMESPACE + node), None, None, None):
            relation, to = quad.predicate.value.removeprefix(NAMESPACE), quad.object
            if isinstance(to, NamedNode) and relation != TYPE:
                node_there = to.value.removeprefix(NAMESPACE)
                if can_be_asked(node_there) and can_be_asked(
                    relation
                ):  # what no query can name, no question leads through
                    out.setdefault(relation, []).append(node_there)
            elif isinstance(to, Literal) and relation == NAME:
                names += [to.value] if to.language == "en" else []
            elif isinstance(to, Literal) and not to.language:
                values[relation] = to.value
        return {relation: sorted(found) for relation, found in sorted(out.items())}, values, min(names, default=None)

    def out(self, node: str) -> Mapping[str, Sequence[str]]:
        return self._read(node)[0]

    def values(self, node: str) -> Mapping[str, str]:
        return self._read(node)[1]

    def name(self, node: str) -> str | None:
        return self._read(node)[2]

    def starts(self) -> Sequence[str]:
        """The first named nodes, as the store orders them: all of a small graph, the limit's worth of a large one."""
        from pyoxigraph import NamedNode

        quads = islice(self._store.quads_for_pattern(None, NamedNode(NAMESPACE + NAME), None, None), LIMIT_STARTS)
        names = {quad.subject.value.removeprefix(NAMESPACE) for quad in quads if isinstance(quad.subject, NamedNode)}
        return sorted(name for name in names if can_be_asked(name))


class TooMany(Exception):
    """A set on the way is too large to be worked out here."""


def evaluate(program: Program, source: Source, ontology: Ontology) -> set[str]:
    """The members of a program.

    Raises `TooMany` beyond `LIMIT_MEMBERS`, `ValueError` for what the generator never makes.
    """
    if isinstance(program, Count):
        return {str(len(evaluate(program.argument, source, ontology)))}
    return _members(program, source, ontology) - set(entities(program))


def _members(program: Program, source: Source, ontology: Ontology) -> set[str]:
    match program:
        case Entity(id):
            return {id}
        case Join(relation, argument, True):
            found = {to for node in _members(argument, source, ontology) for to in source.out(node).get(relation, ())}
            if len(found) > LIMIT_MEMBERS:
                raise TooMany(f"{len(found)} members")
            return found
        case And(left, right):
            return _members(left, source, ontology) & _members(right, source, ontology)
        case Or(left, right):
            return _members(left, source, ontology) | _members(right, source, ontology)
        case Superlative(argument, attribute, largest):
            return _extreme(evaluate(argument, source, ontology), attribute, largest, source, ontology)
        case Instances() | Join() | Count():
            raise ValueError(f"{program} is not evaluated here")


def _extreme(members: set[str], attribute: str, largest: bool, source: Source, ontology: Ontology) -> set[str]:
    keys = {
        node: key(source.values(node)[attribute], attribute, ontology)
        for node in members
        if attribute in source.values(node)
    }
    if not keys:
        return set()
    best = (max if largest else min)(keys.values())
    return {node for node, value in keys.items() if value == best}


def key(value: str, attribute: str, ontology: Ontology) -> Any:
    """What values of an attribute are compared by: the ISO text of a date, else a number."""
    return value if ontology.is_date(attribute) else float(value)
