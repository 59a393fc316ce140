"""Generated questions: reproducible, unambiguous, and worth what they claim in a real environment."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest

from environments.contract import Task, UserError
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.families.draft import FAMILIES
from environments.knowledge_graph.families.scene import Scene
from environments.knowledge_graph.generate import families, generate, own_ground
from environments.knowledge_graph.synthetic.graph import own_graph, own_ontology
from environments.registry import registered as registered
from tests.environments.episodes import Player, play
from tests.environments.knowledge_graph.players import nothing, reference, wrong

EACH = 4


@pytest.mark.asyncio(loop_scope="session")
async def test_reference_earns_1_and_doing_nothing_or_wrong_earns_less_in_every_family(
    environment: KnowledgeGraph,
) -> None:
    tasks = list(generate(EACH * len(families()), 11, "train"))
    together = asyncio.Semaphore(8)

    async def reward(player: Player, task: Task) -> float:
        async with together:
            return (await play(environment, task, player)).reward or 0.0

    assert [task.id for task in tasks if await reward(reference, task) != 1.0] == []
    assert [task.id for task in tasks if await reward(nothing, task) != 0.0] == []
    longer = [task for task in tasks if "hop" not in task.family or "one" not in task.family]
    assert [
        task.id
        for task in longer
        if task.family not in ("one_hop", "one_hop_asked") and await reward(wrong, task) == 1.0
    ] == []


def test_there_are_families_for_every_shape() -> None:
    tasks = list(generate(len(families()), 0, "train"))
    assert len(families()) >= 20
    programs = " ".join(task.payload["s_expression"] for task in tasks)
    for word in ("(AND", "(COUNT", "(ARGMAX", "(ARGMIN", "(JOIN"):
        assert programs.count(word) >= 2
    hops = [task.payload["s_expression"].count("JOIN") for task in tasks]
    assert (min(hops), max(hops)) >= (1, 4)
    assert max(len(task.reference["calls"]) for task in tasks if task.reference) <= 14


def test_a_task_depends_on_seed_family_and_number_alone() -> None:
    whole = list(generate(2 * len(families()), 3, "train"))
    name = families()[7]
    assert [task for task in whole if task.family == name] == list(generate(2, 3, "train", [name]))
    assert msgspec.json.encode(whole) == msgspec.json.encode(list(generate(2 * len(families()), 3, "train")))
    assert len({task.id for task in whole}) == len(whole)


def test_questions_have_their_entities_distractors_and_several_wordings() -> None:
    tasks = list(generate(12 * len(families()), 5, "train"))
    assert len({task.payload["question"] for task in tasks}) > 0.9 * len(tasks)
    for task in tasks:
        assert 1 <= len(task.payload["answers"]) <= 25
        for name, id in task.payload["entities"].items():
            assert name in task.payload["question"]
            assert len(own_graph().out(id)) >= 2, "no relation to choose from"
    for name in families():
        scenes = (Scene(__import__("random").Random(number), *own_ground()) for number in range(4000))
        draft = next(found for scene in scenes if (found := FAMILIES[name](scene)) is not None)
        assert len(set(draft.wordings)) >= 3, name


def test_the_own_graph_is_in_freebases_shape() -> None:
    graph, ontology = own_graph(), own_ontology()
    assert len({relation.partition(".")[0] for relation in ontology.relations}) >= 9
    assert all(ontology.reverse[ontology.reverse[relation]] for relation in ontology.relations)
    assert sum(graph.name(node) is None for node in graph.types) > 300, "nameless nodes between three things"
    for node in list(graph.names)[:200]:
        for relation, found in graph.out(node).items():
            assert ontology.domain(relation) in graph.types[node]
            for to in found:
                assert ontology.range(relation) in graph.types[to]
                assert node in graph.out(to)[ontology.reverse[relation]]
    names = list(graph.names.values())
    assert len(set(names)) == len(names)
    assert any("," in name for name in names)
    assert any("(" in name for name in names)


def test_the_registry_knows_the_environment() -> None:
    found = registered("knowledge_graph")
    (task,) = found.generate(1, 0, "train")
    assert found.description.short == "kg"
    assert found.families() == families()
    assert "get_relations(" in found.reference_reply(task, [])


def test_a_thousand_questions_take_seconds() -> None:
    started = time.process_time()
    assert sum(1 for _ in generate(500, 8, "train")) == 500
    assert time.process_time() - started < 20


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'four_hops'"):
        list(generate(1, 0, "train", ["for_hops"]))
