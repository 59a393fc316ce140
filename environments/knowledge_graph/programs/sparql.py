"""Programs as SPARQL 1.1 that every engine reads alike: whole IRIs, no extensions, explicit sort keys.

The meaning is AgentBench's `lisp_to_sparql` (SPEC 2.4), written without Virtuoso's dialect: the question's own entities
are no answers, and literals have no language or are English. Where AgentBench sorts and takes the first value, this
takes the maximum of a key (a double of a number, the ISO text of a date), because engines differ in how they order the
values themselves. A superlative or a count may stand anywhere in a program, and OR is a UNION.

A query asks for one value more than `limit`, so that one can tell whether there are more.

Names reach a query through `iri` alone, which refuses what could end an IRI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

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

NAMESPACE = "http://rdf.freebase.com/ns/"
TYPE = "type.object.type"
NAME = "type.object.name"
_DOUBLE = "<http://www.w3.org/2001/XMLSchema#double>"
_STRING = "<http://www.w3.org/2001/XMLSchema#string>"
_NAME = re.compile(
    r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#]|%[0-9A-Fa-f]{2}|"
    r"[\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd])+"
)
"""What engines take in an IRI (RFC 3987), without white space. A graph that was loaded leniently, or somebody's
endpoint, may have more.
"""


def can_be_asked(name: str) -> bool:
    """Whether a query can have the IRI of this name."""
    return _NAME.fullmatch(name) is not None


def iri(name: str) -> str:
    """The IRI of a name in Freebase's namespace. Raises `ValueError` for what no IRI in a query may hold."""
    if not can_be_asked(name):
        raise ValueError(f"{name!r} cannot stand in an IRI")
    return f"<{NAMESPACE}{name}>"


def members(program: Program, ontology: Ontology, limit: int) -> str:
    """A query for the members of a program as `?x`, at most `limit`."""
    if isinstance(program, Count):
        return f"SELECT ?x WHERE {{ {_pattern(program, '?x', ontology)} }} LIMIT 1"
    return (
        f"SELECT DISTINCT ?x WHERE {{ {_pattern(program, '?x', ontology)} {_filters(program, '?x')} }} LIMIT"
        f" {limit + 1}"
    )


def relations(program: Program, limit: int) -> str:
    """A query for the relations that an entity has, as `?x`."""
    assert isinstance(program, Entity)
    return f"SELECT DISTINCT ?x WHERE {{ {iri(program.id)} ?x ?object }} LIMIT {limit + 1}"


def relations_of_members(program: Program, ontology: Ontology, limit: int) -> str:
    """A query for the relations that members of a program have, as `?x`."""
    return f"SELECT DISTINCT ?x WHERE {{ {_distinct(program, ontology)} ?m ?x ?object }} LIMIT {limit + 1}"


def typed_relations_of_members(program: Program, ontology: Ontology, limit: int) -> str:
    """A query for the relations whose values are neither nodes nor texts, as `?x`."""
    literal = f'FILTER(ISLITERAL(?object) && LANG(?object) = "" && DATATYPE(?object) != {_STRING})'
    return f"SELECT DISTINCT ?x WHERE {{ {_distinct(program, ontology)} ?m ?x ?object . {literal} }} LIMIT {limit + 1}"


def _distinct(program: Program, ontology: Ontology) -> str:
    """A pattern that binds `?m` to every member once."""
    return f"{{ SELECT DISTINCT ?m WHERE {{ {_pattern(program, '?m', ontology)} {_filters(program, '?m')} }} }}"


def english_name(entity: str) -> str:
    """A query for an entity's English names, as `?x`."""
    return f'SELECT DISTINCT ?x WHERE {{ {iri(entity)} {iri(NAME)} ?x FILTER(LANG(?x) = "en") }} LIMIT 10'


def _filters(program: Program, variable: str) -> str:
    own = "".join(f" FILTER({variable} != {iri(entity)})" for entity in entities(program))
    return f'FILTER(!ISLITERAL({variable}) || LANG({variable}) = "" || LANGMATCHES(LANG({variable}), "en")){own}'


def _pattern(program: Program, variable: str, ontology: Ontology) -> str:
    return _Pattern(ontology).of(program, variable)


class _Pattern:
    """Group graph patterns with variables of their own."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._fresh: Iterator[str] = (f"?v{number}" for number in count())

    def of(self, program: Program, variable: str) -> str:
        """A pattern that binds `variable` to the members of `program`."""
        match program:
            case Entity(id):
                return f"VALUES {variable} {{ {iri(id)} }}"
            case Instances(type):
                return f"{variable} {iri(TYPE)} {iri(type)} ."
            case Join():
                return self._join(program, variable)
            case And(left, right):
                return f"{self.of(left, variable)} {self.of(right, variable)}"
            case Or(left, right):
                return f"{{ {{ {self.of(left, variable)} }} UNION {{ {self.of(right, variable)} }} }}"
            case Count(argument):
                inner = next(self._fresh)
                body = f"{self.of(argument, inner)} {_filters(argument, inner)}"
                return f"{{ SELECT (COUNT(DISTINCT {inner}) AS {variable}) WHERE {{ {body} }} }}"
            case Superlative():
                return self._superlative(program, variable)

    def _join(self, join: Join, variable: str) -> str:
        if isinstance(join.argument, Entity):
            inner, before = iri(join.argument.id), ""
        else:
            inner = next(self._fresh)
            # Without DISTINCT at every hop, four hops on Freebase take 16 times as long: the same node is reached by
            # many ways.
            before = f"{{ SELECT DISTINCT {inner} WHERE {{ {self.of(join.argument, inner)} }} }} "
        subject, object = (inner, variable) if join.forward else (variable, inner)
        return f"{before}{subject} {iri(join.relation)} {object} ."

    def _superlative(self, program: Superlative, variable: str) -> str:
        attribute, value, best = iri(program.attribute), next(self._fresh), next(self._fresh)
        other, other_value = next(self._fresh), next(self._fresh)
        choose = "MAX" if program.largest else "MIN"
        body = (
            f"{self.of(program.argument, other)} {_filters(program.argument, other)} {other} {attribute}"
            f" {other_value} ."
        )
        most = f"{{ SELECT ({choose}({self._key(program, other_value)}) AS {best}) WHERE {{ {body} }} }}"
        mine = f"{self.of(program.argument, variable)} {variable} {attribute} {value} ."
        return f"{most} {mine} FILTER({self._key(program, value)} = {best})"

    def _key(self, program: Superlative, value: str) -> str:
        return f"STR({value})" if self._ontology.is_date(program.attribute) else f"{_DOUBLE}({value})"
