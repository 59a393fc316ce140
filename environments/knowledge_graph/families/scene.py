"""A scene: a graph to walk, and the random steps from which families put programs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from environments.knowledge_graph.families.wording import Phrases
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.programs.program import And, Entity, Join, Program
from environments.knowledge_graph.source import Source, evaluate, key

LIMIT_ANSWERS = 25
LIMIT_COUNTED = 200
LIMIT_ON_THE_WAY = 1_500
"""Sets on the way are no larger, so that a question stays about something."""
LIMIT_RELATIONS = 12
"""Relations of one chain, those through nameless nodes among them."""
LEAST_RELATIONS = 2
"""Every node that a question starts from has at least so many relations: one leads on, the others distract."""


@dataclass
class Scene:
    """One draw. `starts` are the named nodes of the graph."""

    rng: Random
    source: Source
    ontology: Ontology
    phrases: Phrases
    starts: Sequence[str] = field(repr=False)

    def start(self) -> Entity | None:
        """Any named node with relations to choose from."""
        node = self.rng.choice(self.starts)
        return Entity(node) if self._has_a_choice(node) else None

    def _has_a_choice(self, node: str) -> bool:
        return sum(relation in self.ontology.relations for relation in self.source.out(node)) >= LEAST_RELATIONS

    def walk(self, hops: int, ending: str | None = None) -> Program | None:
        """A chain of `hops` relations from a named node to named nodes (of the type `ending`); None where the draw
        leads nowhere.
        """
        start = self.start()
        return self.onward(start, hops, ending) if start is not None else None

    def onward(self, program: Program, hops: int, ending: str | None = None) -> Program | None:
        """`program` followed by `hops` relations, never straight back. A nameless node between counts as no hop."""
        members, last, nameless = self.members(program) | self._self(program), self._last(program), 0
        while hops or nameless:
            ways = self._ways(members, last)
            if not ways:
                return None
            last = self.rng.choice(ways)
            program = Join(last, program)
            members = {to for node in members for to in self.source.out(node).get(last, ())}
            if not members or len(members) > LIMIT_ON_THE_WAY:
                return None
            named = self.source.name(min(members)) is not None
            if not named and nameless:
                return None
            hops, nameless = (hops - 1, 0) if named else (hops, 1)
        return program if ending is None or self.type(program) == ending else None

    def _self(self, program: Program) -> set[str]:
        return {program.id} if isinstance(program, Entity) else set()

    def _last(self, program: Program) -> str:
        return program.relation if isinstance(program, Join) else ""

    def _ways(self, members: set[str], last: str) -> list[str]:
        """Relations that lead on from any member, without the way back."""
        sample = sorted(members)[:40]
        found = {relation for node in sample for relation in self.source.out(node)}
        return sorted(way for way in found if way in self.ontology.relations and self.ontology.reverse.get(last) != way)

    def members(self, program: Program) -> set[str]:
        """What a program gives."""
        return evaluate(program, self.source, self.ontology)

    def type(self, program: Program) -> str:
        """The type that the tools say of the variable."""
        return self.ontology.range(program.relation) if isinstance(program, Join) else ""

    def toward(self, target: str, hops: int, ending: str, other_than: Sequence[str]) -> Program | None:
        """A chain from somewhere else that has `target` among its members, with the type `ending`: found by walking
        back from it.
        """
        relations: list[str] = []
        node = target
        while hops:
            ways = [
                way
                for way in self._ways({node}, "")
                if (back := self.ontology.reverse.get(way)) and self._may_end(back, relations, ending)
            ]
            if not ways:
                return None
            way = self.rng.choice(sorted(ways))
            relations.append(self.ontology.reverse[way])
            node = self.rng.choice(list(self.source.out(node)[way]))
            hops -= self.source.name(node) is not None
            if len(relations) > LIMIT_RELATIONS:
                return None
        if node in other_than or node == target or not self._has_a_choice(node):
            return None
        program: Program = Entity(node)
        for relation in reversed(relations):
            program = Join(relation, program)
        return program

    def _may_end(self, back: str, relations: Sequence[str], ending: str) -> bool:
        """The first step back is the chain's last relation and decides its type; later ones must not undo the step
        before.
        """
        if not relations:
            return self.ontology.range(back) == ending
        return self.ontology.reverse.get(back) != relations[-1]

    def meeting(self, first_hops: int, second_hops: int) -> And | None:
        """Two chains of one type whose intersection is smaller than both."""
        left = self.walk(first_hops)
        if left is None:
            return None
        return self.meet(left, second_hops)

    def meet(self, left: Program, hops: int) -> And | None:
        """`left` intersected with another chain."""
        members = sorted(self.members(left))
        if not members:
            return None
        chains = [left.left, left.right] if isinstance(left, And) else [left]
        right = self.toward(self.rng.choice(members), hops, self.type(chains[0]), [_start(chain) for chain in chains])
        if right is None:
            return None
        both = And(left, right)
        size = len(self.members(both))
        return both if 0 < size < min(len(members), len(self.members(right))) else None

    def extreme(self, program: Program) -> tuple[str, bool] | None:
        """An attribute and a direction in which one member stands out; None where there is none."""
        members = sorted(self.members(program))
        if not 3 <= len(members) <= LIMIT_COUNTED:
            return None
        known = sorted(
            {name for node in members for name in self.source.values(node) if name in self.ontology.attributes}
        )
        if not known:
            return None
        attribute, largest = self.rng.choice(known), self.rng.random() < 0.5
        keys = sorted(
            key(value, attribute, self.ontology)
            for node in members
            if (value := self.source.values(node).get(attribute))
        )
        if len(keys) < 3 or keys[0] == keys[1] or keys[-1] == keys[-2]:
            return None
        return attribute, largest


def _start(chain: Program) -> str:
    """The id that a chain starts from."""
    while isinstance(chain, Join):
        chain = chain.argument
    return chain.id if isinstance(chain, Entity) else ""
