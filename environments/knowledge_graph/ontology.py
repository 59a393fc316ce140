"""What the graph's relations are: which exist, what they lead to, which are numbers or dates, which are each other's
reverse.

AgentBench's `ontology/` folder says it for Freebase (SPEC 2.4): `vocab.json` (relations, attributes, classes),
`fb_roles` (domain, relation, range), `fb_types` (subtype, meta.subclassOf, type) and `reverse_properties`. It never
changes while an environment lives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from environments.contract import UserError

FILES = ("vocab.json", "fb_roles", "fb_types", "reverse_properties")
TOPIC = "common.topic"
"""The type of anything about which nothing else is known."""
NUMBER = "type.int"
DATE = "type.datetime"


@dataclass(frozen=True)
class Ontology:
    """`relations` and `attributes` are what the tools may show; `roles` holds (domain, range) by relation."""

    relations: frozenset[str]
    attributes: frozenset[str]
    classes: frozenset[str]
    roles: Mapping[str, tuple[str, str]] = field(repr=False)
    reverse: Mapping[str, str] = field(default_factory=dict, repr=False)

    def range(self, relation: str) -> str:
        """The type of what `relation` leads to; a relation without a role has its reverse's domain."""
        if relation in self.roles:
            return self.roles[relation][1]
        back = self.reverse.get(relation, "")
        return self.roles[back][0] if back in self.roles else TOPIC

    def domain(self, relation: str) -> str:
        """The type of what has `relation`."""
        if relation in self.roles:
            return self.roles[relation][0]
        back = self.reverse.get(relation, "")
        return self.roles[back][1] if back in self.roles else relation.rpartition(".")[0]

    def is_date(self, attribute: str) -> bool:
        """Whether values of `attribute` are dates: they compare as ISO texts, all others as numbers."""
        return self.range(attribute) == DATE


@lru_cache(maxsize=4)
def read(folder: Path) -> Ontology:
    """The ontology in `folder`. Raises `UserError` naming the file and line that is missing or malformed."""
    vocabulary = _vocabulary(folder / "vocab.json")
    roles = {relation: (domain, range) for domain, relation, range in _rows(folder / "fb_roles", None)}
    types = {name for subtype, _, type in _rows(folder / "fb_types", None) for name in (subtype, type)}
    reverse = {fields[0]: fields[1] for fields in _rows(folder / "reverse_properties", "\t", 2)}
    reverse |= {back: relation for relation, back in reverse.items() if back not in reverse}
    return Ontology(
        relations=frozenset(vocabulary["relations"]),
        attributes=frozenset(vocabulary["attributes"]),
        classes=frozenset(vocabulary["classes"]) | types,
        roles=roles,
        reverse=reverse,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot read it ({error}); an ontology folder holds {', '.join(FILES)}") from None


def _vocabulary(path: Path) -> dict[str, list[str]]:
    try:
        values: dict[str, list[str]] = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    for name in ("relations", "attributes", "classes"):
        if not isinstance(values, dict) or not isinstance(values.get(name), list):
            raise UserError(f"{path}: field '{name}' should be a list of names")
    return values


def _rows(path: Path, separator: str | None, width: int = 3) -> Iterator[list[str]]:
    """The first `width` fields of every line. AgentBench's own files have a few lines with more, and reads them so."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        fields = line.split(separator)
        if line.strip() and len(fields) < width:
            raise UserError(f"{path}:{number}: found {len(fields)} fields, expected {width}")
        if fields:
            yield fields[:width]
