"""One query builder on two engines: both give what Python works out on the same graph."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.contract import EnvironmentFault, Task, UserError
from environments.knowledge_graph import ontology
from environments.knowledge_graph.engines.embedded import Embedded
from environments.knowledge_graph.engines.endpoint import Endpoint
from environments.knowledge_graph.engines.engine import Engine, Refused
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.families.scene import Scene
from environments.knowledge_graph.families.wording import Phrases
from environments.knowledge_graph.generate import generate, own_ground
from environments.knowledge_graph.judge import canonical
from environments.knowledge_graph.programs import sparql
from environments.knowledge_graph.programs.calls import read_call
from environments.knowledge_graph.programs.program import And, Count, Entity, Or, Program, Superlative
from environments.knowledge_graph.settings import Settings
from environments.knowledge_graph.source import StoreSource, evaluate
from environments.knowledge_graph.synthetic.graph import n_triples, own_graph, own_ontology
from environments.registry import registered
from tests.environments.episodes import episode, play
from tests.environments.knowledge_graph.built_by_calls import programs
from tests.environments.knowledge_graph.graphs import GoldGraph, renamed
from tests.environments.knowledge_graph.players import nothing, reference, say
from tests.environments.knowledge_graph.virtuoso import Virtuoso

pytestmark = pytest.mark.asyncio(loop_scope="session")

load = registered("knowledge_graph").load
LIMIT = 2_000
UNEQUAL = 84
"""So many of AgentBench's gold intersections are of two types that are not equal, which its own tool refuses."""
AGENTBENCH_REFUSES = 104
"""Questions whose gold calls AgentBench's own rules stop somewhere."""


def drawn(rng: Random) -> Program | None:
    """A program on the own graph, of any shape that the tools can make."""
    scene = Scene(rng, *own_ground())
    program: Program | None = scene.walk(rng.randint(1, 3))
    if program is None:
        return None
    for _ in range(rng.randint(0, 3)):
        other = scene.walk(rng.randint(1, 2), scene.type(program) or None)
        choice = rng.randrange(5)
        if choice == 0 and other is not None:
            program = And(program, other)
        elif choice == 1 and other is not None:
            program = Or(program, other)
        elif choice == 2:
            attributes = sorted({name for node in scene.members(program) for name in own_graph().values(node)})
            program = Superlative(program, rng.choice(attributes), rng.random() < 0.5) if attributes else program
        elif choice == 3:
            program = scene.onward(program, 1) or program
    return Count(program) if rng.random() < 0.2 else program


async def agrees(engine: Engine, program: Program) -> None:
    """The engine gives what Python works out."""
    found = await engine.select(sparql.members(program, own_ontology(), LIMIT), LIMIT)
    assert {canonical(value) for value in found.values} == evaluate(program, own_graph(), own_ontology()), program


async def shows(engine: Engine, program: Program) -> None:
    """The engine lists the relations and attributes that the members have."""
    members = {program.id} if isinstance(program, Entity) else evaluate(program, own_graph(), own_ontology())
    query = (
        sparql.relations(program, LIMIT)
        if isinstance(program, Entity)
        else sparql.relations_of_members(program, own_ontology(), LIMIT)
    )
    found = {name for name in (await engine.select(query, LIMIT)).values if not name.startswith("type.object.")}
    assert found == {name for node in members for name in (*own_graph().out(node), *own_graph().values(node))}, program


@given(st.randoms(use_true_random=False))
@settings(max_examples=150)
async def test_the_embedded_engine_agrees_with_python(environment: KnowledgeGraph, rng: Random) -> None:
    program = drawn(rng)
    if program is not None:
        engine = environment._engine(await environment.lease(next(generate(1, 0, "t")), "agrees"))
        await agrees(engine, program)
        if not isinstance(program, Count):
            await shows(engine, program)
        await shows(engine, Entity(rng.choice(own_graph().starts())))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def endpoint(virtuoso: Virtuoso) -> AsyncIterator[Endpoint]:
    """The own graph on Virtuoso."""
    await asyncio.to_thread(virtuoso.load, n_triples())
    engine = Endpoint(virtuoso.url, 10)
    yield engine
    await engine.close()


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@settings(max_examples=150)
async def test_virtuoso_agrees_with_python(endpoint: Endpoint, rng: Random) -> None:
    program = drawn(rng)
    if program is not None:
        await agrees(endpoint, program)
        if not isinstance(program, Count):
            await shows(endpoint, program)


