"""AgentInstruct's record (SPEC 1.5; Hugging Face `THUDM/AgentInstruct`): what the paper's data looks like, exactly.

    {"conversations": [{"from": "human" | "gpt", "loss": null | false | true, "value": "…"}, …], "id": "os_42"}

A conversation starts with human, alternates and ends with gpt; there is no system message. `loss` is null for human
turns, false for gpt turns that were not generated for this record (canned acknowledgement, demonstration), true for the
agent's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from actors.program.user_error import UserError
from actors.records.record_files import Row
from actors.records.trajectory import Trajectory
from environments.description import Description
from environments.message import Message, Role
from environments.registry import all_registered, is_known, registered

# Splits whose environments are not among this project's: their least reward worth keeping (AgentTuning 2.2), title.
ELSEWHERE = {"mind2web": (2 / 3, "Mind2Web")}

_ID = re.compile(r"(?P<split>[A-Za-z]\w*?)_(?P<number>\d+)")

# The turn with which the real task begins, where the split has a demonstration before it (SPEC 1.5.1, "task turn").
_TASK_TURN = {"os": "Now, I will start a new problem in a new OS.", "kg": "A new question:"}
_ACKNOWLEDGED = ("db", "webshop", "alfworld")  # instruction, canned reply, task: no demonstration

# Who speaks, as AgentInstruct, ShareGPT and OpenAI call them.
ROLES: dict[str, Role] = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "agent": "assistant",
    "system": "system",
}


class Said(msgspec.Struct, frozen=True):
    """One turn of a record."""

    speaker: str = msgspec.field(name="from")
    loss: bool | None
    value: str


class Record(msgspec.Struct, frozen=True):
    """One row of the data set."""

    conversations: list[Said]
    id: str


def known_environments() -> list[str]:
    """Every environment that records can be of, as far as this project and the installed packages know."""
    return [*all_registered(), *ELSEWHERE]


def environment_of(split: str) -> str:
    """The environment whose short name `split` is; where none is called so, the word itself."""
    return next((name for name, one in all_registered().items() if one.description.short == split), split)


def split_of(environment: str) -> str:
    """The data set's split of an environment: its short name; for one that is not known here its own name, as a legal
    split name.
    """
    one = described(environment)
    return re.sub(r"\W", "_", environment if one is None else one.short)


def described(environment: str) -> Description | None:
    """What an environment says of itself; None for one that is not known here: records may be of any. Raises
    `UserError` for one that is here and broken.
    """
    return registered(environment).description if is_known(environment) else None


def split_in_id(record_id: str) -> str | None:
    """The split that an id names (`os` in `os_42`); None where it is of another form."""
    match = _ID.fullmatch(record_id)
    return match["split"] if match else None


def record_of(trajectory: Trajectory, record_id: str) -> Record:
    """A trajectory as a record. A system message goes before the first human turn's text, as AgentInstruct has it.

    Raises `UserError` for a conversation that is more than text: this form has no place for it.
    """
    if not all(message.plain for message in trajectory.messages):
        raise UserError(
            f"episode {trajectory.episode_id} has tool calls or images, which AgentInstruct's form cannot hold: play"
            " its environment in text"
        )
    return Record([_said(message) for message in _without_system(trajectory.messages)], record_id)


def _said(message: Message) -> Said:
    if message.role == "assistant":
        return Said("gpt", bool(message.loss), message.content)
    return Said("human", None, message.content)


def _without_system(messages: Sequence[Message]) -> list[Message]:
    system = [message.content for message in messages if message.role == "system"]
    others = [message for message in messages if message.role != "system"]
    if not system or not others or others[0].role != "user":
        return others
    merged = "\n\n".join([*system, others[0].content])
    return [Message("user", merged), *others[1:]]


def own_turns_begin(split: str, messages: Sequence[Message]) -> int | None:
    """Where a record without loss flags begins its real task: the index of the task turn; gpt turns before it are not
    the agent's (SPEC 1.5.1). 0 for splits without a prefix; None where the split's prefix is not found.

    os: instruction with the demonstration question, 3 demonstration replies, then the task turn. kg: a canned reply and
    8 demonstration replies. db, webshop, alfworld: a canned reply. mind2web and others: nothing.
    """
    if split in _TASK_TURN:
        starts = (
            i for i, m in enumerate(messages) if m.role == "user" and m.content.lstrip().startswith(_TASK_TURN[split])
        )
        return next(starts, None)
    if split in _ACKNOWLEDGED:
        return 2 if len(messages) > 2 else None
    return 0


class Messages(NamedTuple):
    """A record's turns; `flagged` says whether the loss flags are its own."""

    messages: list[Message]
    flagged: bool


class _Turn(NamedTuple):
    role: Role
    content: str
    loss: bool | None


def messages_of(row: Row, split: str) -> Messages:
    """The turns of a record, `{from, value, loss}` or `{role, content}`, with loss flags: its own, or by the rule of
    its split.

    Raises `UserError` naming file, row and field of what is malformed.
    """
    turns = _turns(row)
    flagged = any(turn.role == "assistant" and turn.loss is not None for turn in turns)
    return Messages(_flagged(row, turns) if flagged else _by_rule(row, split, turns), flagged)


def _turns(row: Row) -> list[_Turn]:
    found = row.fields.get("conversations", row.fields.get("messages"))
    if not isinstance(found, list) or not found:
        raise row.fault("conversations", found, "a list of turns")
    return [_turn(row, i, turn) for i, turn in enumerate(found)]


def _turn(row: Row, i: int, turn: object) -> _Turn:
    place = f"conversations[{i}]"
    if not isinstance(turn, dict):
        raise row.fault(place, turn, "an object {from, value, loss} or {role, content}")
    speaker, text = ("from", "value") if "from" in turn else ("role", "content")
    role = ROLES.get(turn[speaker]) if isinstance(turn.get(speaker), str) else None
    if role is None:
        raise row.fault(f"{place}.{speaker}", turn.get(speaker), f"one of {', '.join(ROLES)}")
    content, loss = turn.get(text), turn.get("loss")
    if not isinstance(content, str):
        raise row.fault(f"{place}.{text}", content, "text")
    if loss is not None and not isinstance(loss, bool):
        raise row.fault(f"{place}.loss", loss, "true, false or null")
    if role != "assistant" and loss:
        raise row.fault(f"{place}.loss", loss, f"null: a '{turn[speaker]}' turn is not trained on")
    return _Turn(role, content, loss)


def _flagged(row: Row, turns: Sequence[_Turn]) -> list[Message]:
    for i, turn in enumerate(turns):
        if turn.role == "assistant" and turn.loss is None:
            raise row.fault(f"conversations[{i}].loss", None, "true or false, as the record's other gpt turns have")
    return [Message(turn.role, turn.content, turn.loss if turn.role == "assistant" else None) for turn in turns]


def _by_rule(row: Row, split: str, turns: Sequence[_Turn]) -> list[Message]:
    plain = [Message(turn.role, turn.content) for turn in turns]
    begin = own_turns_begin(split, plain)
    if begin is None:
        expected = f"loss flags, or the published form of '{split}' records with its instruction before the task"
        raise row.fault("conversations", f"{len(plain)} turns without flags", expected)
    return [msgspec.structs.replace(m, loss=i >= begin) if m.role == "assistant" else m for i, m in enumerate(plain)]
