"""S-expressions as the public question files write them, read into programs."""

from __future__ import annotations

import re

from environments.knowledge_graph.programs.program import And, Count, Entity, Instances, Join, Or, Program, Superlative

LIMIT_CHARACTERS = 20_000
LIMIT_DEPTH = 60
_TOKEN = re.compile(r"[()]|[^\s()]+")
_ENTITY = re.compile(r"[mfg]\.\w+")
_NAME = re.compile(r"[\w.\-]+")

Nested = str | list["Nested"]


class Unsupported(ValueError):
    """An expression that is malformed, or says what no program says (comparisons, values, time constraints)."""


def parse(text: str) -> Program:
    """The program of an s-expression; `(AND type X)` is X, as in AgentBench's gold calls. Raises `Unsupported`."""
    if len(text) > LIMIT_CHARACTERS:
        raise Unsupported(f"an expression of {len(text)} characters")
    return _program(_tree(_TOKEN.findall(text)))


def _tree(tokens: list[str]) -> Nested:
    """Nested lists. Raises `Unsupported` where the parentheses do not match."""
    top: list[Nested] = []
    path = [top]
    for token in tokens:
        if token == "(":
            path[-1].append([])
            path.append(path[-1][-1])  # type: ignore[arg-type]
        elif token == ")":
            path.pop()
        else:
            path[-1].append(token)
        if not path or len(path) > LIMIT_DEPTH:
            raise Unsupported("unbalanced parentheses, or too deep")
    if len(path) != 1 or len(top) != 1:
        raise Unsupported("not one whole expression")
    return top[0]


def _program(tree: Nested) -> Program:
    match tree:
        case str():
            return _leaf(tree)
        case ["JOIN", ["R", str(relation)], argument]:
            return Join(_name(relation), _program(argument))
        case ["JOIN", str(relation), argument]:
            forward = relation.endswith("_inv")
            return Join(_name(relation.removesuffix("_inv")), _program(argument), forward)
        case ["AND", str(), argument]:
            return _program(argument)
        case ["AND", left, right]:
            return And(_program(left), _program(right))
        case ["OR", left, right]:
            return Or(_program(left), _program(right))
        case ["COUNT", argument]:
            return Count(_program(argument))
        case ["ARGMAX" | "ARGMIN" as choice, argument, str(attribute)]:
            return Superlative(_program(argument), _name(attribute), choice == "ARGMAX")
    raise Unsupported(f"'{str(tree)[:60]}' is no program")


def _leaf(text: str) -> Program:
    return Entity(text) if _ENTITY.fullmatch(text) else Instances(_name(text))


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise Unsupported(f"'{text[:60]}' is no name")
    return text