@pytest.mark.slow
async def test_generated_tasks_are_worth_the_same_on_virtuoso(
    endpoint: Endpoint, virtuoso: Virtuoso, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KnowledgeGraph, "ontology", property(lambda self: own_ontology()))
    environment = KnowledgeGraph(Settings(endpoint=virtuoso.url))
    await environment.start()
    try:
        for task in generate(27, 5, "train"):
            assert (await play(environment, task, reference)).reward == 1.0, task.id
            assert (await play(environment, task, nothing)).reward == 0.0, task.id
    finally:
        await environment.stop()


@pytest.fixture(scope="session")
def gold(questions: Path) -> tuple[GoldGraph, list[Task]]:
    """Every public question with entities of its own, in a graph made from their gold calls."""
    graph = GoldGraph(ontology.read(questions / "ontology"))
    tasks = [*load(str(questions / "dev.json"), "dev"), *load(str(questions / "kg_rl_all.json"), "train")]
    return graph, [graph.add(renamed(task, f"q{number}_")) for number, task in enumerate(tasks)]


def refused_by_agentbench(task: Task, known: ontology.Ontology) -> bool:
    """Whether AgentBench's own rules stop the gold calls: unequal types, or names beyond its vocabulary."""
    assert task.reference is not None
    types: list[str] = []
    for call in map(read_call, task.reference["calls"]):
        if call.tool == "intersection" and len({types[int(text[1:])] for text in call.arguments}) > 1:
            return True
        if call.tool == "get_neighbors" and call.arguments[1] not in known.relations:
            return True
        if call.tool.startswith("arg") and call.arguments[1] not in known.attributes:
            return True
        if not call.tool.startswith("get_re") and call.tool != "get_attributes":
            made = [text for text in call.arguments if text.startswith("#")]
            types.append(known.range(call.arguments[1]) if call.tool == "get_neighbors" else types[int(made[0][1:])])
    return False


async def replay(environment: KnowledgeGraph, tasks: list[Task]) -> dict[str, float]:
    """The reward of every task's gold calls, played in sessions."""
    await environment.start()
    together = asyncio.Semaphore(8)

    async def one(task: Task) -> float:
        async with together:
            return (await play(environment, task, reference)).reward or 0.0

    try:
        return dict(zip([task.id for task in tasks], await asyncio.gather(*map(one, tasks)), strict=True))
    finally:
        await environment.stop()


async def test_every_gold_call_is_typed_and_builds_a_program(
    gold: tuple[GoldGraph, list[Task]], questions: Path
) -> None:
    known = ontology.read(questions / "ontology")
    _, tasks = gold
    calls = [[read_call(text) for text in task.reference["calls"]] for task in tasks if task.reference]
    assert (len(tasks), sum(map(len, calls))) == (1_234, 8_492)
    unequal = 0
    for listed in calls:
        made = programs(listed, known)
        assert all(type != ontology.TOPIC for type, _ in made) or any("topic" in str(call) for call in listed)
        for call in listed:
            if call.tool == "intersection":
                unequal += len({made[int(text[1:])][0] for text in call.arguments}) > 1
    assert unequal == UNEQUAL


@pytest.mark.slow
@pytest.mark.parametrize("rules", ["agentbench", "open"])
async def test_gold_calls_replay_on_the_embedded_engine(
    gold: tuple[GoldGraph, list[Task]], questions: Path, session_state: Path, tmp_path: Path, rules: str
) -> None:
    graph, tasks = gold
    (tmp_path / "gold.nt").write_text("\n".join(graph.lines) + "\n")
    folder = questions / "ontology"
    rewards = await replay(
        KnowledgeGraph(Settings(graph=str(tmp_path / "gold.nt"), ontology=str(folder), rules=rules, workers=2)), tasks
    )  # type: ignore[arg-type]
    stopped = {
        task.id for task in tasks if rules == "agentbench" and refused_by_agentbench(task, ontology.read(folder))
    }
    assert {id for id, reward in rewards.items() if reward != 1.0} == stopped
    assert (len(rewards), len(stopped)) == (1_234, 0 if rules == "open" else AGENTBENCH_REFUSES)


@pytest.mark.slow
async def test_gold_programs_give_the_same_on_virtuoso(
    gold: tuple[GoldGraph, list[Task]], questions: Path, virtuoso: Virtuoso
) -> None:
    graph, tasks = gold
    known = ontology.read(questions / "ontology")
    await asyncio.to_thread(virtuoso.load, "\n".join(graph.lines) + "\n")
    engine, together = Endpoint(virtuoso.url, 10), asyncio.Semaphore(4)

    async def one(task: Task) -> list[str]:
        assert task.reference is not None
        program = programs([read_call(text) for text in task.reference["calls"]], known)[-1][1]
        async with together:
            return (await engine.select(sparql.members(program, known, LIMIT), LIMIT)).values

    try:
        found = await asyncio.gather(*map(one, tasks))
    finally:
        await engine.close()
    assert [task.id for task, values in zip(tasks, found, strict=True) if values != task.payload["answers"]] == []


