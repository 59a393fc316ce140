"""Public question files, good and bad."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from environments.contract import TaskFault, UserError
from environments.knowledge_graph import ontology
from environments.knowledge_graph.dialect import standard
from environments.knowledge_graph.programs.calls import calls_for, read_call
from environments.knowledge_graph.programs.expressions import Unsupported, parse
from environments.knowledge_graph.programs.program import s_expression
from environments.knowledge_graph.reference import reply
from environments.message import Message
from environments.registry import registered
from tests.environments.knowledge_graph.built_by_calls import programs
from tests.environments.knowledge_graph.graphs import BOAT_ROLES, write_ontology

load = registered("knowledge_graph").load
NS = "PREFIX ns: <http://rdf.freebase.com/ns/>\n"
GRAIL_SPARQL = """PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX : <http://rdf.freebase.com/ns/>
SELECT (?x0 AS ?value) WHERE { SELECT DISTINCT ?x0  WHERE { ?x0 :type.object.type :boats.ship . VALUES ?x1 { :m.0yard }
?x1 :boats.ship_builder.ships_built ?x0 . FILTER ( ?x0 != ?x1  ) } }"""
CWQ_SPARQL = """PREFIX ns: <http://rdf.freebase.com/ns/>
SELECT DISTINCT ?x
WHERE {
FILTER (?x != ns:m.0yard)
FILTER (!isLiteral(?x) OR lang(?x) = '' OR langMatches(lang(?x), 'en'))
ns:m.0yard ns:boats.ship_builder.ships_built ?x .
?x ns:boats.ship.launched ?num .
FILTER(NOT EXISTS {?x ns:boats.ship.fuel ?sk0} || EXISTS {?x ns:boats.ship.launched ?sk1 . FILTER(xsd:datetime(?sk1) <= "2015-08-10"^^xsd:dateTime) })
}
ORDER BY DESC(?num) LIMIT 1"""  # noqa: E501


def agentbench_row() -> dict[str, Any]:
    return {
        "question": "which ships?",
        "qid": "1",
        "source": "grailqa",
        "entities": {"Velmar Yard": "m.0yard"},
        "actions": ["get_relations(m.0yard)", "get_neighbors(m.0yard,boats.ship_builder.ships_built)"],
        "answer": [
            {"answer_type": "Entity", "answer_argument": "m.0a", "entity_name": "A"},
            {"answer_argument": "m.0b"},
        ],
    }


def grail_row() -> dict[str, Any]:
    node = {
        "nid": 1,
        "node_type": "entity",
        "id": "m.0yard",
        "class": "x",
        "friendly_name": "Velmar Yard",
        "question_node": 0,
    }
    other = {"nid": 0, "node_type": "class", "id": "boats.ship", "friendly_name": "Ship", "question_node": 1}
    return {
        "qid": 3200017000000,
        "question": "which ships?",
        "answer": [{"answer_type": "Entity", "answer_argument": "m.0a", "entity_name": "A"}],
        "graph_query": {"nodes": [other, node], "edges": []},
        "level": "zero-shot",
        "s_expression": "(AND boats.ship (JOIN boats.ship.fuel (JOIN (R automotive.fuel.engines) m.0yard)))",
        "sparql_query": GRAIL_SPARQL,
    }


def cwq_row() -> dict[str, Any]:
    return {
        "ID": "WebQTrn-1_abc",
        "question": "which ship?",
        "sparql": CWQ_SPARQL,
        "compositionality_type": "superlative",
        "answers": [{"answer_id": "m.0c", "answer": "C", "aliases": []}],
    }


def write(path: Path, *rows: Any) -> str:
    path.write_text(json.dumps(list(rows)))
    return str(path)


def test_all_public_questions_load_under_stable_ids(questions: Path) -> None:
    tasks = [*load(str(questions / "dev.json"), "dev"), *load(str(questions / "kg_rl_all.json"), "train")]
    assert Counter(task.split for task in tasks) == {"dev": 20, "train": 1_214}
    assert len({task.id for task in tasks}) == 1_234
    assert [task.id for task in load(str(questions / "dev.json"), "x")] == [task.id for task in tasks[:20]]
    assert Counter(task.family for task in tasks) == {"grailqa": 807, "cwq": 391, "graphquestions": 29, "webqsp": 7}
    assert all(task.reference and task.payload["answers"] for task in tasks)


def test_gold_expressions_mean_what_gold_calls_build(questions: Path) -> None:
    known = ontology.read(questions / "ontology")
    same = 0
    for task in load(str(questions / "kg_rl_all.json"), "train"):
        assert task.reference is not None
        built = programs([read_call(text) for text in task.reference["calls"]], known)[-1][1]
        calls = calls_for(parse(task.payload["s_expression"]), known)
        same += s_expression(programs(calls, known)[-1][1]) == s_expression(built)
    assert same > 0.9 * 1_214


def test_the_three_formats_become_one(tmp_path: Path) -> None:
    write_ontology(tmp_path / "ontology", BOAT_ROLES)
    path = write(tmp_path / "all.json", agentbench_row(), grail_row(), cwq_row())
    first, second, third = load(path, "dev")
    assert (first.source, first.family, first.payload["answers"]) == ("agentbench:grailqa", "grailqa", ["m.0a", "m.0b"])
    assert (second.source, second.payload["entities"]) == ("grailqa:zero-shot", {"Velmar Yard": "m.0yard"})
    assert second.reference is not None
    assert second.reference["calls"] == [
        "get_relations(m.0yard)",
        "get_neighbors(m.0yard,automotive.fuel.engines)",
        "get_relations(#0)",
        "get_neighbors(#0,boats.fuel.ships_with_this_fuel)",
    ]
    assert (third.source, third.payload["unnamed"], third.payload["answers"]) == (
        "cwq:superlative",
        ["m.0yard"],
        ["m.0c"],
    )
    assert third.reference is None
    shutil.rmtree(tmp_path / "ontology")
    assert [task.reference is None for task in load(path, "dev")] == [False, True, True]


def test_the_reference_player_writes_names_and_ends_with_the_last_variable(tmp_path: Path) -> None:
    (task,) = load(write(tmp_path / "a.json", agentbench_row()), "dev")
    messages = [Message("user", "q")]
    said = []
    for _ in range(3):
        said.append(reply(task, messages))
        messages += [Message("assistant", said[-1], loss=True), Message("user", "Observation: x")]
    assert [text.partition("\n")[2] for text in said] == [
        "Action: get_relations(Velmar Yard)",
        "Action: get_neighbors(Velmar Yard, boats.ship_builder.ships_built)",
        "Final Answer: #0",
    ]
    (bare,) = load(write(tmp_path / "b.json", cwq_row()), "dev")
    with pytest.raises(TaskFault, match="no reference solution"):
        reply(bare, messages)


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row.pop(name)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without("question"), "'question': found nothing, expected a text"),
        (without("entities"), "'entities': found nothing, expected an object"),
        (lambda row: row.update(entities=["x"]), r"'entities': found \[.x.\], expected an object"),
        (lambda row: row.update(entities={"x": 3}), "expected names with ids"),
        (
            lambda row: row.update(actions=["fly(m.0a)"]),
            r"'actions\[0\]': found .*fly.*expected a call of a tool \(.*is no call",
        ),
        (lambda row: row.update(actions=["count(#0,#1)"]), "should have 1 arguments"),
        (lambda row: row.update(answer=[3]), "'answer', item 0: found 3, expected an object"),
        (lambda row: row.update(answer=[{"answer_type": "Entity"}]), "'answer': found nothing, expected"),
    ],
)
def test_a_malformed_row_is_named_by_file_row_and_field(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], Any], said: str
) -> None:
    row = agentbench_row()
    spoil(row)
    path = write(tmp_path / "a.json", agentbench_row(), row)
    with pytest.raises(UserError, match=said) as caught:
        list(load(path, "dev"))
    assert f"{path}: row 1" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "3", "[3]", "\x00", '{"a": 1}'])
def test_a_file_that_is_no_list_of_rows_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UserError, match=r"a\.json: "):
        list(load(str(tmp_path / "a.json"), "dev"))
    with pytest.raises(UserError, match=r"cannot read the task file 'nowhere\.json'"):
        list(load("nowhere.json", "dev"))


@pytest.mark.parametrize(
    "query",
    [
        GRAIL_SPARQL,
        CWQ_SPARQL,
        NS + "SELECT COUNT DISTINCT ?x WHERE { ?x ns:a.b.c ns:m.0x. FILTER regex(?x, 'a OR b') }",
        NS + 'SELECT DISTINCT ?y WHERE { ?y ns:a.b.c_d "x # OR y"@en . # a comment OR none\n ns:m.0a_ ns:a.b ?y.}',
        "SELECT ?name WHERE { ?x <http://rdf.freebase.com/ns/type.object.name> ?name . }",
    ],
)
def test_virtuosos_dialect_becomes_standard(query: str) -> None:
    text = standard(query)
    assert [variable.value for variable in Store().query(text).variables] == ["x"]  # type: ignore[union-attr]
    assert ("a OR b" in query) == ("a OR b" in text)
    assert ("# OR y" in query) == ("# OR y" in text)


@given(
    st.text()
    | st.lists(st.sampled_from(["(", ")", "JOIN", "(R a.b)", "AND", "COUNT", "ARGMAX", "m.0a", "a.b", " "])).map(
        "".join
    )
)
def test_any_text_is_an_expression_or_unsupported(text: str) -> None:
    standard(text)
    try:
        program = parse(text)
    except Unsupported:
        return
    assert parse(s_expression(program)) == program


@pytest.mark.parametrize(
    "text",
    ["(JOIN a.b m.0a))", "(JOIN a.b", "(le a.b 3^^x)", "(TC (JOIN a.b m.0a) c.d 1990)", "(" * 100 + ")" * 100, ""],
)
def test_what_no_call_can_say_is_unsupported(text: str) -> None:
    with pytest.raises(Unsupported):
        parse(text)
