"""The rounds of an episode: opening, endings, limits, and what the reference player says."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.contract import Status, TaskFault, UserError
from environments.database.environment import Database, create
from environments.database.generate import generate
from environments.database.grammar import render_operation
from environments.database.reference import read_values, reply
from environments.database.settings import Settings
from environments.message import Message
from tests.environments.database.players import finish, run, small_task
from tests.environments.episodes import episode

pytestmark = pytest.mark.asyncio(loop_scope="session")

INSERTED = {"kinds": ["INSERT"], "answers": [], "statements": ["INSERT INTO t VALUES ('3', 'three')"]}


async def test_the_opening_is_instruction_acknowledgement_and_task(environment: Database) -> None:
    async with episode(environment, small_task(add_description="The headers are n,word.")) as session:
        instruction, ok, task = session.opening
    assert "Action: Operation\n```sql\n" in instruction.content
    assert "Final Answer: [" in instruction.content
    assert ok == Message("assistant", "Ok.", loss=False)
    assert task == Message("user", "What is it?\nThe headers are n,word.")


async def test_an_instruction_of_the_users_own_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "instruction.md").write_text("The original text.\n")
    create(Settings(prompts=str(tmp_path)))
    with pytest.raises(UserError, match=r"cannot read '.*instruction\.md'"):
        create(Settings(prompts=str(tmp_path / "nowhere")))


async def test_an_operation_without_a_block_ends_the_episode(environment: Database) -> None:
    async with episode(environment, small_task()) as session:
        ending = await session.step("Action: Operation\nSELECT 1")
    assert (ending.status, ending.reward) == (Status.VALIDATION_FAILED, 0.0)


async def test_a_modification_counts_after_a_format_failure(environment: Database) -> None:
    async with episode(environment, small_task(**INSERTED)) as session:
        await run(session, "INSERT INTO t VALUES ('3', 'three')")
        ending = await session.step("Action: Operation\n```sql\nSELECT 1")
    assert (ending.status, ending.reward) == (Status.VALIDATION_FAILED, 1.0)


async def test_a_modification_counts_of_an_agent_that_can_say_no_more(environment: Database) -> None:
    for done, reward in ((True, 1.0), (False, 0.0)):
        async with episode(environment, small_task(**INSERTED)) as session:
            await run(session, "INSERT INTO t VALUES ('3', 'three')" if done else "SELECT 1")
            ending = await session.end(Status.CONTEXT_LIMIT)
        assert (ending.status, ending.reward) == (Status.CONTEXT_LIMIT, reward)
        assert ending.details["found"] == ("the right tables" if done else "other tables")


async def test_an_answer_without_an_action_line_counts(environment: Database) -> None:
    async with episode(environment, small_task()) as session:
        ending = await session.step('It is\nFinal Answer: ["42.0"]')
    assert (ending.status, ending.reward) == (Status.COMPLETED, 1.0)


async def test_fifteen_operations_and_one_answer(environment: Database) -> None:
    async with episode(environment, small_task()) as session:
        for _ in range(15):
            assert await run(session, "SELECT word FROM t WHERE n = 1") == "[('one',)]"
        ending = await finish(session, ["42"])
    assert (ending.status, ending.reward, ending.details["rounds"]) == (Status.COMPLETED, 1.0, 15)
    assert ending.details["expected"] == ["42"]


async def test_a_sixteenth_operation_is_the_limit_unless_it_also_answers(environment: Database) -> None:
    for tail, status, reward in (("", Status.TASK_LIMIT, 0.0), ('\nFinal Answer: ["42"]', Status.COMPLETED, 1.0)):
        async with episode(environment, small_task()) as session:
            for _ in range(15):
                await run(session, "SELECT 1")
            ending = await session.step(render_operation("SELECT 1") + tail)
        assert (ending.status, ending.reward) == (status, reward)


async def test_two_attempts_see_the_same_texts(environment: Database) -> None:
    seen = []
    for _ in range(2):
        async with episode(environment, small_task()) as session:
            for sql in (
                "SELECT * FROM missing",
                "SELECT DATABASE(), CURRENT_USER()",
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
            ):
                seen.append(await run(session, sql))
            shown = seen[-2].split("'")[1]
            assert await run(session, f"SELECT n FROM {shown}.t LIMIT 1") == "[('1',)]"
    assert seen[:3] == seen[3:]
    assert seen[0].startswith("1146 (42S02): Table 'db_")
    assert not any("at_" in text for text in seen)


async def test_text_keeps_case_insensitive_comparison_and_any_character(environment: Database) -> None:
    rows = [["1", "Été 😀"], ["2", "back\\slash 'quoted'\n"], ["3", None]]
    async with episode(environment, small_task(rows)) as session:
        assert await run(session, "SELECT n FROM t WHERE word = 'ete 😀'") == "[('1',)]"
        assert await run(session, "SELECT word FROM t ORDER BY n") == str([(row[1],) for row in rows])


async def test_a_task_that_does_not_load_is_the_tasks_fault(environment: Database) -> None:
    before = environment.gauges()["open_sessions"]
    table = {"name": "t", "columns": ["a", "A"], "rows": []}
    with pytest.raises(TaskFault, match="does not load: 1060"):
        await environment.lease(small_task(tables=[table]), "bad")
    with pytest.raises(TaskFault, match="neither answer_md5 nor reference SQL"):
        await environment.lease(small_task(kinds=["UPDATE"]), "bad")
    with pytest.raises(TaskFault, match="reference SQL that fails"):
        await environment.lease(small_task(kinds=["UPDATE"], statements=["UPDATE nowhere SET a = 1"]), "bad")
    with pytest.raises(TaskFault, match="no database task"):
        await environment.lease(small_task(surprise=1), "bad")
    assert environment.gauges()["open_sessions"] == before


async def test_settings_refuse_a_password() -> None:
    with pytest.raises(ValueError, match="a password does not belong in a config") as caught:
        Settings(dsn="mysql://root:secret@localhost")
    assert "hunter2" not in str(caught.value)


def _conversation(observations: list[str]) -> list[Message]:
    messages = [Message("user", "i"), Message("assistant", "Ok.", loss=False), Message("user", "t")]
    for observation in observations:
        messages += [Message("assistant", "x", loss=True), Message("user", observation)]
    return messages


async def test_the_reference_reads_its_answer_from_the_observation() -> None:
    (task,) = generate(1, 1, "train", ["rank_first"])
    seen = ["[]"] * (len(task.reference["statements"]) - 1)  # type: ignore[index]
    final = reply(task, _conversation([*seen, "[('Old \"Tarn\"',)]"]))
    assert final.endswith('Final Answer: ["Old \\"Tarn\\""]')
    assert 'Final Answer: ["Old' not in reply(task, _conversation(seen))


async def test_values_are_read_from_what_a_server_prints() -> None:
    assert read_values("[(Decimal('3.50'), 'a'), (None, 2.5)]") == ["3.50", "a", "None", "2.5"]
    assert read_values("1146 (42S02): Table 'a' doesn't exist") == []
    assert read_values("[('" + "x" * 800 + "[TRUNCATED]") == []
