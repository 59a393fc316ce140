"""What calls build, worked out from the calls alone: held against the programs that the environment's tools make."""

from __future__ import annotations

from collections.abc import Sequence

from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.programs.calls import SHOWING, GoldCall
from environments.knowledge_graph.programs.program import And, Count, Entity, Instances, Join, Or, Program, Superlative


def programs(calls: Sequence[GoldCall], ontology: Ontology) -> list[tuple[str, Program]]:
    """The variables, each with its type, that calls make one after the other. Raises `ValueError` where one names a
    variable that is not there yet."""
    made: list[tuple[str, Program]] = []
    for call in calls:
        if call.tool not in SHOWING:
            made.append(_made(call, made, ontology))
    return made


def _made(call: GoldCall, made: Sequence[tuple[str, Program]], ontology: Ontology) -> tuple[str, Program]:
    def argument(number: int) -> tuple[str, Program]:
        text = call.arguments[number]
        if not text.startswith("#"):
            return "", Instances(text) if text in ontology.classes else Entity(text)
        if not text[1:].isdecimal() or int(text[1:]) >= len(made):
            raise ValueError(f"{call} names a variable that is not there yet")
        return made[int(text[1:])]

    type, program = argument(0)
    match call.tool:
        case "get_neighbors":
            return ontology.range(call.arguments[1]), Join(call.arguments[1], program)
        case "intersection":
            return type, And(program, argument(1)[1])
        case "union":
            return type, Or(program, argument(1)[1])
        case "count":
            return "type.int", Count(program)
        case _:
            return type, Superlative(program, call.arguments[1], call.tool == "argmax")
