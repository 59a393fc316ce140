"""The words of the project's own graph: their files are read strictly, and the tasks stay the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from environments.contract import UserError
from environments.knowledge_graph.generate import families, generate
from environments.knowledge_graph.synthetic import schema
from environments.knowledge_graph.synthetic.schema import Attribute, Edge, edges, kinds


@pytest.mark.parametrize(("split", "expected"), [("train", "81fe77167318"), ("test", "752b3a9d31d5")])
def test_a_seed_draws_the_tasks_that_it_always_drew(split: str, expected: str) -> None:
    """Who changes a word on purpose writes the new hash here, and the environment's next version."""
    tasks = generate(4 * len(families()), 7, split)
    assert hashlib.sha256(b"".join(map(msgspec.json.encode, tasks))).hexdigest()[:12] == expected


def test_no_two_kinds_or_relations_have_one_name() -> None:
    relations = [name for edge in edges() for name in (edge.relation, edge.back, edge.onward, edge.home) if name]
    names = [*relations, *(attribute.name for kind in kinds() for attribute in kind.attributes)]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert len({kind.plural for kind in kinds()}) == len(kinds())


RIGHT = {
    "relation": "film.film.starring",
    "source": "film",
    "target": "person",
    "back": "film.actor.film",
    "low": 1,
    "high": 2,
    "phrase": "the actors in {}",
    "back_phrase": "the films with {}",
}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"low": 3}, "'low' is 3 and 'high' is 2"),
        ({"low": -1}, "Expected `int` >= 0"),
        ({"through": "film.performance"}, "give all of 'through', 'onward' and 'home', or none"),
        ({"phrase": "the actors"}, "'the actors' must have '{}' once"),
        ({"back_phrase": "the {} of {}"}, "'the {} of {}' must have '{}' once"),
        ({"phrase": "the {} of {name}"}, "'the {} of {name}' must have '{}' once"),
    ],
)
def test_a_relation_that_makes_no_question_is_refused(wrong: dict[str, object], fault: str) -> None:
    assert msgspec.convert(RIGHT, Edge).high == 2
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert({**RIGHT, **wrong}, Edge)
    assert str(refused.value).startswith(fault)


def test_an_attribute_has_a_range_and_keeps_its_kind_of_number() -> None:
    right = {"name": "a.b.c", "value": "float", "low": 2, "high": 2.5, "most": "is tallest", "least": "is shortest"}
    assert isinstance(msgspec.convert(right, Attribute).low, int)
    with pytest.raises(msgspec.ValidationError, match=r"'low' is 3 and 'high' is 2\.5"):
        msgspec.convert({**right, "low": 3}, Attribute)


def test_a_relation_of_a_kind_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "edges.toml"
    path.write_text(schema.EDGES.read_text().replace('source = "river"', 'source = "rivre"', 1))
    monkeypatch.setattr(schema, "EDGES", path)
    with pytest.raises(UserError) as refused:
        edges.__wrapped__()
    said = "entry 'geography.river.basin_countries', field 'source': kinds.toml has no kind 'rivre'"
    assert str(refused.value) == f"{path}: {said}"
