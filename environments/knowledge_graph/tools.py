"""The tools that an agent has: AgentBench's seven, and the `union` that its code has but its instruction does not name
(SPEC 2.4).

A toolbox belongs to one session. What `get_relations` and `get_attributes` showed is remembered there, by program,
because the other tools take only what was shown; AgentBench keeps these in module globals, where one question's answer
lets another's mistake pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import NamedTuple

from environments.knowledge_graph import grammar
from environments.knowledge_graph.engines.engine import Engine
from environments.knowledge_graph.ontology import NUMBER, Ontology
from environments.knowledge_graph.programs import sparql
from environments.knowledge_graph.programs.program import (
    And,
    Count,
    Entity,
    Instances,
    Join,
    Or,
    Program,
    Superlative,
    is_too_large,
)
from environments.knowledge_graph.programs.reading import ARITY

LIMIT_RELATIONS = 20_000
_ENTITY = re.compile(r"[mfg]\.\w+")
"""AgentBench knows `m.` and `f.` only, and so can't be asked about the `g.` entities that some of its own questions
name.
"""


class Mistake(Exception):
    """A call that cannot be carried out: the agent reads so, and may mend it."""


class Variable(NamedTuple):
    """What `#0`, `#1`, … stand for."""

    type: str
    program: Program


Argument = Variable | str
"""A variable, or the text of an argument: an id, a relation, or anything else that the agent wrote."""


class Toolbox:
    """The tools over one engine and ontology, and the variables that they have made."""

    def __init__(self, engine: Engine, ontology: Ontology, open_rules: bool = False) -> None:
        self.variables: list[Variable] = []
        self._engine = engine
        self._ontology = ontology
        self._open = open_rules
        self._relations: dict[Program, list[str]] = {}
        self._attributes: dict[Program, list[str]] = {}
        self._tools: dict[str, Callable[..., Coroutine[None, None, str]]] = {
            "get_relations": self._get_relations,
            "get_neighbors": self._get_neighbors,
            "intersection": self._intersection,
            "union": self._union,
            "get_attributes": self._get_attributes,
            "argmax": self._argmax,
            "argmin": self._argmin,
            "count": self._count,
        }

    async def call(self, name: str, arguments: tuple[Argument, ...]) -> str:
        """The observation of a call. Raises `Mistake`, `Refused` at a limit of the engine, `EnvironmentFault`."""
        if len(arguments) != ARITY[name]:
            raise Mistake(f"{name} takes {ARITY[name]} arguments")
        try:
            return await self._tools[name](*arguments)
        except ValueError as error:  # a type of the ontology's whose name no query can have
            raise Mistake(str(error)) from error

    async def members(self, program: Program, limit: int) -> tuple[list[str], bool]:
        """What a program gives, and whether there is more. Raises `Refused`, `EnvironmentFault`."""
        return await self._engine.select(sparql.members(program, self._ontology, limit), limit)

    def _starting_point(self, argument: Argument) -> Program:
        """A variable's program, an entity, or all instances of a type that the ontology knows."""
        if isinstance(argument, Variable):
            return argument.program
        if _ENTITY.fullmatch(argument):
            return Entity(argument)
        if argument in self._ontology.classes:  # some of AgentBench's own gold calls begin with a type
            return Instances(argument)
        raise Mistake(f"{argument!r} is neither a variable nor an entity")

    def _variable(self, argument: Argument) -> Variable:
        if not isinstance(argument, Variable):
            raise Mistake(f"{argument!r} is no variable")
        return argument

    def _made(self, type: str, program: Program) -> str:
        if is_too_large(program):
            raise Mistake("the program is too large")
        self.variables.append(Variable(type, program))
        index = len(self.variables) - 1
        return (
            grammar.number_observation(index)
            if isinstance(program, Count)
            else grammar.variable_observation(index, type)
        )

    async def _get_relations(self, argument: Argument) -> str:
        program = self._starting_point(argument)
        found: set[str] = set()
        if isinstance(program, Entity):
            found.update(
                (await self._engine.select(sparql.relations(program, LIMIT_RELATIONS), LIMIT_RELATIONS)).values
            )
        elif not isinstance(program, Count):  # a number has no relations
            found.update(await self._of_members(sparql.relations_of_members, program))
        shown = sorted(name for name in found if self._is_relation(name) and sparql.can_be_asked(name))
        self._relations[program] = shown
        return grammar.relations_observation(shown)

    async def _of_members(self, query: Callable[[Program, Ontology, int], str], program: Program) -> list[str]:
        return (await self._engine.select(query(program, self._ontology, LIMIT_RELATIONS), LIMIT_RELATIONS)).values

    def _is_relation(self, name: str) -> bool:
        if self._open:
            return "." in name and not name.startswith(("type.", "http:", "https:"))
        return name in self._ontology.relations

    async def _get_neighbors(self, argument: Argument, relation: Argument) -> str:
        program = self._starting_point(argument)
        if not isinstance(relation, str) or relation not in self._relations.get(program, ()):
            raise Mistake(f"{relation!r} was not shown by get_relations")
        return self._made(self._ontology.range(relation), Join(relation, program))

    async def _intersection(self, left: Argument, right: Argument) -> str:
        first, second = self._alike(left, right)
        return self._made(first.type, And(first.program, second.program))

    async def _union(self, left: Argument, right: Argument) -> str:
        first, second = self._alike(left, right)
        return self._made(first.type, Or(first.program, second.program))

    def _alike(self, left: Argument, right: Argument) -> tuple[Variable, Variable]:
        first, second = self._variable(left), self._variable(right)
        if first.type != second.type and (not self._open or NUMBER in (first.type, second.type)):
            raise Mistake(f"'{first.type}' is not '{second.type}'")
        return first, second

    async def _get_attributes(self, argument: Argument) -> str:
        program = self._variable(argument).program
        found: list[str] = []
        if not isinstance(program, Count):
            query = sparql.typed_relations_of_members if self._open else sparql.relations_of_members
            found = await self._of_members(query, program)
        fits = self._is_relation if self._open else self._ontology.attributes.__contains__
        shown = sorted({name for name in found if fits(name) and sparql.can_be_asked(name)})
        self._attributes[program] = shown
        return grammar.relations_observation(shown)

    async def _argmax(self, argument: Argument, attribute: Argument) -> str:
        return self._superlative(argument, attribute, True)

    async def _argmin(self, argument: Argument, attribute: Argument) -> str:
        return self._superlative(argument, attribute, False)

    def _superlative(self, argument: Argument, attribute: Argument, largest: bool) -> str:
        variable = self._variable(argument)
        if not isinstance(attribute, str) or attribute not in self._attributes.get(variable.program, ()):
            raise Mistake(f"{attribute!r} was not shown by get_attributes")
        return self._made(variable.type, Superlative(variable.program, attribute, largest))

    async def _count(self, argument: Argument) -> str:
        return self._made(NUMBER, Count(self._variable(argument).program))
