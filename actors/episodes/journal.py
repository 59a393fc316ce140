"""What a crash cannot take: every reply and observation of every episode, durable within a fraction of a second.

An episode is a fold over the model's replies, so the journal is enough to bring it to where it was: lease anew, play
the journalled replies without asking the model, compare each observation, go on. `play` counts the times an episode had
to begin from its beginning (an observation that came out different); only its last play counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from itertools import count, takewhile
from typing import NamedTuple

import msgspec

from actors.files.append_log import FrameLog, FrameWriter, decoded, read_log
from actors.llms.llm import Reply
from actors.records.store import Store, new_writer_name

log = logging.getLogger(__name__)

JOURNAL = "journal"


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: the reply of turn `turn`, what the environment observed after it (after its tool call number `call`),
    or the money that a request cost without bringing a reply.
    """

    episode: str
    play: int
    turn: int
    reply: Reply | None = None
    observation: str | None = None
    wasted: float = 0.0
    call: int = 0


class JournalledTurn(NamedTuple):
    """A reply that was paid for, and what the environment had observed before the crash: nothing yet, one text, or one
    for each tool call so far.
    """

    reply: Reply
    observations: tuple[str, ...] = ()


class Replay(NamedTuple):
    """The turns of an episode's last play, in order, without gaps."""

    play: int
    turns: list[JournalledTurn]


class Journal:
    """This process's journal of one run."""

    def __init__(self, store: Store, interval_s: float = 0.2, label: str = "") -> None:
        self._log = FrameLog(FrameWriter(store.folder, JOURNAL, new_writer_name(label)), interval_s)
        self._encoder = msgspec.json.Encoder()

    def reply(self, episode: str, play: int, turn: int, reply: Reply) -> None:
        self._log.append(self._encoder.encode(_Entry(episode, play, turn, reply=reply)))

    def observation(self, episode: str, play: int, turn: int, call: int, observation: str) -> None:
        self._log.append(self._encoder.encode(_Entry(episode, play, turn, observation=observation, call=call)))

    @property
    def fault(self) -> Exception | None:
        """Why entries could not be made durable, if any could not."""
        return self._log.fault

    def wasted(self, episode: str, play: int, turn: int, cost: float) -> None:
        self._log.append(self._encoder.encode(_Entry(episode, play, turn, wasted=cost)))

    async def close(self) -> None:
        await self._log.close()
        if self.fault is not None:
            log.error("what was paid for is not all in the journal: %s", self.fault)


def read_journal(
    store: Store, wanted: Callable[[str], bool], writers: str = "", known: Mapping[str, Replay] | None = None
) -> dict[str, Replay]:
    """The replays of the episodes that `wanted` names; those without a journalled reply are left out.

    `writers` narrows the reading to one lost actor's journal; `known` is what that actor was given to replay, which it
    did not journal again.
    """
    decoder = msgspec.json.Decoder(_Entry)
    replies: dict[str, dict[tuple[int, int], Reply]] = {}
    observations: dict[str, dict[tuple[int, int, int], str]] = {}
    for episode, replay in (known or {}).items():
        for turn, (reply, observed) in enumerate(replay.turns):
            replies.setdefault(episode, {})[replay.play, turn] = reply
            for call, observation in enumerate(observed):
                observations.setdefault(episode, {})[replay.play, turn, call] = observation
    for _, entry in decoded(store.folder, read_log(store.folder, JOURNAL, writers), decoder):
        if not wanted(entry.episode):
            continue
        place = (entry.play, entry.turn)
        if entry.reply is not None:
            replies.setdefault(entry.episode, {}).setdefault(place, entry.reply)
        elif entry.observation is not None:
            observations.setdefault(entry.episode, {}).setdefault((*place, entry.call), entry.observation)
    return {episode: _last_play(found, observations.get(episode, {})) for episode, found in replies.items()}


def _last_play(replies: dict[tuple[int, int], Reply], observations: dict[tuple[int, int, int], str]) -> Replay:
    """Where a reply in the middle was lost, what followed it is of no use: the next play begins anew, under a number of
    its own.
    """
    play = max(play for play, _ in replies)
    turns: list[JournalledTurn] = []
    while (place := (play, len(turns))) in replies:
        calls = takewhile(lambda call: (*place, call) in observations, count())
        turns.append(JournalledTurn(replies[place], tuple(observations[*place, call] for call in calls)))
    if len(turns) < sum(of == play for of, _ in replies):
        return Replay(play + 1, [])
    return Replay(play, turns)


def spent(store: Store) -> float:
    """All money: of every journalled reply, and of the calls that brought none. Each is journalled once, when it was
    paid for: the journal is the run's ledger."""
    decoder = msgspec.json.Decoder(_Entry)
    entries = decoded(store.folder, read_log(store.folder, JOURNAL), decoder)
    return sum(entry.wasted if entry.reply is None else entry.reply.usage.cost or 0.0 for _, entry in entries)
