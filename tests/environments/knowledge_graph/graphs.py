"""Small graphs for tests: the demonstration's, and one in which every gold call of AgentBench's leads somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from environments.contract import Task
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.programs.calls import GoldCall, read_call
from environments.knowledge_graph.programs.sparql import NAMESPACE, TYPE

DATE = "http://www.w3.org/2001/XMLSchema#date"
NUMBER = "http://www.w3.org/2001/XMLSchema#float"


def triple(subject: str, relation: str, object: str) -> str:
    """A line of N-Triples between two nodes."""
    return f"<{NAMESPACE}{subject}> <{NAMESPACE}{relation}> <{NAMESPACE}{object}> ."


def literal(subject: str, attribute: str, value: str, datatype: str = NUMBER) -> str:
    """A line of N-Triples with a value."""
    return f'<{NAMESPACE}{subject}> <{NAMESPACE}{attribute}> "{value}"^^<{datatype}> .'


def write_ontology(
    folder: Path, roles: Mapping[str, tuple[str, str]], attributes: Sequence[str] = (), hidden: Sequence[str] = ()
) -> Path:
    """A folder like AgentBench's: (domain, range) by relation; what is `hidden` is not in the vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    classes = sorted({name for role in roles.values() for name in role})
    relations = [name for name in roles if name not in attributes and name not in hidden]
    (folder / "vocab.json").write_text(
        json.dumps({"relations": relations, "attributes": list(attributes), "classes": classes})
    )
    (folder / "fb_roles").write_text("".join(f"{domain} {name} {range}\n" for name, (domain, range) in roles.items()))
    (folder / "fb_types").write_text("boats.ship meta.subclassOf common.topic\n")
    (folder / "reverse_properties").write_text("boats.ship.fuel\tboats.fuel.ships_with_this_fuel\n")
    return folder


BOAT_ROLES = {
    "boats.ship_builder.ships_built": ("boats.ship_builder", "boats.ship"),
    "location.location.containedby": ("location.location", "location.location"),
    "organization.organization.founders": ("organization.organization", "organization.organization_founder"),
    "automotive.fuel.engines": ("automotive.fuel", "automotive.engine"),
    "boats.fuel.ships_with_this_fuel": ("boats.fuel", "boats.ship"),
    "chemistry.chemical_element.isotopes": ("chemistry.chemical_element", "chemistry.chemical_isotope"),
    "boats.ship.fuel": ("boats.ship", "boats.fuel"),
    "boats.ship.home_harbour": ("boats.ship", "boats.harbour"),
    "boats.ship.ship_builder": ("boats.ship", "boats.ship_builder"),
    "boats.ship.ship_class": ("boats.ship", "boats.ship_class"),
    "boats.ship.length": ("boats.ship", "type.float"),
    "boats.ship.launched": ("boats.ship", "type.datetime"),
    "boats.ship.secret": ("boats.ship", "boats.ship_class"),
}
BOAT_ENTITIES = {"Velmar Yard": "m.0yard", "Hydrogen": "m.0hydrogen"}


def boats() -> list[str]:
    """The graph of the demonstration: the yard built a, b and c, of which b and c run on hydrogen, as d does."""
    lines = [
        triple("m.0yard", "location.location.containedby", "m.0town"),
        triple("m.0yard", "organization.organization.founders", "m.0v"),
    ]
    lines += [
        triple("m.0hydrogen", "automotive.fuel.engines", "m.0e"),
        triple("m.0hydrogen", "chemistry.chemical_element.isotopes", "m.0i"),
    ]
    for ship, length, launched, harbour in (
        ("a", 90, "1970-01-02", "h"),
        ("b", 120, "1988-05-01", "h"),
        ("c", 150, "2001-12-31", "k"),
    ):
        lines += [
            triple("m.0yard", "boats.ship_builder.ships_built", f"m.0{ship}"),
            triple(f"m.0{ship}", "boats.ship.ship_builder", "m.0yard"),
            triple(f"m.0{ship}", "boats.ship.home_harbour", f"m.0{harbour}"),
            triple(f"m.0{ship}", "boats.ship.ship_class", "m.0ferry"),
            triple(f"m.0{ship}", "boats.ship.secret", "m.0ferry"),
            triple(f"m.0{ship}", TYPE, "boats.ship"),
            literal(f"m.0{ship}", "boats.ship.length", str(length)),
            literal(f"m.0{ship}", "boats.ship.launched", launched, DATE),
        ]
    for ship in ("b", "c", "d"):
        lines += [
            triple("m.0hydrogen", "boats.fuel.ships_with_this_fuel", f"m.0{ship}"),
            triple(f"m.0{ship}", "boats.ship.fuel", "m.0hydrogen"),
        ]
    return lines


