"""What a store holds at the end, counted from its records, not by the program's own index."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import msgspec

from actors.files.append_log import read_log
from actors.records.store import TRAJECTORIES, Store, settled
from environments.contract import Status


class Found(NamedTuple):
    """`settled` counts the settled records of each task and attempt; `wrong` are those without reward 1; `twice` are
    replies that were journalled twice."""

    settled: Counter[tuple[str, str, int]]
    unsettled: int
    wrong: list[str]
    replies: int
    twice: int


class _Record(msgspec.Struct):
    task_id: str
    environment: str
    attempt: int
    status: Status
    reward: float | None = None
    error: str = ""


class _Reply(msgspec.Struct):
    episode: str
    play: int
    turn: int
    reply: dict[str, Any] | None = None


def found_in(store: Store) -> Found:
    counted: Counter[tuple[str, str, int]] = Counter()
    unsettled, wrong = 0, []
    for line in read_log(store.folder, TRAJECTORIES):
        record = msgspec.json.decode(line.line, type=_Record)
        if not settled(record.status):
            unsettled += 1
            continue
        counted[record.environment, record.task_id, record.attempt] += 1
        if record.reward != 1.0:
            wrong.append(f"{record.task_id}: {record.status} {record.reward} {record.error}")
    paid = _replies(store)
    return Found(counted, unsettled, wrong, paid.total(), sum(number - 1 for number in paid.values()))


def _replies(store: Store) -> Counter[tuple[str, int, int]]:
    entries = (msgspec.json.decode(line.line, type=_Reply) for line in read_log(store.folder, "journal"))
    return Counter((entry.episode, entry.play, entry.turn) for entry in entries if entry.reply is not None)
