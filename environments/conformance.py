"""What every environment must do, as checks that the tests of any package can call.

    from environments.conformance import check

    def test_it_is_an_environment() -> None:
        check("my_package.my_environment", generate=20)

Each check plays real episodes in the real environment, which starts and ends here. They raise `AssertionError` with the
task and what was found.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from pydantic import BaseModel

from environments.contract import Environment, Feedback, Said, Session, Status, Task
from environments.message import Message, ToolCall
from environments.registry import RegisteredEnvironment, registered

MOST_TURNS = 100
HOSTILE = (
    "",
    " \n\t",
    "\0",
    "\ud800",
    "\x1b[2J\u202e\u2028\ufeff",
    "a" * 100_000,
    "(" * 5_000,
    "```bash\n```\n" * 500,
    '{"action": null}',
    "Action: Answer: Final Answer: Act: 1e999 -0 NaN",
)


HOSTILE_CALLS = tuple(
    ToolCall("call", name, arguments)
    for name, arguments in (("", ""), ("rm -rf", "{}"), ("\0", "[]"), ("a" * 1000, "{" * 5000), ("x", '"\ud800"'))
)


class Play(NamedTuple):
    """One episode: every observation, and how it ended; None where it did not end."""

    observations: list[str]
    last: Feedback | None

    @property
    def earned(self) -> float:
        return (self.last.reward or 0.0) if self.last is not None else 0.0


Player = Callable[[Task, Sequence[Message], bool], Message]  # the task, the conversation, whether tools are offered


def check(
    name: str,
    *,
    generate: int = 0,
    file: str = "",
    settings: Mapping[str, Any] | None = None,
    reference: float = 1.0,
    wrong: Sequence[str] = ("", "I do not know."),
    splits: bool = True,
) -> None:
    """All checks of the environment `name`, on tasks that it generates or reads.

    The reference's plays earn at least `reference`, the same twice; replies of one of `wrong` alone earn nothing; no
    reply raises; an environment with a `dialect` does the same by tools; generated tasks of `train` are not those of
    another split (unless `splits` is false); afterwards nothing is left that a sweep would find.
    """
    home = registered(name)
    known = home.settings_type.model_validate(dict(settings or {}))
    tasks = tasks_of(home, generate, file, "train")
    assert tasks, f"{name}: no tasks"
    if generate and splits:
        _splits_are_disjoint(tasks, tasks_of(home, generate, file, "test"))
    asyncio.run(_plays(home, tasks, known, reference, wrong))
    if "dialect" in home.settings_type.model_fields:
        by_tools = home.settings_type.model_validate({**(settings or {}), "dialect": "tools"})
        asyncio.run(_speaks_tools(home, tasks, by_tools, reference))


def tasks_of(
    home: RegisteredEnvironment, generate: int, file: str, split: str, families: Sequence[str] = ()
) -> list[Task]:
    """So many tasks that it generates, else those that it reads from `file`."""
    return list(home.generate(generate, 7, split, families) if generate else home.load(file, split))


def _splits_are_disjoint(train: Sequence[Task], test: Sequence[Task]) -> None:
    both = {task.id for task in train} & {task.id for task in test}
    assert not both, f"tasks of train and of test have one id: {sorted(both)[:3]}"
    same = [task.id for task in test if any(task.payload == other.payload for other in train)]
    assert not same, f"tasks of test are tasks of train: {same[:3]}"


async def _plays(
    home: RegisteredEnvironment, tasks: Sequence[Task], settings: BaseModel, reference: float, wrong: Sequence[str]
) -> None:
    async with started(home, settings) as environment:
        for task in tasks:
            opening = home.opening(task, settings)
            assert opening, f"{task.id}: an empty opening"
            assert opening[-1].role == "user", f"{task.id}: the opening does not end with the task"
            await _reference_earns(home, environment, task, reference)
        for text in wrong:
            play = await played(environment, tasks[0], _always(Message("assistant", text, loss=True)))
            assert play.earned == 0, f"{tasks[0].id}: {text!r} alone earns {play.earned:g}"
        for said in HOSTILE:
            async with opened(environment, tasks[0]) as session:
                await session.step(said)
        async with opened(environment, tasks[0]) as session:
            last = await session.end(Status.CONTEXT_LIMIT)
            assert last.status is not None, f"{tasks[0].id}: the end of an agent that says no more is no ending"
    assert not await home.environment(settings).sweep(), f"{home.name} left something behind"


async def _speaks_tools(
    home: RegisteredEnvironment, tasks: Sequence[Task], settings: BaseModel, reference: float
) -> None:
    """The reference earns the same by tools; calls that are none, and text, are answered."""
    async with started(home, settings) as environment:
        for task in tasks:
            await _reference_earns(home, environment, task, reference)
        hostile: Sequence[Said] = (*HOSTILE_CALLS, *HOSTILE)
        for said in hostile:
            async with opened(environment, tasks[0]) as session:
                assert session.tools, f"{home.name} offers no tools where its settings say dialect=tools"
                await session.step(said)
        for tool in session.tools:
            async with opened(environment, tasks[0]) as session:
                feedback = await session.step(ToolCall("call", tool.name, '{"none": 1}'))
                assert not feedback.reward, f"{tasks[0].id}: {tool.name} without its arguments earns something"


async def _reference_earns(home: RegisteredEnvironment, environment: Environment, task: Task, reference: float) -> None:
    def said(task: Task, messages: Sequence[Message], tools: bool) -> Message:
        if tools:
            return home.reference_call(task, messages)
        return Message("assistant", home.reference_reply(task, messages), loss=True)

    first, second = [await played(environment, task, said) for _ in range(2)]
    assert first.last is not None, f"{task.id}: the reference does not end"
    assert first.earned >= reference, f"{task.id}: the reference earns {first.earned:g}: {first.last}"
    assert first == second, f"{task.id}: two plays of the reference differ: {first} {second}"


def _always(message: Message) -> Player:
    return lambda task, messages, tools: message


async def played(environment: Environment, task: Task, player: Player) -> Play:
    """An episode in which `player` says what comes next, until it ends or `MOST_TURNS` are used."""
    observations: list[str] = []
    async with opened(environment, task) as session:
        messages = list(session.opening)
        for _ in range(MOST_TURNS):
            reply = player(task, messages, bool(session.tools))
            messages.append(reply)
            for call in reply.tool_calls or (None,):
                feedback = await session.step(reply.content if call is None else call)
                if feedback.final:
                    return Play(observations, feedback)
                observations.append(feedback.observation)
                messages.append(
                    Message("user", feedback.observation)
                    if call is None
                    else Message("tool", feedback.observation, tool_call_id=call.id)
                )
    return Play(observations, None)


@asynccontextmanager
async def started(home: RegisteredEnvironment, settings: BaseModel) -> AsyncIterator[Environment]:
    """The environment, started and in the end stopped."""
    environment = home.environment(settings)
    await environment.start()
    try:
        yield environment
    finally:
        await environment.stop()


@asynccontextmanager
async def opened(environment: Environment, task: Task) -> AsyncIterator[Session]:
    """A session of `task`, given back at the end."""
    lease = await environment.lease(task, f"conformance-{secrets.token_hex(4)}")
    try:
        session = await environment.connect(lease, task)
        try:
            yield session
        finally:
            await session.close()
    finally:
        await environment.release(lease)
