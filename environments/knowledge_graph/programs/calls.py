"""Programs as the calls that build them: the gold calls of a task, written with ids as AgentBench writes its `actions`.

get_relations(m.0255t_)      get_neighbors(m.0255t_,medicine.disease.treatments)      intersection(#0,#1)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.programs.program import And, Count, Entity, Instances, Join, Or, Program, Superlative
from environments.knowledge_graph.programs.reading import ARITY

SHOWING = ("get_relations", "get_attributes")
"""The tools that make no variable."""
_CALL = re.compile(r"(\w+)\(([^()]*)\)")


class GoldCall(NamedTuple):
    """One call: its tool, and ids, `#n` and relations as arguments."""

    tool: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.tool}({','.join(self.arguments)})"


def read_call(text: str) -> GoldCall:
    """An entry of AgentBench's `actions`. Raises `ValueError` for anything else."""
    match = _CALL.fullmatch(text)
    if match is None or match.group(1) not in ARITY:
        raise ValueError(f"'{text}' is no call of a tool")
    arguments = tuple(part.strip() for part in match.group(2).split(","))
    if len(arguments) != ARITY[match.group(1)] or not all(arguments):
        raise ValueError(f"'{text}' should have {ARITY[match.group(1)]} arguments")
    return GoldCall(match.group(1), arguments)


class _Builder:
    """Calls in the order in which an agent makes them, no set twice."""

    def __init__(self, ontology: Ontology) -> None:
        self.calls: list[GoldCall] = []
        self._ontology = ontology
        self._variables: dict[Program, str] = {}
        self._asked: set[GoldCall] = set()

    def build(self, program: Program) -> str:
        """The argument that stands for `program`, after its calls. Raises `ValueError` for what no call can make."""
        if isinstance(program, Entity | Instances):
            return program.id if isinstance(program, Entity) else program.type
        if program not in self._variables:
            call = self._call(program)
            self.calls.append(call)
            self._variables[program] = f"#{len(self._variables)}"
        return self._variables[program]

    def _call(self, program: Program) -> GoldCall:
        match program:
            case Join(relation, argument, forward):
                return self._neighbours(relation, argument, forward)
            case And(left, right):
                return GoldCall("intersection", (self.build(left), self.build(right)))
            case Or(left, right):
                return GoldCall("union", (self.build(left), self.build(right)))
            case Count(argument):
                return GoldCall("count", (self.build(argument),))
            case Superlative(argument, attribute, largest):
                start = self.build(argument)
                self._show("get_attributes", start)
                return GoldCall("argmax" if largest else "argmin", (start, attribute))
        raise ValueError(f"{program} is no variable")

    def _neighbours(self, relation: str, argument: Program, forward: bool) -> GoldCall:
        start = self.build(argument)
        way = relation if forward else self._ontology.reverse.get(relation)
        if way is None:
            raise ValueError(f"'{relation}' has no reverse, so nothing leads along it from {start}")
        self._show("get_relations", start)
        return GoldCall("get_neighbors", (start, way))

    def _show(self, tool: str, argument: str) -> None:
        call = GoldCall(tool, (argument,))
        if call not in self._asked:
            self._asked.add(call)
            self.calls.append(call)


def calls_for(program: Program, ontology: Ontology) -> list[GoldCall]:
    """The calls that build a program; its last variable is the answer.

    Raises `ValueError` for what no call can make.
    """
    builder = _Builder(ontology)
    if isinstance(program, Entity | Instances):
        raise ValueError("an entity is no variable")
    builder.build(program)
    return builder.calls
