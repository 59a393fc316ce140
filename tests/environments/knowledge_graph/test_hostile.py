"""What a model writes reaches no query unescaped, and no query hangs an episode."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from environments.contract import DoubtfulFault, EnvironmentFault, Lease, Task
from environments.knowledge_graph.engines.embedded import Embedded
from environments.knowledge_graph.engines.engine import Answers, Engine, InDoubt, Refused
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.programs import sparql
from environments.knowledge_graph.programs.program import Entity, Join
from environments.knowledge_graph.settings import Settings
from environments.knowledge_graph.synthetic.graph import own_graph, own_ontology
from environments.knowledge_graph.tools import Mistake, Toolbox
from tests.environments.episodes import episode
from tests.environments.knowledge_graph.players import finish, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDLESS = "SELECT ?x WHERE { ?x ?p ?a . ?b ?q ?c . ?d ?r ?e . FILTER(?a = ?c && ?c = ?e && ?a != ?e) }"
GREEDY = "SELECT ?x WHERE { ?x ?p ?a . ?b ?q ?c . ?d ?r ?e } ORDER BY ?c ?e"
PROBE = sparql.relations(Entity("m.0"), 1)
EMPTY = Store()


class Recording(Engine):
    """Parses every query it gets, and says nothing to it."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    async def select(self, query: str, limit: int) -> Answers:
        self.queries.append(query)
        EMPTY.query(query)  # a SyntaxError here is a query that something was smuggled into
        return Answers(["boats.ship.fuel"])

    async def close(self) -> None:
        return


INJECTIONS = st.sampled_from(
    [
        "m.0a> ?p ?o . <http://x",
        "m.a}",
        "m.a#",
        "m.a\\u003e",
        'm.a"',
        "m. a",
        "m.a\n",
        "m.a\u00a0b",
        "m.\ud800",
        "g.a%3e",
    ]
)


@given(INJECTIONS | st.text() | st.text().map(lambda text: f"m.{text}"), INJECTIONS | st.text())
async def test_no_argument_leaves_its_place_in_a_query(first: str, second: str) -> None:
    engine = Recording()
    tools = Toolbox(engine, own_ontology(), open_rules=True)
    for call in (("get_relations", (first,)), ("get_neighbors", (first, second)), ("get_relations", (second,))):
        try:
            await tools.call(*call)
        except Mistake:
            continue
    for query in engine.queries:
        assert query.count("<") == query.count(">") <= 4
        assert " ?p ?o " not in query


@given(st.text())
async def test_a_name_is_a_whole_iri_or_none(name: str) -> None:
    try:
        iri = sparql.iri(name)
    except ValueError:
        return
    assert iri == f"<{sparql.NAMESPACE}{name}>"
    assert not set(iri[1:-1]) & set('<>"{}|^`\\ \n\t\r\0')


def engine_of(environment: KnowledgeGraph, timeout_s: float = 0.5) -> Embedded:
    assert environment.child is not None
    return Embedded(environment.child.socket, timeout_s, 20)


async def test_a_query_that_would_run_for_ever_is_ended_in_time_and_others_go_on(environment: KnowledgeGraph) -> None:
    started = time.monotonic()
    with pytest.raises(Refused, match="longer than"):
        await engine_of(environment).select(ENDLESS, 10)
    assert time.monotonic() - started < 10
    many = [engine_of(environment).select(ENDLESS if number % 2 else PROBE, 10) for number in range(8)]
    answers = await asyncio.gather(*many, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Answers, InDoubt] * 4
    await environment.healthy()
    assert environment.gauges()["server_restarts"] == 0


async def test_who_kills_the_workers_at_a_query_leaves_it_in_doubt(environment: KnowledgeGraph) -> None:
    """Killed twice in a row looks as a query does that takes all memory: no agent is scored for it unasked."""
    asked = asyncio.create_task(engine_of(environment, 20).select(ENDLESS, 10))
    server = psutil.Process(environment.child.pid)  # type: ignore[union-attr]
    while not asked.done():
        for worker in server.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()
        await asyncio.sleep(0.1)
    with pytest.raises(InDoubt, match="more memory"):
        await asked
    await engine_of(environment).select(PROBE, 10)


