"""What a reply means and what the agent reads: the OS environment's side of the conversation.

The grammar is AgentBench's, so that models trained on AgentInstruct speak it (SPEC 2.5;
`OLD:src/tasks/os_interaction/task.py`): `Think: …`, then `Act: bash` with a fenced block, `Act: finish`, or `Act:
answer(X)`. The words around it are in `prompts/`, our own; who has the original texts points `prompts` at a folder with
the same two files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, cast

from environments.contract import UserError
from environments.message import Message, Role
from environments.operating_system.payload import Payload
from environments.own_opening import read_own_opening

MAX_ROUNDS = 8
LIMIT_CHARACTERS = 800
KEPT_CHARACTERS = 780
TRUNCATED = "\n[truncated because the output is too long]"
OUTPUT = "The output of the OS:\n\n"
EMPTY = "The output of the OS is empty."
PROMPTS = Path(__file__).parent / "prompts"

_ACT = re.compile(r"Act:\s*(.+)")
_TURN = re.compile(r"^=== (user|assistant) ===\n", re.MULTILINE)
_BLOCK = "```bash\n"
_BLOCK_END = "\n```"


class Action(NamedTuple):
    """What a reply asks for; `text` is the shell input of `bash`, X of `answer(X)`, and what the agent reads about a
    `mistake`, which does not end the episode.
    """

    kind: Literal["bash", "finish", "answer", "unusable", "mistake"]
    text: str = ""


def parse(reply: str) -> Action:
    """The last usable `Act:` of `reply`; every string has a meaning, if only `unusable`.

    As AgentBench's `extract_action`: `bash` runs all blocks of the reply joined by a blank line (none: an empty input),
    and `answer` takes what stands between the line's first `(` and its last `)`.
    """
    for act in reversed(_ACT.findall(reply)):
        verb = act[:6].lower()
        if verb.startswith("bash"):
            return Action("bash", "\n\n".join(_blocks(reply)))
        if verb.startswith("finish"):
            return Action("finish")
        if verb.startswith("answer"):
            opening, closing = act.find("(", 6), act.rfind(")", 6)
            if opening >= 0 and closing >= 0:
                return Action("answer", act[opening + 1 : closing])
    return Action("unusable")


def _blocks(reply: str) -> Iterator[str]:
    """The bodies of the closed bash blocks. Searched by hand: the lazy regex is quadratic in unclosed blocks."""
    opening = reply.find(_BLOCK)
    while opening >= 0:
        body = opening + len(_BLOCK)
        end = reply.find(_BLOCK_END, body)
        if end < 0:
            return
        yield reply[body:end]
        opening = reply.find(_BLOCK, end + len(_BLOCK_END))


def observation(output: str) -> str:
    """The user turn that shows `output` (text without escape sequences and prompt), cut as AgentBench cuts it."""
    text = output.rstrip()
    if not text:
        return EMPTY
    if len(text) > LIMIT_CHARACTERS:
        text = text[:KEPT_CHARACTERS] + TRUNCATED
    return OUTPUT + text


def opening(payload: Payload, prompts: Path | None = None) -> list[Message]:
    """Instruction and demonstration (its assistant turns with `loss=False`), then the task.

    `prompts` is a folder with `instruction.txt` and `demonstration.txt`, or an `opening.json` for both.
    Raises `UserError` when they are missing or malformed.
    """
    task = f"Now, I will start a new problem in a new OS. My problem is:\n\n{payload.description}"
    return [*_prefix(prompts or PROMPTS), Message("user", task)]


@cache
def _prefix(folder: Path) -> tuple[Message, ...]:
    own = read_own_opening(folder)
    if own is not None:
        return tuple(own)
    instruction = _read(folder / "instruction.txt").strip()
    path = folder / "demonstration.txt"
    before, *turns = _TURN.split(_read(path))
    roles, contents = turns[::2], [content.strip() for content in turns[1::2]]
    if before.strip() or not roles or len(roles) % 2 or roles != ["user", "assistant"] * (len(roles) // 2):
        raise UserError(
            f"{path}: turns must alternate, each under a line '=== user ===' or '=== assistant ===', from user to"
            " assistant"
        )
    contents[0] = f"{instruction}\n\nNow, my problem is:\n\n{contents[0]}"
    return tuple(
        Message(cast(Role, role), content, loss=False if role == "assistant" else None)
        for role, content in zip(roles, contents, strict=True)
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot read this prompt ({error}); a prompt folder holds instruction.txt and demonstration.txt"
        ) from error
