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

from environments.contract import Environment, Feedback, Session, Status, Task
from environments.message import Message
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


class Play(NamedTuple):
    """One episode: every observation, and how it ended; None where it did not end."""

    observations: list[str]
    last: Feedback | None

    @property
    def earned(self) -> float:
        return (self.last.reward or 0.0) if self.last is not None else 0.0


Player = Callable[[Task, Sequence[Message]], str]


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
    reply raises; generated tasks of `train` are not those of another split (unless `splits` is false); afterwards
    nothing is left that a sweep would find.
    """
    home = registered(name)
    known = home.settings_type.model_validate(dict(settings or {}))
    tasks = _tasks(home, generate, file, "train")
    assert tasks, f"{name}: no tasks"
    if generate and splits:
        _splits_are_disjoint(tasks, _tasks(home, generate, file, "test"))
    asyncio.run(_plays(home, home.environment(known), known, tasks, reference, wrong))


def _tasks(home: RegisteredEnvironment, generate: int, file: str, split: str) -> list[Task]:
    return list(home.generate(generate, 7, split) if generate else home.load(file, split))


def _splits_are_disjoint(train: Sequence[Task], test: Sequence[Task]) -> None:
    both = {task.id for task in train} & {task.id for task in test}
    assert not both, f"tasks of train and of test have one id: {sorted(both)[:3]}"
    same = [task.id for task in test if any(task.payload == other.payload for other in train)]
    assert not same, f"tasks of test are tasks of train: {same[:3]}"


async def _plays(
    home: RegisteredEnvironment,
    environment: Environment,
    settings: Any,
    tasks: Sequence[Task],
    reference: float,
    wrong: Sequence[str],
) -> None:
    await environment.start()
    try:
        for task in tasks:
            opening = home.opening(task, settings)
            assert opening, f"{task.id}: an empty opening"
            assert opening[-1].role == "user", f"{task.id}: the opening does not end with the task"
            first, second = [await played(environment, task, home.reference_reply) for _ in range(2)]
            assert first.last is not None, f"{task.id}: the reference does not end"
            assert first.earned >= reference, f"{task.id}: the reference earns {first.earned:g}: {first.last}"
            assert first == second, f"{task.id}: two plays of the reference differ: {first} {second}"
        for text in wrong:
            play = await played(environment, tasks[0], lambda task, messages, text=text: text)
            assert play.earned == 0, f"{tasks[0].id}: {text!r} alone earns {play.earned:g}"
        for text in HOSTILE:
            async with opened(environment, tasks[0]) as session:
                await session.step(text)
        async with opened(environment, tasks[0]) as session:
            last = await session.end(Status.CONTEXT_LIMIT)
            assert last.status is not None, f"{tasks[0].id}: the end of an agent that says no more is no ending"
    finally:
        await environment.stop()
    assert not await home.environment(settings).sweep(), f"{home.name} left something behind"


async def played(environment: Environment, task: Task, player: Player) -> Play:
    """An episode in which `player` says what comes next, until it ends or `MOST_TURNS` are used."""
    observations: list[str] = []
    async with opened(environment, task) as session:
        messages = list(session.opening)
        for _ in range(MOST_TURNS):
            reply = player(task, messages)
            feedback = await session.step(reply)
            if feedback.final:
                return Play(observations, feedback)
            observations.append(feedback.observation)
            messages += [Message("assistant", reply, loss=True), Message("user", feedback.observation)]
    return Play(observations, None)


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
