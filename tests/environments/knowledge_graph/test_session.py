"""The rounds of an episode on a small graph: what every tool shows, what every mistake shows, how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import EnvironmentFault, Feedback, Session, Status, Task, TaskFault
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.payload import read_payload
from environments.knowledge_graph.settings import Settings
from tests.environments.episodes import episode
from tests.environments.knowledge_graph.graphs import BOAT_ENTITIES
from tests.environments.knowledge_graph.players import finish, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUILT, FUELLED = "boats.ship_builder.ships_built", "boats.fuel.ships_with_this_fuel"


def question(answers: list[str] | None = None, **payload: object) -> Task:
    """A question about the demonstration's graph."""
    values = {
        "question": "in which harbours?",
        "entities": BOAT_ENTITIES,
        "answers": answers or ["m.0h", "m.0k"],
        **payload,
    }
    return Task("kg-test", "knowledge_graph", "test", "test", values)


async def both(session: Session) -> None:
    """Make #0, the yard's ships, and #1, the ships on hydrogen."""
    for number, (entity, relation) in enumerate((("Velmar Yard", BUILT), ("Hydrogen", FUELLED))):
        await say(session, "get_relations", entity)
        assert (
            await say(session, "get_neighbors", entity, relation)
            == f"Observation: variable #{number}, which are instances of boats.ship"
        )


