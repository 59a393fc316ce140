"""Chat that people shared (ShareGPT and the like) as conversations that alternate: what is mended, what is given up.

A record is a list of turns, or a question with its answer (`prompt` and `completion`; Alpaca's `instruction`, `input`,
`output`); a text may come in parts. In this order: speakers get their role (`human` and `user`; `gpt`, `chatgpt`,
`bing`, `bard`, …); turns without text go; replies before the first question go; neighbouring turns of one speaker
become one, a blank line between them; what was asked last and never answered goes. A system message may come first and
nowhere else. What then has no reply is `Unusable`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from actors.program.terminal import one_line
from actors.records.agent_instruct import ROLES
from actors.records.trajectory import Message

_ROLES = {
    **ROLES,
    **dict.fromkeys(("chatgpt", "bing", "bard", "claude", "model", "bot"), "assistant"),
    "developer": "system",
}
_PAIRS = (("prompt", "completion"), ("prompt", "response"), ("instruction", "output"))
_LISTS = ("conversations", "items", "messages", "conversation")


class Unusable(Exception):
    """A record that no rule mends; `reason` is the same for all of its kind."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class _Turn(NamedTuple):
    role: str
    text: str
    trained: bool = True


def mended(fields: dict[str, Any], noted: Counter[str]) -> tuple[Message, ...]:
    """The record's messages; `noted` counts what was changed. Raises `Unusable`."""
    turns = list(_turns(fields))
    spoken = [turn for turn in turns if turn.text.strip()]
    noted["turn without text, left out"] += len(turns) - len(spoken)
    system = spoken[:1] if spoken and spoken[0].role == "system" else []
    talk = spoken[len(system) :]
    if any(turn.role == "system" for turn in talk):
        raise Unusable("a system message in the middle")
    talk = _from_first_question(talk, noted)
    talk = _merged(talk, noted)
    if talk and talk[-1].role == "user":
        talk.pop()
        noted["last question, never answered, left out"] += 1
    if not talk:
        raise Unusable("no turn of the assistant that answers one")
    return tuple(Message(t.role, t.text, t.trained if t.role == "assistant" else None) for t in (*system, *talk))  # type: ignore[arg-type]


def _turns(fields: dict[str, Any]) -> Iterator[_Turn]:
    found = next((fields[name] for name in _LISTS if fields.get(name) is not None), None)
    found = _asked_and_answered(fields) if found is None else found
    if not isinstance(found, list):
        raise Unusable(f"no list of turns ({', '.join(_LISTS)})")
    for turn in found:
        if not isinstance(turn, dict):
            raise Unusable("a turn that is no object {from, value} or {role, content}")
        speaker = turn.get("from", turn.get("role"))
        role = _ROLES.get(speaker.lower()) if isinstance(speaker, str) else None
        if role is None:
            raise Unusable(f"a turn of '{one_line(str(speaker), 30)}'")
        if turn.get("tool_calls") or turn.get("function_call"):
            raise Unusable("a turn that calls tools")
        yield _Turn(role, _text(turn["value"] if "value" in turn else turn.get("content")), _trained(turn))


def _text(content: Any) -> str:
    """A turn's text, which may come in parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise Unusable("a turn whose content is no text")
    for part in content:
        kind = part.get("type", "text") if isinstance(part, dict) else type(part).__name__
        if kind != "text" or not isinstance(part.get("text"), str):
            raise Unusable(f"a turn with a part that is no text ('{one_line(str(kind), 30)}')")
    return "".join(part["text"] for part in content)


def _asked_and_answered(fields: dict[str, Any]) -> list[Any] | None:
    """The turns of a record that has a question and its answer by themselves; either may be a list of turns."""
    names = next((names for names in _PAIRS if all(fields.get(name) for name in names)), None)
    if names is None:
        return None
    if fields.get("history"):
        raise Unusable("a pair with a history")
    asked, answered = fields[names[0]], fields[names[1]]
    if isinstance(asked, str) and isinstance(fields.get("input"), str) and fields["input"].strip():
        asked = f"{asked}\n\n{fields['input']}"
    turns = asked if isinstance(asked, list) else [{"role": "user", "content": asked}]
    turns = [*turns, *(answered if isinstance(answered, list) else [{"role": "assistant", "content": answered}])]
    system = fields.get("system")
    return [{"role": "system", "content": system}, *turns] if isinstance(system, str) and system.strip() else turns


def _trained(turn: dict[str, Any]) -> bool:
    """AgentInstruct's `loss`, or OpenAI's `weight`; without either it is."""
    flags = (turn.get("loss"), turn.get("weight"))
    if any(flag not in (None, True, False) for flag in flags):  # 0 and 1 among them, being equal to these
        raise Unusable("a loss flag that is neither true nor false")
    return all(flag is None or bool(flag) for flag in flags)


def _from_first_question(turns: list[_Turn], noted: Counter[str]) -> list[_Turn]:
    begin = next((i for i, turn in enumerate(turns) if turn.role == "user"), len(turns))
    noted["reply before the first question, left out"] += begin
    return turns[begin:]


def _merged(turns: list[_Turn], noted: Counter[str]) -> list[_Turn]:
    """Neighbours of one speaker as one turn; it is trained if all of them are."""
    merged: list[_Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            last = merged.pop()
            turn = _Turn(turn.role, f"{last.text}\n\n{turn.text}", last.trained and turn.trained)
            noted["turn merged with the one before it, of the same speaker"] += 1
        merged.append(turn)
    return merged
