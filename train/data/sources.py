"""Conversations from wherever they lie, streamed: what a config's `data.agent` and `data.general` name.

What a source is, is told by its content: a folder that `python -m actors filter` wrote, an imported run, a data set
that `export` wrote, or a file of records (parquet, a JSON array, JSON lines) in AgentInstruct's, ShareGPT's or OpenAI's
form. A run that nobody has filtered holds failures as well and is refused. The agent side is strict: a malformed record
stops the reading, because each is somebody's work. The general side is chat as people left it: it is mended by rules
(`train.data.shared_chat`), and what cannot be is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.agent_instruct import environment_of, messages_of, split_in_id, split_of
from actors.records.filtered import KIND as FILTERED
from actors.records.filtered import read_kept
from actors.records.record_files import BadRecord, Row, expand, rows
from actors.records.store import MANIFEST, Store
from actors.records.trajectory import Message, Trajectory
from train.data.shared_chat import Unusable, mended
from train.renderers.conversation import Conversation
from train.settings import Source

Side = Literal["agent", "general"]

IMPORTED = "imported records"  # the kind in the manifest of a run that `python -m actors import` wrote
GENERAL = "general"
MENDED = "half a character or a number that is none, read as U+FFFD or null"
UNTRAINED = "no turn to train on"
CUT_TURN = "agent turn cut at its length limit"


def read(source: Source, side: Side) -> Reader:
    """The conversations of `source`, to iterate over once or again.

    Reading raises `UserError` for what is not there or malformed.
    """
    return Reader(source, side)


class Reader:
    """Iterate over it for the conversations; afterwards `skipped` says how many records were left out, by reason, and
    `noted` what was changed in those that were not."""

    def __init__(self, source: Source, side: Side) -> None:
        self.source = source
        self.side: Side = side
        self.skipped: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self._first_of: dict[str, str] = {}

    def __iter__(self) -> Iterator[Conversation]:
        self.skipped.clear()
        self.noted.clear()
        found = 0
        for conversation in islice(self._conversations(), self.source.limit):
            found += 1
            yield conversation
        if not found:
            why = ", ".join(f"{count} with {reason}" for reason, count in self.skipped.most_common()) or "it is empty"
            raise UserError(f"'{self.source.path}' holds no conversation to train on: {why}")

    def _conversations(self) -> Iterator[Conversation]:
        path = self.source.path if "://" in self.source.path else str(Path(self.source.path).expanduser())
        trajectories = _trajectories(path)
        found = (self._played(t) for t in trajectories) if trajectories is not None else self._records(path)
        for conversation in found:
            if any(message.role == "assistant" and message.loss is not False for message in conversation.messages):
                yield conversation
            else:
                self.skipped[UNTRAINED] += 1

    def _played(self, trajectory: Trajectory) -> Conversation:
        """A trajectory, with the ids that its model sampled.

        A reply that its length limit cut is no example of how to end one. Raises `UserError` for one that is more than
        text, of which a part would be left out.
        """
        if not all(message.plain for message in trajectory.messages):
            raise UserError(
                f"'{self.source.path}': episode {trajectory.episode_id} has tool calls or images, which are not trained"
                " on: play its environment in text"
            )
        cut = {turn.message for turn in trajectory.turns if turn.finish_reason == "length"}
        self.noted[CUT_TURN] += len(cut)
        messages = [
            msgspec.structs.replace(m, loss=False) if i in cut else m for i, m in enumerate(trajectory.messages)
        ]
        sampled = {turn.message: tuple(turn.token_ids) for turn in trajectory.turns if turn.token_ids}
        return Conversation(trajectory.episode_id, self._label_of(trajectory), tuple(messages), sampled)

    def _label_of(self, trajectory: Trajectory) -> str:
        field = self.source.label_field
        if field:
            found = getattr(trajectory, field, None)
            if not isinstance(found, str) or not found:
                raise UserError(
                    f"'{self.source.path}': trajectories have no text in a field '{field}': label_field may be llm,"
                    " family, source"
                )
            return found
        return self.source.label or (split_of(trajectory.environment) if self.side == "agent" else GENERAL)

    def _records(self, path: str) -> Iterator[Conversation]:
        for file in expand([path]):
            for row in rows(file) if self.side == "agent" else rows(file, self._no_record):
                if row.mended:
                    self.noted[MENDED] += 1
                if self.side == "agent":
                    yield self._agent_record(row)
                    continue
                try:
                    yield self._general_record(row)
                except Unusable as unusable:
                    self.skipped[unusable.reason] += 1

    def _no_record(self, bad: BadRecord) -> None:
        first = self._first_of.setdefault(bad.kind, bad.place)
        self.skipped[f"{bad.kind} (first: {first})"] += 1

    def _agent_record(self, row: Row) -> Conversation:
        name = _id(row)
        split = split_in_id(name) or ""
        label = self._label(row) or split_of(environment_of(split))
        if not label:
            raise row.fault(
                "id", name, "the form <split>_<number>, such as 'os_42'; for other ids give the source a label"
            )
        messages, flagged = messages_of(row, split)
        self.noted["record whose loss flags were set by the rule of its split"] += not flagged
        return Conversation(name, label, tuple(messages), {})

    def _general_record(self, row: Row) -> Conversation:
        messages: tuple[Message, ...] = mended(row.fields, self.noted)
        return Conversation(_id(row), self._label(row) or GENERAL, messages, {})

    def _label(self, row: Row) -> str:
        field = self.source.label_field
        if not field:
            return self.source.label
        found = row.fields.get(field)
        if isinstance(found, str) and found:
            return found
        if self.side == "general" and found in (None, ""):
            raise Unusable(f"no label in '{one_line(field, 40)}'")
        raise row.fault(field, found, "text: label_field names it")


def _id(row: Row) -> str:
    found = row.fields.get("id", row.fields.get("conversation_id"))
    if isinstance(found, str) and found:
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return f"{Path(row.file).stem}:{row.number}"


def _trajectories(path: str) -> Iterator[Trajectory] | None:
    """Those of a filtered folder or an imported run; None for what holds records.

    Raises `UserError` for an unfiltered run.
    """
    if "://" not in path and not Path(path, MANIFEST).is_file():
        return None
    store = Store(path)
    manifest = store.manifest()
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    if kind == FILTERED:
        return read_kept(path)
    if kind == IMPORTED:
        return store.trajectories()
    if manifest is not None and "run_id" in manifest:
        advice = f"'python -m actors filter {path}', then name {path.rstrip('/')}/filtered here"
        raise UserError(f"'{path}' is an unfiltered run, which holds the failures too: {advice}")
    if "://" in path:
        raise UserError(f"'{path}' holds no filtered trajectories: record files are read from a local disk only")
    return None