async def test_the_demonstration_is_what_really_happens(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        messages = session.opening[3:-1]
        assert len(messages) == 15
        for shown, after in zip(messages[::2], messages[1::2], strict=False):
            assert (await session.step(shown.content)).observation == after.content
        ending = await session.step(messages[-1].content)
    assert (ending.status, ending.reward) == (Status.COMPLETED, 1.0)
    assert ending.details["answer"] == ending.details["expected"] == ["m.0h", "m.0k"]


async def test_every_tool_makes_what_it_says(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question(["m.0c"])) as session:
        await both(session)
        assert (
            await say(session, "intersection", "#0", "#1")
            == "Observation: variable #2, which are instances of boats.ship"
        )
        assert await say(session, "get_attributes", "#2") == "Observation: [boats.ship.launched, boats.ship.length]"
        assert (
            await say(session, "argmax", "#2", "boats.ship.length")
            == "Observation: variable #3, which are instances of boats.ship"
        )
        ending = await finish(session, 3)
    assert (
        ending.details["program"]
        == f"(ARGMAX (AND (JOIN {BUILT}_inv m.0yard) (JOIN {FUELLED}_inv m.0hydrogen)) boats.ship.length)"
    )
    assert (ending.reward, ending.details["exact_match"], ending.details["executable"]) == (1.0, True, True)


async def answer_after(environment: KnowledgeGraph, *calls: tuple[str, ...]) -> list[str]:
    """What the last variable of these calls holds, after #0 and #1."""
    async with episode(environment, question()) as session:
        await both(session)
        for call in calls:
            observation = await say(session, *call)
            assert observation.startswith("Observation: "), observation
        made = (
            2
            + sum(not call[0].startswith("get_") for call in calls)
            + sum(call[0] == "get_neighbors" for call in calls)
        )
        answer = (await finish(session, made - 1)).details["answer"]
        assert isinstance(answer, list)
        return answer


async def test_sets_counts_and_extremes(harbour: KnowledgeGraph) -> None:
    attributes = ("get_attributes", "#0")
    assert await answer_after(harbour, ("union", "#0", "#1")) == ["m.0a", "m.0b", "m.0c", "m.0d"]
    assert await answer_after(harbour, ("count", "#0")) == ["3"]
    assert await answer_after(harbour, ("union", "#0", "#1"), ("count", "#2")) == ["4"]
    assert await answer_after(harbour, attributes, ("argmin", "#0", "boats.ship.length")) == ["m.0a"]
    assert await answer_after(harbour, attributes, ("argmax", "#0", "boats.ship.launched")) == ["m.0c"]
    follow = (("get_relations", "#2"), ("get_neighbors", "#2", "boats.ship.home_harbour"))
    assert await answer_after(harbour, attributes, ("argmin", "#0", "boats.ship.launched"), *follow) == ["m.0h"]


FAILED = " cannot be executed. You may make a mistake and need to fix it."
SYNTAX = (
    "I may make a syntax error when calling count (e.g., unmatched parenthesis). I need to fix it and reuse the tool"
)
MISTAKES = [
    ("get_relations(Nobody)", f"get_relations(Nobody){FAILED}"),
    ("get_relations(#7)", f"get_relations(#7){FAILED}"),
    ("get_relations(Hydrogen, Velmar Yard)", f"get_relations(Hydrogen, Velmar Yard){FAILED}"),
    ("get_neighbors(#0, boats.ship.fuel)", f"get_neighbors(#0, boats.ship.fuel){FAILED}"),
    ("argmax(#0, boats.ship.length)", f"argmax(#0, boats.ship.length){FAILED}"),
    ("count(Hydrogen)", f"count(Hydrogen){FAILED}"),
    ("get_attributes(Hydrogen)", f"get_attributes(Hydrogen){FAILED}"),
    ("find_all(#0)", f"find_all(Hydrogen, {FUELLED}){FAILED}"),  # AgentBench says the arguments that it read last
    (
        "intersection(#0, Hydrogen)",
        (
            "intersection(#0, Hydrogen) cannot be executed. The two variables are not of the same type. "
            "You may further explore them by call get_relations"
        ),
    ),
    ("count(#0", SYNTAX),
    ("count()", SYNTAX),
    ("I count #0", "Function is not executed!"),
]


@pytest.mark.parametrize(("call", "observation"), MISTAKES)
async def test_a_mistake_is_an_observation_and_can_be_mended(
    harbour: KnowledgeGraph, call: str, observation: str
) -> None:
    async with episode(harbour, question()) as session:
        await both(session)
        assert await session.step(f"Thought: hm.\nAction: {call}") == Feedback(observation)
        assert await say(session, "count", "#0") == "Observation: variable #2, which is a number"


async def test_a_misspelt_tool_is_a_syntax_error_before_the_first_good_call(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        assert "syntax error when calling find_all " in await say(session, "find_all", "Hydrogen")
        assert (
            await session.step("I would rather think.")
        ).observation == "No executable function found! Need to recheck the action."


async def test_two_variables_of_different_types_do_not_meet(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        await both(session)
        await say(session, "get_relations", "#0")
        await say(session, "get_neighbors", "#0", "boats.ship.home_harbour")
        for tool, said in (
            ("intersection", "not of the same type"),
            ("union", "cannot be executed. You may make a mistake"),
        ):
            assert said in await say(session, tool, "#0", "#2")


async def test_what_one_session_was_shown_means_nothing_to_another(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as first, episode(harbour, question()) as second:
        await both(first)
        assert "cannot be executed" in await say(second, "get_neighbors", "Velmar Yard", BUILT)
        await say(second, "get_relations", "Velmar Yard")
        assert "variable #0" in await say(second, "get_neighbors", "Velmar Yard", BUILT)


async def test_what_is_not_in_the_vocabulary_is_not_shown(harbour: KnowledgeGraph, boat_settings: Settings) -> None:
    async with episode(harbour, question()) as session:
        await both(session)
        shown = await say(session, "get_relations", "#0")
        assert (
            shown
            == "Observation: [boats.ship.fuel, boats.ship.home_harbour, boats.ship.ship_builder, boats.ship.ship_class]"
        )
        assert "cannot be executed" in await say(session, "get_neighbors", "#0", "boats.ship.secret")
        await say(session, "count", "#0")
        assert await say(session, "get_relations", "#2") == "Observation: []"


async def test_an_observation_that_the_agent_makes_up_is_not_kept(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        said = "Action: get\\_relations(Velmar Yard)\nObservation: [made.up]\nFinal Answer: #0"
        kept = session.kept.of(said)
        assert kept == "Action: get_relations(Velmar Yard)\n"
        assert await session.step(kept) == await session.step(said)


async def test_the_first_call_that_can_be_carried_out_is_and_the_rest_is_not(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        reply = (
            "Action: count(#0) or get_relations(Hydrogen) or get_relations(Velmar Yard)\nAction: get_relations(Velmar"
            " Yard)"
        )
        assert "boats.fuel" in (await session.step(reply)).observation
        assert (
            "#0"
            in (
                await session.step(f"Action 2: get\\_neighbors(Hydrogen, {FUELLED})\nObservation: Final Answer: #0")
            ).observation
        )
        assert "which is a number" in await say(session, "count", "variable #0")
        assert "which is a number" in await say(session, "count", "#-1")  # as AgentBench takes it


NAMES = {
    "Strathmore (D.J. Murray) Airport": "m.0yard",
    "antwerp, belgium": "m.0hydrogen",
    '"Go, (now)", he said': "m.0a",
    "Riptide (Reprise)": "m.0b",
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_with_commas_and_parentheses_can_be_written(harbour: KnowledgeGraph, name: str) -> None:
    async with episode(harbour, question(entities=NAMES)) as session:
        for written in (name, f'"{name}"', name.upper()):
            shown = await say(session, "get_relations", written)
            assert shown.startswith("Observation: [")
            assert len(shown) > 20
            relation = shown[len("Observation: [") : -1].split(", ")[0]
            assert "which are instances of" in await say(session, "get_neighbors", written, relation)


@pytest.mark.parametrize("name", ["variable star", "Variable valve", "the variable star", "variable"])
async def test_an_entity_called_variable_can_be_named(harbour: KnowledgeGraph, name: str) -> None:
    for entities in ({name: "m.0yard"}, {name: "m.0yard", "star": "m.0hydrogen", "the star": "m.0hydrogen"}):
        async with episode(harbour, question(entities=entities)) as session:
            for written in (name, f'"{name}"', f" {name} ", *([f"variable {name}"] if len(entities) == 1 else [])):
                assert BUILT in await say(session, "get_relations", written)
            assert "variable #0," in await say(session, "get_neighbors", name, BUILT)
            assert "boats.ship.fuel" in await say(session, "get_relations", "variable #0")


async def test_an_unknown_variable_can_be_mended_but_costs_a_round(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        for _ in range(14):
            assert await finish(session, 3) == Feedback("Invalid variable id! Need to recheck the action.")
        ending = await finish(session, 3)
        assert (ending.status, ending.reward) == (Status.TASK_LIMIT, 0.0)
        assert ending.details["rounds"] == 15
        with pytest.raises(EnvironmentFault, match="has ended"):
            await finish(session, 0)


async def test_the_fifteenth_reply_may_answer(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question(["m.0a", "m.0b", "m.0c"])) as session:
        await both(session)
        for _ in range(10):
            await say(session, "get_relations", "Hydrogen")
        ending = await finish(session, 0)
    assert (ending.status, ending.reward, ending.details["rounds"]) == (Status.COMPLETED, 1.0, 15)


async def test_the_reward_is_f1(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question(["m.0a", "m.0z"])) as session:
        await both(session)
        ending = await finish(session, 0)
    assert ending.reward == pytest.approx(2 / 5)
    assert (ending.details["exact_match"], ending.details["executable"]) == (False, True)


async def test_a_program_that_doubles_at_every_call_is_refused_in_time(harbour: KnowledgeGraph) -> None:
    async with episode(harbour, question()) as session:
        await both(session)
        seen = [
            await say(session, "intersection" if number % 2 else "union", f"#{number}", f"#{number + 1}")
            for number in range(9)
        ]
        assert ["variable" in observation.split("executed")[0] for observation in seen] == [True] * 8 + [False]
        assert (await finish(session, 9)).details["executable"]


async def test_names_and_answers_that_only_the_graph_knows_are_asked_of_it(environment: KnowledgeGraph) -> None:
    from environments.knowledge_graph.synthetic.graph import own_graph

    graph = own_graph()
    film = next(node for node in graph.names if "film.film.directed_by" in graph.out(node))
    query = (
        f"PREFIX ns: <http://rdf.freebase.com/ns/> SELECT DISTINCT ?d WHERE {{ ns:{film} ns:film.film.directed_by ?d"
        " . }"
    )
    payload = {"question": "who?", "entities": {}, "unnamed": [film, "m.0nobody"], "sparql": query}
    async with episode(environment, Task("kg-sparql", "knowledge_graph", "test", "test", payload)) as session:
        assert session.opening[-1].content.endswith(f"\nEntities: [{graph.names[film]}, m.0nobody]")
        await say(session, "get_relations", graph.names[film])
        await say(session, "get_neighbors", graph.names[film], "film.film.directed_by")
        assert (await finish(session, 0)).reward == 1.0


async def test_a_question_with_an_s_expression_alone_is_judged_by_it(harbour: KnowledgeGraph) -> None:
    expression = f"(ARGMIN (AND boats.ship (JOIN (R {BUILT}) m.0yard)) boats.ship.length)"
    payload = {"question": "which?", "entities": BOAT_ENTITIES, "s_expression": expression}
    async with episode(harbour, Task("kg-expression", "knowledge_graph", "t", "t", payload)) as session:
        await both(session)
        await say(session, "get_attributes", "#0")
        await say(session, "argmin", "#0", "boats.ship.length")
        assert (await finish(session, 2)).reward == 1.0
    with pytest.raises(TaskFault, match="its s-expression is no program"):
        async with episode(harbour, Task("t", "knowledge_graph", "t", "t", {**payload, "s_expression": "(le a.b 3)"})):
            pass


async def test_a_task_that_cannot_be_judged_is_a_fault_of_the_task(harbour: KnowledgeGraph) -> None:
    with pytest.raises(TaskFault, match="has no gold answer"):
        async with episode(harbour, Task("t", "knowledge_graph", "s", "s", {"question": "?", "entities": {}})):
            pass
    with pytest.raises(TaskFault, match="is no knowledge graph task"):
        read_payload(Task("t", "knowledge_graph", "s", "s", {"question": 3}))
    with pytest.raises(TaskFault, match="its own query cannot be carried out"):
        async with episode(
            harbour, Task("t", "knowledge_graph", "s", "s", {"question": "?", "entities": {}, "sparql": "SELEKT ?x"})
        ):
            pass


CALLS = [
    "get_relations(",
    "get_neighbors(",
    "intersection(",
    "union(",
    "argmax(",
    "count(",
    "get_attributes(",
    ")",
    ", ",
    "Final Answer: #",
]
NOUNS = [
    "Velmar Yard",
    "Hydrogen",
    BUILT,
    FUELLED,
    "boats.ship.length",
    "common.topic",
    "boats.ship",
    "#0",
    "#1",
    "#-1",
    "m.0a",
    "m.é",
]
HOSTILE = [
    "\n",
    "<",
    ">",
    '"',
    "}",
    "m.0a> ?p ?o . <",
    "\ud800",
    "\0",
    "\\",
    "'",
    "`",
    "${x}",
    "?x",
    "DROP ALL",
    "∞",
    "9" * 30,
]
WORDS = st.sampled_from(["Action: ", *CALLS, *NOUNS, *HOSTILE])


@given(st.lists(st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=60), max_size=16))
async def test_any_replies_give_an_observation_or_an_ending(harbour: KnowledgeGraph, replies: list[str]) -> None:
    async with episode(harbour, question()) as session:
        for reply in replies:
            feedback = await session.step(reply)
            assert feedback.observation or feedback.final
            assert feedback.status in (None, Status.COMPLETED, Status.TASK_LIMIT)
            if feedback.final:
                assert 0.0 <= (feedback.reward or 0.0) <= 1.0
                return
