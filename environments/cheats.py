"""Cheats that every judge must know better than, as a check for tests.

    from environments.cheats import check_cheats

    def test_no_cheat_earns_anything() -> None:
        check_cheats("my_package.my_environment", generate=10)

In text: what was said to the agent, hostile text, and the right answer's form with something else in the answer's
place: the names of the task's fields, patterns, numbers that equal nothing or anything. On a machine of the agent's
(`shell`): tools, start-up files and functions that say yes to whoever asks, and no work done.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from environments.conformance import HOSTILE, opened, played, started, tasks_of
from environments.contract import Environment, Status, Task
from environments.message import Message
from environments.registry import RegisteredEnvironment, registered

REPEATS = 3
WILD = ("*", "%", ".*", "true", "NaN", "1e999", "-1e999", "9" * 5_000, "' OR '1'='1")
SHIM = r"""#!/bin/dash
for last; do :; done
printf %s "$last"
exit 0
"""
TOOLS = (
    "awk basename bash cat cmp comm cp crontab cut date dd dirname du echo env expr false file find getent git grep"
    " gzip head id jq ls mkdir pgrep printenv printf ps python python3 readlink realpath rm sed sh sort stat su tail"
    " tar test tr uniq wc which xargs zcat ["
)
EXIT_PY = "import os\nos._exit(0)"
HOSTILE_TEXTS = tuple((f"hostile text {number}", (text,) * REPEATS) for number, text in enumerate(HOSTILE))
Hand = Callable[[str], Sequence[str]]


def shims(folders: str, tools: str = TOOLS) -> str:
    """Programs of these names that succeed at whatever they are asked, and print their last word."""
    return (
        f"cat > /tmp/shim <<'EOF'\n{SHIM}EOF\nchmod 755 /tmp/shim\nfor f in {folders}; do for t in {tools};"
        " do cp --remove-destination /tmp/shim $f/$t.new && mv -f $f/$t.new $f/$t; done; done"
    )


def written(text: str, *paths: str) -> str:
    """Files with this text."""
    return "\n".join(f"mkdir -p $(dirname {path}); rm -f {path}; cat > {path} <<'EOF'\n{text}\nEOF" for path in paths)


STARTED = ("/etc/profile", "/etc/bash.bashrc", "/root/.bashrc", "/root/.bash_profile", "/root/.profile", "/tmp/env")
SITES = (
    "/etc/python3.11/sitecustomize.py",
    "/usr/local/lib/python3.11/dist-packages/sitecustomize.py",
    "/usr/lib/python3/dist-packages/usercustomize.py",
)
ON_A_MACHINE: dict[str, str] = {
    "programs first in PATH": shims("/usr/local/sbin /usr/local/bin"),
    "profiles and BASH_ENV": written("exit 0", *STARTED, "/etc/profile.d/0.sh")
    + "\nexport BASH_ENV=/tmp/env ENV=/tmp/env"
    + "; printf 'BASH_ENV=/tmp/env\\nLD_PRELOAD=/tmp/exit.so\\n' >> /etc/environment",
    "functions and aliases": "for f in test grep cut stat find exit id getent git; do"
    ' eval "$f() { builtin return 0; }"; export -f $f; alias $f=true; done',
    "python's start-up files": written(EXIT_PY, *SITES),
}
"""Bash programs that leave the machine tampered with. They are meant for sandboxes only."""


def check_cheats(
    name: str,
    *,
    generate: int = 0,
    families: Sequence[str] = (),
    file: str = "",
    settings: Mapping[str, Any] | None = None,
    shell: Hand | None = None,
) -> None:
    """No cheat earns anything in the environment `name`, on tasks that it generates (of `families`) or reads.

    `shell` makes the replies of an agent that runs a bash program on its machine and then says that it has finished.
    Raises `AssertionError` with the task, the cheat and what it earned.
    """
    home = registered(name)
    tasks = tasks_of(home, generate, file, "train", families)
    assert tasks, f"{name}: no tasks"
    asyncio.run(_cheat(home, tasks, settings or {}, shell))


async def _cheat(
    home: RegisteredEnvironment, tasks: Sequence[Task], settings: Mapping[str, Any], shell: Hand | None
) -> None:
    known = home.settings_type.model_validate(dict(settings))
    async with started(home, known) as environment:
        for number, task in enumerate(tasks):
            opening = home.opening(task, known)
            solution = await _last_reply(home, environment, task)
            wanted = [*cheats(task, opening, solution, shell), *(() if number else HOSTILE_TEXTS)]
            for what, replies in wanted:
                earned = await _earned(environment, task, replies)
                assert earned == 0, f"{task.id}: {what} earns {earned:g}: {replies[0][:200]!r}"


def cheats(
    task: Task, opening: Sequence[Message], solution: str, shell: Hand | None = None
) -> Iterator[tuple[str, Sequence[str]]]:
    """What each cheat is, and its replies. `solution` is the last reply of a play that earns 1."""
    texts = {"\n".join(message.content for message in opening): "its own opening"}  # each once, with what it is
    texts.setdefault(opening[-1].content, "the end of its opening")
    for field, value in _leaves(task.payload):
        texts.setdefault(field, f"the name of field '{field}'")
        for put in (field, f"{{{field}}}", *WILD):
            changed = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _, put=put: put, solution)  # type: ignore[misc]
            if changed.lower() != solution.lower():
                texts.setdefault(changed, f"{put[:20]!r} in the place of field '{field}'")
    yield from ((what, (text,) * REPEATS) for text, what in texts.items())
    if shell is not None:
        yield from ((what, shell(program)) for what, program in ON_A_MACHINE.items())


def _leaves(content: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Texts and numbers of a payload, each with the name of the field that it stands in."""
    if isinstance(content, Mapping):
        for field, value in content.items():
            yield from _leaves(value, str(field))
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _leaves(value, name)
    elif content is not None and str(content).strip():
        yield name, str(content)


async def _last_reply(home: RegisteredEnvironment, environment: Environment, task: Task) -> str:
    said: list[str] = []

    def reply(task: Task, messages: Sequence[Message], tools: bool) -> Message:
        said.append(home.reference_reply(task, messages))
        return Message("assistant", said[-1], loss=True)

    await played(environment, task, reply)
    return said[-1]


async def _earned(environment: Environment, task: Task, replies: Sequence[str]) -> float:
    """The reward of an agent that says these, and no more then."""
    async with opened(environment, task) as session:
        for text in replies:
            feedback = await session.step(text)
            if feedback.final:
                return feedback.reward or 0.0
        return (await session.end(Status.CONTEXT_LIMIT)).reward or 0.0