PART = re.compile(
    rb"> <http://rdf\.freebase\.com/ns/(people\.person\.(nationality|place_of_birth|gender)"
    rb"|location\.location\.(people_born_here|containedby|contains)|type\.object\.name)"
)
"""Some fifty thousand of the real triples: as many as Virtuoso loads in a few seconds."""


@pytest.mark.slow
async def test_both_engines_agree_on_real_triples(
    virtuoso: Virtuoso, freebase: Path, questions: Path, session_state: Path, tmp_path: Path
) -> None:
    with gzip.open(freebase) as lines:
        part = b"".join(line for line in lines if PART.search(line)).replace(
            b"/ns/m.", b"/ns/m.real_"
        )  # no id is another graph's
    (tmp_path / "part.nt").write_bytes(part)
    known = ontology.read(questions / "ontology")
    environment = KnowledgeGraph(
        Settings(graph=str(tmp_path / "part.nt"), ontology=str(questions / "ontology"), workers=2)
    )
    await environment.start()
    other = Endpoint(virtuoso.url, 10)
    try:
        await asyncio.to_thread(virtuoso.load, part.decode())
        assert environment.child is not None
        embedded = Embedded(environment.child.socket, 10, 10)
        source = StoreSource(environment.child.store)
        scene = Scene(Random(1), source, known, Phrases(), source.starts())
        walks = (scene.walk(scene.rng.randint(1, 3)) for _ in range(1_000))
        chosen = list(islice((program for program in walks if program is not None), 60))
        assert len(chosen) == 60
        for program in [*chosen, *(Count(program) for program in chosen[:10])]:
            for query in (sparql.members(program, known, LIMIT), sparql.relations_of_members(program, known, LIMIT)):
                first, second = await embedded.select(query, LIMIT), await other.select(query, LIMIT)
                assert set(first.values) == set(second.values), program
    finally:
        await other.close()
        await environment.stop()


@pytest.mark.slow
async def test_virtuosos_limits_are_the_querys_and_its_faults_the_environments(
    endpoint: Endpoint, virtuoso: Virtuoso
) -> None:
    people = "?a ?p ?b . ?c ?q ?d . ?e ?r ?f . FILTER(?b < ?d && ?d < ?f && ?a < ?f)"
    impatient = Endpoint(virtuoso.url, 1)
    try:
        with pytest.raises(Refused):
            await impatient.select(f"SELECT (COUNT(?a) AS ?x) WHERE {{ {people} }}", 1)
        with pytest.raises(EnvironmentFault, match="answers 400"):
            await impatient.select("SELEKT ?x", 1)
        many = await impatient.select("SELECT DISTINCT ?x WHERE { ?x ?p ?o } LIMIT 9000", 9_000)
        assert (len(many.values), many.cut) == (3_000, True), "Virtuoso's own limit of rows is noticed"
    finally:
        await impatient.close()


@pytest.mark.slow
async def test_a_killed_virtuoso_is_a_fault_and_no_ending(tmp_path: Path, questions: Path) -> None:
    server = Virtuoso(tmp_path)
    environment = KnowledgeGraph(Settings(endpoint=server.url, ontology=str(questions / "ontology")))
    try:
        await environment.start()
        await environment.healthy()
        task = next(load(str(questions / "dev.json"), "dev"))
        async with episode(environment, task) as session:
            assert await say(session, "get_relations", next(iter(task.payload["entities"]))) == "Observation: []"
            server.stop()
            with pytest.raises(EnvironmentFault, match="does not answer"):
                await say(session, "get_relations", next(iter(task.payload["entities"])))
            with pytest.raises(EnvironmentFault):
                await environment.healthy()
    finally:
        server.stop()
        await environment.stop()


async def test_an_endpoint_that_is_not_there_is_one_clear_line(session_state: Path, questions: Path) -> None:
    with pytest.raises(UserError, match=r"SPARQL endpoint 127\.0\.0\.1:9/sparql does not answer"):
        await KnowledgeGraph(
            Settings(endpoint="http://127.0.0.1:9/sparql", ontology=str(questions / "ontology"))
        ).start()
    with pytest.raises(UserError, match=r"needs a folder with vocab\.json"):
        await KnowledgeGraph(Settings(endpoint="http://127.0.0.1:9/sparql")).start()
    with pytest.raises(UserError, match="scheme 'ftp'"):
        Settings(endpoint="ftp://x")
    with pytest.raises(ValueError, match="does not belong in a config"):
        Settings(endpoint="http://user:secret@host/sparql")
