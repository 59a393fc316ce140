"""The project's own graph: some thousand triples in Freebase's shape, the same on every machine, made by code from one
seed.

Names are made up. Every thing has a type per role that it plays, a name, relations with their reverses, numbers and
dates; what hangs together in threes goes through nameless nodes. It is the embedded default, and what the generator
asks about.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

from environments.knowledge_graph.ontology import DATE, TOPIC, Ontology
from environments.knowledge_graph.programs.sparql import NAME, NAMESPACE, TYPE
from environments.knowledge_graph.synthetic.names import invent
from environments.knowledge_graph.synthetic.schema import Attribute, Edge, edges, kinds

SEED = "agenttuning/knowledge graph/1"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_DATATYPES = {"int": "integer", "float": "float", "date": "date"}


def owner_type(relation: str) -> str:
    """The type whose property a relation is."""
    return relation.rpartition(".")[0]


class OwnGraph:
    """The graph in memory: `edges` by node and relation, `literals` by node and attribute, `names`, `types`."""

    def __init__(self) -> None:
        self.edges: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.literals: dict[str, dict[str, str]] = defaultdict(dict)
        self.names: dict[str, str] = {}
        self.types: dict[str, set[str]] = defaultdict(set)
        self._rng = Random(SEED)
        self._number = 0
        self._kinds = {kind.key: [self._node() for _ in range(kind.many)] for kind in kinds()}
        self._name_all()
        for edge in edges():
            self._relate(edge)

    def out(self, node: str) -> Mapping[str, Sequence[str]]:
        """What the node leads to, by relation."""
        return self.edges.get(node, {})

    def values(self, node: str) -> Mapping[str, str]:
        """The node's numbers and dates, by attribute."""
        return self.literals.get(node, {})

    def name(self, node: str) -> str | None:
        """The node's name; nameless nodes have none."""
        return self.names.get(node)

    def starts(self) -> Sequence[str]:
        """All named nodes, in the order of their making."""
        return list(self.names)

    def _node(self) -> str:
        """An id that looks like Freebase's."""
        self._number += 1
        digits, number = "", (self._number * 7_919_123) % 33_554_393
        while number:
            number, digit = divmod(number, 32)
            digits = "0123456789bcdfghjklmnpqrstvwxyz_"[digit] + digits
        return f"m.0{digits}"

    def _name_all(self) -> None:
        taken: set[str] = set()
        for kind in kinds():
            for node in self._kinds[kind.key]:
                name = invent(self._rng, kind.words, taken)
                taken.add(name)
                self.names[node] = name
                self.types[node] |= {TOPIC, kind.type}
                for attribute in kind.attributes:
                    if self._rng.random() < 0.92:
                        self.literals[node][attribute.name] = self._value(attribute)

    def _value(self, attribute: Attribute) -> str:
        if attribute.value == "date":
            first = datetime.date(int(attribute.low), 1, 1).toordinal()
            last = datetime.date(int(attribute.high), 12, 31).toordinal()
            return datetime.date.fromordinal(self._rng.randint(first, last)).isoformat()
        spread = attribute.low + (attribute.high - attribute.low) * self._rng.random() ** 2
        return str(round(spread)) if attribute.value == "int" else str(round(spread, 2) + 0.0)

    def _relate(self, edge: Edge) -> None:
        for source in self._kinds[edge.source]:
            others = [node for node in self._kinds[edge.target] if node != source]
            for target in self._rng.sample(others, min(self._rng.randint(edge.low, edge.high), len(others))):
                self._connect(edge, source, target)

    def _connect(self, edge: Edge, source: str, target: str) -> None:
        if not edge.through:
            self._both(source, edge.relation, target, edge.back)
            return
        between = self._node()
        self.types[between].add(edge.through)
        self._both(source, edge.relation, between, edge.home)
        self._both(between, edge.onward, target, edge.back)

    def _both(self, source: str, relation: str, target: str, back: str) -> None:
        self.types[source].add(owner_type(relation))
        self.types[target].add(owner_type(back))
        self.edges[source][relation].append(target)
        self.edges[target][back].append(source)


@cache
def own_graph() -> OwnGraph:
    """The graph; about 20 ms once."""
    return OwnGraph()


@cache
def own_ontology() -> Ontology:
    """Its relations and types."""
    pairs = [(edge.relation, edge.home if edge.through else edge.back) for edge in edges()]
    pairs += [(edge.onward, edge.back) for edge in edges() if edge.through]
    reverse = dict(pairs) | {back: relation for relation, back in pairs}
    roles = {relation: (owner_type(relation), owner_type(back)) for relation, back in reverse.items()}
    attributes = {attribute.name: f"type.{attribute.value}" for kind in kinds() for attribute in kind.attributes}
    values = {name: (owner_type(name), DATE if value == "type.date" else value) for name, value in attributes.items()}
    classes = {kind.type for kind in kinds()} | {TOPIC} | {type for role in roles.values() for type in role}
    return Ontology(
        relations=frozenset(reverse),
        attributes=frozenset(values),
        classes=frozenset(classes),
        roles=roles | values,
        reverse=reverse,
    )


def n_triples() -> str:
    """The graph as sorted N-Triples."""
    graph, lines = own_graph(), []
    datatypes = {attribute.name: _DATATYPES[attribute.value] for kind in kinds() for attribute in kind.attributes}
    for node, name in graph.names.items():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'<{NAMESPACE}{node}> <{NAMESPACE}{NAME}> "{escaped}"@en .')
    for node, types in graph.types.items():
        lines += [f"<{NAMESPACE}{node}> <{NAMESPACE}{TYPE}> <{NAMESPACE}{type}> ." for type in types]
    for node, relations in graph.edges.items():
        lines += [
            f"<{NAMESPACE}{node}> <{NAMESPACE}{name}> <{NAMESPACE}{to}> ."
            for name, found in relations.items()
            for to in found
        ]
    for node, literals in graph.literals.items():
        for attribute, value in literals.items():
            lines.append(f'<{NAMESPACE}{node}> <{NAMESPACE}{attribute}> "{value}"^^<{_XSD}{datatypes[attribute]}> .')
    return "\n".join(sorted(set(lines))) + "\n"
