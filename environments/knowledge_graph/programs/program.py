"""What a variable is: a program over the graph, AgentBench's s-expression (SPEC 2.4), never a materialised set.

    (JOIN r_inv X)   what the members of X lead to by the relation r         (JOIN r X)   what leads to X by r
    (AND X Y)  (OR X Y)  (COUNT X)  (ARGMAX X a)  (ARGMIN X a)

An entity is its id; the name of a type alone stands for all its instances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LIMIT_SIZE = 256
"""Nodes of one program. A variable may be used twice, so that fifteen calls could otherwise double it to megabytes of
SPARQL.
"""


@dataclass(frozen=True)
class Entity:
    """One node of the graph, by id."""

    id: str


@dataclass(frozen=True)
class Instances:
    """Everything that has the type."""

    type: str


@dataclass(frozen=True)
class Join:
    """`forward`: what the argument's members have as `relation`; else what has one of them as `relation`."""

    relation: str
    argument: Program
    forward: bool = True


@dataclass(frozen=True)
class And:
    """What is in both."""

    left: Program
    right: Program


@dataclass(frozen=True)
class Or:
    """What is in one of the two, or in both."""

    left: Program
    right: Program


@dataclass(frozen=True)
class Count:
    """How many there are: a set of one number."""

    argument: Program


@dataclass(frozen=True)
class Superlative:
    """The members with the largest (else the smallest) value of `attribute`, all of them in a tie."""

    argument: Program
    attribute: str
    largest: bool


Program = Entity | Instances | Join | And | Or | Count | Superlative


def parts(program: Program) -> Iterator[Program]:
    """The program and everything in it. Stops being asked after `LIMIT_SIZE` by whoever only wants to know the size."""
    waiting = [program]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, And | Or):
            waiting += (node.left, node.right)
        elif isinstance(node, Join | Count | Superlative):
            waiting.append(node.argument)


def is_too_large(program: Program) -> bool:
    """Whether the program has more than `LIMIT_SIZE` nodes."""
    return any(number > LIMIT_SIZE for number, _ in enumerate(parts(program), 1))


def entities(program: Program) -> list[str]:
    """The ids that the program starts from, each once, in order of their names."""
    return sorted({node.id for node in parts(program) if isinstance(node, Entity)})


def s_expression(program: Program) -> str:
    """The program as AgentBench writes it."""
    match program:
        case Entity(id):
            return id
        case Instances(type):
            return type
        case Join(relation, argument, forward):
            return f"(JOIN {relation}{'_inv' if forward else ''} {s_expression(argument)})"
        case And(left, right):
            return f"(AND {s_expression(left)} {s_expression(right)})"
        case Or(left, right):
            return f"(OR {s_expression(left)} {s_expression(right)})"
        case Count(argument):
            return f"(COUNT {s_expression(argument)})"
        case Superlative(argument, attribute, largest):
            return f"({'ARGMAX' if largest else 'ARGMIN'} {s_expression(argument)} {attribute})"
