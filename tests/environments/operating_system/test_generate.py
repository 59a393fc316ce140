"""Procedural tasks: the same from the same seed, all different, and right where it counts, in a real sandbox."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from environments.contract import EnvironmentFault, Feedback, Status, Task, UserError
from environments.message import Message
from environments.operating_system.environment import OperatingSystem
from environments.operating_system.generate import families, generate
from environments.operating_system.grammar import MAX_ROUNDS
from environments.operating_system.judge import ScriptResult, judge
from environments.operating_system.payload import Payload, Script, payload_of
from environments.operating_system.reference import reference_of, reply
from environments.operating_system.settings import Settings
from environments.sandbox import docker_sandbox
from tests.environments.episodes import Player, play

ROOT = Path(__file__).resolve().parents[3]


def encoded(tasks: list[Task]) -> bytes:
    return msgspec.json.encode(tasks)


def test_there_are_many_families_of_both_kinds() -> None:
    kinds = Counter(
        "answer" if reference_of(task).answer else "finish" for task in generate(len(families()), 1, "train")
    )
    assert len(families()) >= 24
    assert min(kinds["answer"], kinds["finish"]) >= 10


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys, msgspec\nfrom environments.operating_system.generate import generate\n"
        "sys.stdout.buffer.write(msgspec.json.encode(list(generate(130, 7, 'train'))))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
        env={"PYTHONHASHSEED": "1"},
    )
    assert other.stdout == encoded(list(generate(130, 7, "train")))


def test_a_task_depends_on_nothing_but_seed_family_and_number() -> None:
    alone = list(generate(3, 5, "train", ["csv-sum"]))
    among = [task for task in generate(3 * len(families()), 5, "train") if task.family == "csv-sum"]
    assert encoded(alone) == encoded(among)
    assert encoded(list(generate(10, 5, "train"))) == encoded(list(generate(400, 5, "train"))[:10])


def test_seeds_differ() -> None:
    ours, others = ({task.payload["description"] for task in generate(200, seed, "train")} for seed in (1, 2))
    assert len(ours & others) <= 2


def test_tasks_are_distinct_and_their_ids_too() -> None:
    tasks = list(generate(500, 3, "train"))
    assert len({task.payload["description"] for task in tasks}) >= 495
    assert len({task.id for task in tasks}) == 500
    assert Counter(task.family for task in tasks).most_common()[-1][1] >= 500 // len(families())


@pytest.mark.parametrize("family", families())
def test_a_family_has_several_wordings_and_several_ways_to_think(family: str) -> None:
    tasks = list(generate(40, 11, "train", [family]))
    assert len({_skeleton(task.payload["description"])[:12] for task in tasks}) >= 2
    assert len({reference_of(task).steps[-1].thought for task in tasks}) >= 2
    assert len({reference_of(task).thought for task in tasks}) >= 3


def _skeleton(text: str) -> str:
    return "".join(character for character in text if character.isalpha() or character == " ")


@pytest.mark.parametrize("family", families())
def test_a_task_is_playable_as_it_is_written(family: str) -> None:
    for task in generate(40, 13, "train", [family]):
        payload, reference = payload_of(task), reference_of(task)
        assert len(reference.steps) <= 4 < MAX_ROUNDS
        assert "«" not in payload.description
        assert len(msgspec.json.encode(task)) < 32_000
        assert (payload.match is None) != (not payload.checks)
        if payload.match is not None:
            assert payload.match.answer or payload.match.regex
            assert payload.match.answer not in ("0", "1", "-1")
            assert reference.answer == "«answer»", "an answer is read from what the machine printed"


@pytest.mark.parametrize("family", families())
def test_no_scene_writes_a_path_twice_or_as_file_and_directory(family: str) -> None:
    for split in ("train", "test"):
        assert len(list(generate(150, 19, split, [family]))) == 150  # a scene that contradicts itself raises


def test_a_made_up_group_is_none_that_debian_has() -> None:
    debian = {
        "adm",
        "audio",
        "backup",
        "disk",
        "games",
        "list",
        "mail",
        "man",
        "news",
        "operator",
        "proxy",
        "shadow",
        "staff",
        "tape",
        "users",
    }
    for task in generate(400, 23, "train", ["group-members"]):
        names = {name for script in payload_of(task).init for name in re.findall(r"'(\w+):x:", script.code)}
        assert names
        assert not names & debian


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown family 'csv-sun' .*did you mean 'csv-sum'"):
        generate(1, 1, "train", ["csv-sun"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def environment() -> AsyncIterator[OperatingSystem]:
    if reason := docker_sandbox.engine_answers():
        pytest.skip(f"no Docker engine here: {reason}")
    made = OperatingSystem(Settings.model_validate({"backend": "docker", "warm": 4}))
    await made.start()
    yield made
    await made.stop()


def idle(task: Task, messages: Sequence[Message]) -> str:
    return "Think: Nothing to do.\n\nAct: finish"


def wrong_answers(payload: Payload) -> set[str | None]:
    """None at all, a guess, one off, and a list with one missing or too many."""
    match = payload.match
    assert match is not None
    if match.answer is None:
        return {None, "", "wrong", "1"}
    near = (
        {str(int(match.answer) + off) for off in (-1, 1)}
        if match.answer.isdigit()
        else {match.answer + "x", match.answer[1:]}
    )
    return {None, "", "wrong", "1", *near}


async def no_sandbox(script: Script, parameters: Sequence[str]) -> ScriptResult:
    raise AssertionError("an answer is judged without the sandbox")


@pytest.mark.parametrize("family", families())
def test_wrong_answers_earn_nothing(family: str) -> None:
    payloads = [payload_of(task) for split in ("train", "test") for task in generate(5, 29, split, [family])]
    for payload in payloads:
        for answer in wrong_answers(payload) if payload.match else ():
            assert asyncio.run(judge(payload, answer, no_sandbox)).reward == 0.0, (payload.description, answer)


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_reference_earns_every_task_and_who_does_nothing_none(environment: OperatingSystem) -> None:
    tasks = [task for split in ("train", "test") for task in generate(len(families()), 17, split)]
    room = asyncio.Semaphore(4)

    async def tried(task: Task, player: Player) -> Feedback:
        try:
            return await play(environment, task, player)
        except EnvironmentFault:  # a machine that stood still while it was judged: as the loop does, once more
            return await play(environment, task, player)

    async def mistaken(task: Task, player: Player, reward: float) -> str:
        async with room:
            feedback = await tried(task, player)
        right = (
            feedback.status is Status.COMPLETED and feedback.reward == reward and "init_errors" not in feedback.details
        )
        return "" if right else f"{task.id} should earn {reward}: {feedback}"

    games = [mistaken(task, reply, 1.0) for task in tasks]
    games += [mistaken(task, idle, 0.0) for task in tasks[: len(families())] if payload_of(task).match is None]
    assert [mistake for mistake in await asyncio.gather(*games) if mistake] == []
