"""How a question says what a program means.

The own graph's relations have phrases; any other relation is worded by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from environments.knowledge_graph.programs.program import And, Entity, Join, Program, Superlative
from environments.knowledge_graph.synthetic.schema import edges, kinds


class Extremes(NamedTuple):
    """What is said of the member with the largest, and with the smallest, value."""

    most: str
    least: str


@dataclass(frozen=True)
class Phrases:
    """`relations` and `pairs` (through a nameless node) have `{}` for where one comes from."""

    relations: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    attributes: Mapping[str, Extremes] = field(default_factory=dict)

    def relation(self, name: str) -> str:
        """The phrase of a relation."""
        return self.relations.get(name) or f"the {words(name)} of {{}}"

    def extreme(self, attribute: str, largest: bool) -> str:
        """What is said of the extreme member."""
        if attribute in self.attributes:
            return self.attributes[attribute].most if largest else self.attributes[attribute].least
        return f"has the {'largest or latest' if largest else 'smallest or earliest'} {words(attribute)}"

    def of(self, program: Program, name: Callable[[str], str]) -> str:
        """A noun phrase for the members of a program."""
        match program:
            case Entity(id):
                return name(id)
            case Join(onward, Join(relation, argument)) if (relation, onward) in self.pairs:
                return self.pairs[relation, onward].format(self.of(argument, name))
            case Join(relation, argument):
                return self.relation(relation).format(self.of(argument, name))
            case And(left, right):
                return f"whatever is both among {self.of(left, name)} and among {self.of(right, name)}"
            case Superlative(argument, attribute, largest):
                return f"the one among {self.of(argument, name)} that {self.extreme(attribute, largest)}"
        raise ValueError(f"{program} has no noun phrase")


def words(name: str) -> str:
    """The last part of a relation's name as words: `film.film.starring` is `starring`, `people.person.sibling_s` is
    `sibling`.
    """
    return name.rpartition(".")[2].removesuffix("_s").replace("_", " ")


@cache
def own_phrases() -> Phrases:
    """The own graph's."""
    plain = {edge.relation: edge.phrase for edge in edges() if not edge.through}
    plain |= {edge.back: edge.back_phrase for edge in edges() if not edge.through}
    pairs = {(edge.relation, edge.onward): edge.phrase for edge in edges() if edge.through}
    pairs |= {(edge.back, edge.home): edge.back_phrase for edge in edges() if edge.through}
    extremes = {
        attribute.name: Extremes(attribute.most, attribute.least) for kind in kinds() for attribute in kind.attributes
    }
    return Phrases(plain, pairs, extremes)
