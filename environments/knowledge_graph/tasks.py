"""Questions from public files: AgentBench's JSON, GrailQA's and ComplexWebQuestions' (SPEC 2.4). A row's fields say
which it is.

AgentBench      question, qid, source, entities {name: id}, actions (gold calls), answer [{answer_argument, …}],
s_expression GrailQA         question, qid, answer, graph_query {nodes}, s_expression, sparql_query CWQ             ID,
question, sparql, answers [{answer_id, answer, …}]

Gold calls come from `actions`, else from the s-expression, where an `ontology` folder beside the file says what is
whose reverse.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from environments.contract import Task
from environments.knowledge_graph import ontology
from environments.knowledge_graph.ontology import Ontology
from environments.knowledge_graph.payload import Payload
from environments.knowledge_graph.programs.calls import calls_for, read_call
from environments.knowledge_graph.programs.expressions import Unsupported, parse
from environments.rows import BadRow, Row, read_array, tasks, wrong

_ENTITY = re.compile(r"(?:ns:|:|<http://rdf\.freebase\.com/ns/)([mg]\.\w+)")


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The tasks of a question file; a `BadRow` with file, row and field for a malformed one.

    Raises `UserError` for a file that is missing or no JSON list.
    """
    file = Path(path)
    beside = file.parent / "ontology"
    known = ontology.read(beside) if beside.is_dir() else None
    seen: dict[str, int] = {}
    for task in tasks(read_array(file), lambda row: _task(Row(row.place, row.values), file.stem, split, known)):
        if isinstance(task, BadRow):
            yield task
            continue
        seen[task.id] = seen.get(task.id, 0) + 1
        yield task if seen[task.id] == 1 else msgspec.structs.replace(task, id=f"{task.id}-{seen[task.id]}")


def _task(row: Row, stem: str, split: str, known: Ontology | None) -> Task:
    if "ID" in row.values:
        payload, calls, source, name = _complex_web(row)
    elif "graph_query" in row.values or "sparql_query" in row.values:
        payload, calls, source, name = _grail(row, known)
    else:
        payload, calls, source, name = _agentbench(row)
    digest = hashlib.sha256(f"{name}\n{payload.question}\n{sorted(payload.entities.items())}".encode()).hexdigest()[:12]
    return Task(
        id=f"kg-{stem}-{digest}",
        environment="knowledge_graph",
        split=split,
        source=source,
        payload=msgspec.to_builtins(payload),
        family=source.partition(":")[2],
        reference={"calls": calls} if calls else None,
    )


Found = tuple[Payload, list[str], str, str]
"""A row's payload, its gold calls, its source and its own id."""


def _agentbench(row: Row) -> Found:
    entities = row.get("entities", dict)
    if not all(isinstance(id, str) for id in entities.values()):
        raise row.wrong("entities", "names with ids")
    calls = row.texts("actions")
    for number, call in enumerate(calls):
        try:
            read_call(call)
        except ValueError as error:
            raise wrong(row.place, f"actions[{number}]", call, f"a call of a tool ({error})") from None
    payload = Payload(
        question=row.get("question", str),
        entities=entities,
        answers=_answers(row, "answer", "answer_argument"),
        s_expression=row.get("s_expression", str, ""),
    )
    return payload, calls, f"agentbench:{row.get('source', str, 'unknown')}", str(row.values.get("qid", ""))


def _grail(row: Row, known: Ontology | None) -> Found:
    graph = Row(f"{row.place}, field 'graph_query'", row.get("graph_query", dict, {}))
    entities = {
        node.get("friendly_name", str, node.get("id", str)): node.get("id", str)
        for node in graph.rows("nodes")
        if node.get("node_type", str, "") == "entity"
    }
    expression, sparql = row.get("s_expression", str, ""), row.get("sparql_query", str, "")
    payload = Payload(
        question=row.get("question", str),
        entities=entities,
        answers=_answers(row, "answer", "answer_argument"),
        unnamed=[] if entities else _mentioned(sparql),
        sparql=sparql,
        s_expression=expression,
    )
    return (
        payload,
        _gold(expression, known),
        "grailqa:" + row.get("level", str, "grailqa"),
        str(row.values.get("qid", "")),
    )


def _complex_web(row: Row) -> Found:
    """CWQ names no entities: their names are asked of the graph when the episode begins."""
    sparql = row.get("sparql", str, "")
    payload = Payload(
        question=row.get("question", str),
        entities={},
        answers=_answers(row, "answers", "answer_id"),
        unnamed=_mentioned(sparql),
        sparql=sparql,
    )
    return payload, [], "cwq:" + row.get("compositionality_type", str, "cwq"), str(row.values["ID"])


def _answers(row: Row, field: str, name: str) -> list[str]:
    """The gold set, in the row's order without repetitions."""
    return list(dict.fromkeys(str(answer.values.get(name) or answer.get("answer", str)) for answer in row.rows(field)))


def _mentioned(sparql: str) -> list[str]:
    return list(dict.fromkeys(_ENTITY.findall(sparql)))


def _gold(expression: str, known: Ontology | None) -> list[str]:
    """The calls for an s-expression; none where it says more than calls can, or no ontology is at hand."""
    if not expression or known is None:
        return []
    try:
        return _texts(calls_for(parse(expression), known))
    except (Unsupported, ValueError):
        return []


def _texts(calls: Sequence[object]) -> list[str]:
    return [str(call) for call in calls]