@pytest.mark.slow
async def test_a_query_that_would_take_all_memory_is_ended(state: Path) -> None:
    environment = KnowledgeGraph(Settings(workers=1, worker_memory_mb=256))
    await environment.start()
    try:
        with pytest.raises(Refused, match="more memory"):
            await engine_of(environment, 60).select(GREEDY, 10)
        await engine_of(environment).select(PROBE, 10)
    finally:
        await environment.stop()


async def test_a_grammatical_call_that_takes_too_long_is_an_observation(environment: KnowledgeGraph) -> None:
    name, relation = "Hydrogen", "people.person.nationality"
    person = next(node for node in own_graph().names if relation in own_graph().out(node))
    task = Task(
        "kg-slow", "knowledge_graph", "t", "t", {"question": "?", "entities": {name: person}, "answers": ["m.0a"]}
    )
    async with episode(environment, task) as session:
        await say(session, "get_relations", name)
        await say(session, "get_neighbors", name, relation)
        slow = Embedded(session._engine._socket, 0.000_01, 20)  # type: ignore[attr-defined]
        session._engine = session._tools._engine = slow  # type: ignore[attr-defined]
        said = "get_relations(#0) cannot be executed. You may make a mistake and need to fix it."
        with pytest.raises(DoubtfulFault, match="came to no end") as slow_call:
            await say(session, "get_relations", "#0")
        assert slow_call.value.feedback.observation == said, "what a replay that meets it again goes on with"
        with pytest.raises(DoubtfulFault) as slow_answer:
            await finish(session, 0)
        ending = slow_answer.value.feedback
    assert (ending.reward, ending.details["executable"]) == (0.0, False)
    assert "longer than" in ending.details["not_executed"]


async def test_a_worker_that_somebody_kills_is_replaced_and_the_query_asked_again(state: Path) -> None:
    environment = KnowledgeGraph(Settings(workers=1))
    await environment.start()
    try:
        assert environment.child is not None
        children = Path(f"/proc/{environment.child.pid}/task/{environment.child.pid}/children")
        before = children.read_text().split()
        genres = f"?a {sparql.iri(sparql.TYPE)} {sparql.iri('film.film_genre')}"
        query = f"SELECT (COUNT(?a) AS ?x) WHERE {{ {genres} . ?c ?q ?d FILTER(STR(?a) < CONCAT(STR(?c), STR(?d))) }}"
        asked = asyncio.create_task(engine_of(environment, 60).select(query, 1))
        await asyncio.sleep(0.1)
        assert not asked.done()
        os.kill(int(before[0]), signal.SIGKILL)
        counted = await asked
        assert int(counted.values[0]) > 10_000
        assert children.read_text().split() != before
    finally:
        await environment.stop()


async def test_a_result_is_cut_at_the_limit_and_says_so(environment: KnowledgeGraph) -> None:
    everything = "SELECT DISTINCT ?x WHERE { ?x ?p ?o } LIMIT 11"
    assert await engine_of(environment, 5).select(everything, 10) == Answers(
        (await engine_of(environment, 5).select(everything, 11)).values[:10], True
    )
    film = next(node for node in own_graph().names if "film.film.starring" in own_graph().out(node))
    program = Join("film.performance.actor", Join("film.film.starring", Entity(film)))
    assert not (await engine_of(environment, 5).select(sparql.members(program, own_ontology(), 100), 100)).cut


async def test_a_query_that_the_store_refuses_is_a_fault(environment: KnowledgeGraph) -> None:
    with pytest.raises(EnvironmentFault, match="cannot read a query"):
        await engine_of(environment).select("SELEKT ?x", 1)
    with pytest.raises(EnvironmentFault, match="server is gone"):
        await Embedded("/nowhere/s", 1, 1).select(PROBE, 1)
    assert isinstance(environment._engine(Lease("l", "knowledge_graph", {"socket": "/s"})), Embedded)