def renamed(task: Task, prefix: str) -> Task:
    """The task with entities of its own, so that questions about one entity do not meet in a graph."""

    def rename(text: str) -> str:
        return f"{text[:2]}{prefix}{text[2:]}" if re.fullmatch(r"[mg]\.\w+", text) else text

    assert task.reference is not None
    calls = [read_call(text) for text in task.reference["calls"]]
    return msgspec.structs.replace(
        task,
        payload={**task.payload, "entities": {name: rename(id) for name, id in task.payload["entities"].items()}},
        reference={"calls": [str(GoldCall(call.tool, tuple(map(rename, call.arguments)))) for call in calls]},
    )


class GoldGraph:
    """A graph made of gold calls: every call finds exactly what the next one needs, so that the last variable is known.

    Each variable is one node; an intersection makes two variables one node. A superlative gets a rival with a worse
    value.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._lines: list[str] = []
        self._same: dict[str, str] = {}
        self._made = 0

    def add(self, task: Task) -> Task:
        """The task with the answer that its gold calls now have: an id, or a number."""
        assert task.reference is not None
        calls = [read_call(text) for text in task.reference["calls"]]
        variables: list[str] = []
        edges: list[tuple[str, str, str]] = []
        extremes: list[tuple[str, GoldCall]] = []
        for call in calls:
            node = self._variable(call, variables, edges, extremes)
            if node is not None:
                variables.append(node)
        last = self._root(variables[-1])
        for subject, relation, object in edges:
            self._edge(self._root(subject), relation, self._root(object))
        for node, call in extremes:
            self._values(self._root(node), call, [edge for edge in edges if self._root(edge[2]) == self._root(node)])
        return msgspec.structs.replace(
            task, payload={**task.payload, "answers": ["1" if calls[-1].tool == "count" else last]}
        )

    def _variable(
        self,
        call: GoldCall,
        variables: list[str],
        edges: list[tuple[str, str, str]],
        extremes: list[tuple[str, GoldCall]],
    ) -> str | None:
        named = [variables[int(text[1:])] if text.startswith("#") else text for text in call.arguments]
        if call.tool == "get_neighbors":
            self._made += 1
            node = f"m.0made{self._made}"
            edges.append((named[0], named[1], node))
            return node
        if call.tool == "intersection":
            self._same[self._root(named[0])] = self._root(named[1])
            return named[1]
        if call.tool in ("argmax", "argmin"):
            extremes.append((named[0], call))
        return None if call.tool.startswith("get_") else named[0]

    def _root(self, node: str) -> str:
        while node in self._same:
            node = self._same[node]
        return node

    def _edge(self, subject: str, relation: str, object: str) -> None:
        if subject in self._ontology.classes:
            self._lines.append(triple(f"m.0of_{self._made}", TYPE, subject))
            subject = f"m.0of_{self._made}"
        self._lines.append(triple(subject, relation, object))

    def _values(self, node: str, call: GoldCall, edges: Iterable[tuple[str, str, str]]) -> None:
        attribute, rival = call.arguments[1], f"{node}_rival"
        date = self._ontology.is_date(attribute)
        low, high = ("1901-01-01", "1999-12-31") if date else ("7", "12.5")
        best, worse = (high, low) if call.tool == "argmax" else (low, high)
        for owner, value in ((node, best), (rival, worse)):
            self._lines.append(literal(owner, attribute, value, DATE if date else NUMBER))
        for subject, relation, _ in edges:
            self._edge(self._root(subject), relation, rival)

    @property
    def lines(self) -> list[str]:
        """The graph as N-Triples."""
        return sorted(set(self._lines))
