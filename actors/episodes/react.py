"""The ReAct loop (SPEC 1.2): reply, parse, act, observe; until final, a limit, or so many identical replies that
`Limits.repeats` ends it. A reply that calls tools is carried out call by call, each with an observation of its own.

Of a reply there is what the environment keeps of it, and nothing else (`Session.kept`): it is cut before the journal
has it.

No Ray here. What the loop did is visible in the `Conversation` at any moment, so that an episode that is cut off is
still a record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator

from actors.episodes.history import LIMIT_SEGMENTS, Trimmed, trim
from actors.episodes.journal import JournalledTurn
from actors.episodes.repetition import REPEATS, longest_cycle, repeats
from actors.episodes.unforeseen import as_fault
from actors.llms.llm import LLM, BudgetExhausted, ContextOverflow, Episode, ProviderFault, Reply
from actors.program.error_line import error_line
from actors.program.user_error import UserError
from actors.records.trajectory import Turn
from environments.contract import DoubtfulFault, EnvironmentFault, Feedback, Said, Session, Status, TaskFault
from environments.message import Message
from environments.registry import registered

Repeats = Annotated[int, Field(ge=2)]


class Limits(BaseModel):
    """Where an episode ends at the latest. The environments count their own rounds (AgentBench's numbers); these hold
    everywhere.

    `repeats` identical replies in a row fail an episode: AgentTuning's rule for trajectories. One number, or one for
    each environment (none for those that are not named); null: the rule is off.
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    max_turns: int = Field(default=64, ge=1)
    """Replies of the model in one episode."""
    turn_timeout_s: float = Field(default=600.0, gt=0)
    """Seconds for one reply or one step of the environment."""
    episode_timeout_s: float = Field(default=3600.0, gt=0)
    """Seconds for a whole episode."""
    repeats: Repeats | None | dict[str, Repeats | None] = REPEATS
    """Identical replies in a row that fail an episode: one number, or one for each environment; null: none do."""
    history_segments: int | None = Field(default=LIMIT_SEGMENTS, ge=100)
    """How long the history may become that the model is shown, in AgentBench's segments; null: all of it."""

    @field_validator("repeats")
    @classmethod
    def _of_known_environments(cls, repeats: int | None | dict[str, int | None]) -> int | None | dict[str, int | None]:
        try:
            return (
                {registered(name).name: number for name, number in repeats.items()}
                if isinstance(repeats, dict)
                else repeats
            )
        except UserError as error:
            raise ValueError(str(error)) from error

    def repeats_in(self, environment: str) -> int | None:
        """How many identical replies in a row fail an episode of `environment`; None: as many as it likes."""
        return self.repeats.get(environment) if isinstance(self.repeats, dict) else self.repeats


class ReplayDiverged(Exception):
    """The environment answered a journalled reply differently than before: this play cannot be continued."""


class EpisodeJournal(Protocol):
    """Where the loop writes what must survive a crash; bound to one play of one episode."""

    def reply(self, turn: int, reply: Reply) -> None: ...
    def observation(self, turn: int, call: int, observation: str) -> None: ...


class Doubt(NamedTuple):
    """The last of so many replies, at which the environment broke in a way that only a replay can explain
    (`DoubtfulFault`).
    """

    replies: int
    last: str


class Ending(NamedTuple):
    """How the loop ended; `doubt` where a replay is to say whose doing it was."""

    status: Status
    reward: float | None = None
    details: dict[str, Any] = {}  # noqa: RUF012
    error: str = ""
    doubt: Doubt | None = None


class Conversation:
    """The state of one play: every message, one `Turn` for each reply, and the turns as the journal has them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.turns: list[Turn] = []
        self.journalled: list[JournalledTurn] = []
        self.replies: list[str] = []

    def replied(self, reply: Reply, turn: Turn) -> None:
        """Add the agent's reply."""
        self.replies.append(reply.message.said)
        self.messages.append(reply.message)
        self.journalled.append(JournalledTurn(reply))
        self.turns.append(turn)

    @property
    def doubt(self) -> Doubt:
        """The doubt of a fault that comes now."""
        return Doubt(len(self.replies), self.replies[-1] if self.replies else "")

    @property
    def cycle(self) -> int:
        return longest_cycle(self.replies)


class _Loop(NamedTuple):
    """What all turns of one play share."""

    session: Session
    llm: LLM
    episode: Episode
    limits: Limits
    journal: EpisodeJournal
    conversation: Conversation
    phase: Callable[[str], None]
    doubts: Collection[Doubt]


async def play(
    session: Session,
    llm: LLM,
    episode: Episode,
    limits: Limits,
    journal: EpisodeJournal,
    conversation: Conversation,
    replay: Sequence[JournalledTurn] = (),
    phase: Callable[[str], None] = lambda _: None,
    doubts: Collection[Doubt] = (),
) -> Ending:
    """Play `episode` to its end, the first turns from `replay`. Faults become a `Status`; only `ReplayDiverged` raises.

    At a reply in `doubts` the environment broke before: if it does so again, that was the agent's doing.
    """
    loop = _Loop(
        session=session,
        llm=llm,
        episode=episode,
        limits=limits,
        journal=journal,
        conversation=conversation,
        phase=phase,
        doubts=doubts,
    )
    conversation.messages.extend(session.opening)
    try:
        async with asyncio.timeout(limits.episode_timeout_s) as whole:
            for turn in range(limits.max_turns):
                past = replay[turn] if turn < len(replay) else None
                async with _turn_limit(limits, past):
                    ending = await _turn(loop, turn, past)
                if ending is not None:
                    return ending
            return await _ended(loop, Status.TASK_LIMIT, f"{limits.max_turns} turns used (limits.max_turns)")
    except _TurnTimeout:
        return Ending(Status.TURN_TIMEOUT, error=f"a turn took longer than {limits.turn_timeout_s:g} s")
    except TimeoutError as error:
        if not whole.expired():
            return Ending(Status.ENVIRONMENT_ERROR, error=error_line(error))
        return Ending(Status.EPISODE_TIMEOUT, error=f"the episode took longer than {limits.episode_timeout_s:g} s")
    except ProviderFault as error:
        return Ending(Status.PROVIDER_ERROR, error=error_line(error))
    except BudgetExhausted as error:
        return Ending(Status.BUDGET, error=error_line(error))
    except TaskFault as error:
        return Ending(Status.TASK_ERROR, error=error_line(error))
    except DoubtfulFault as error:
        return Ending(Status.ENVIRONMENT_ERROR, error=error_line(error), doubt=conversation.doubt)
    except EnvironmentFault as error:
        return Ending(Status.ENVIRONMENT_ERROR, error=error_line(error))


async def _turn(loop: _Loop, turn: int, past: JournalledTurn | None) -> Ending | None:
    """One reply and what the environment says to it; None if the episode goes on."""
    conversation = loop.conversation
    try:
        record = await _reply(loop, turn, past)
    except ContextOverflow as error:
        return await _ended(loop, Status.CONTEXT_LIMIT, error_line(error))
    times = loop.limits.repeats_in(loop.episode.task.environment)
    if times is not None and not loop.session.forgets and repeats(conversation.replies, times):
        return Ending(Status.REPETITION, 0.0, error=f"{times} identical replies in a row")
    loop.phase("environment")
    reply = conversation.journalled[-1].reply
    spoken: Sequence[Said] = reply.tool_calls or (reply.text,)
    for call, said in enumerate(spoken):
        began = time.perf_counter()
        feedback = await _said(loop, loop.session.step(said), _known(past, call))
        record = msgspec.structs.replace(record, environment_s=record.environment_s + time.perf_counter() - began)
        conversation.turns[-1] = record
        if feedback.status is not None:
            return _judged(feedback.status, feedback)
        _observed(loop, turn, call, feedback.observation, _known(past, call))
    return None


def _known(past: JournalledTurn | None, call: int) -> str | None:
    """What the journal says that was observed after this call."""
    return past.observations[call] if past is not None and call < len(past.observations) else None


async def _ended(loop: _Loop, status: Status, error: str) -> Ending:
    """The ending of an agent that says no more: what it has done is judged as its environment judges that."""
    loop.phase("environment")
    feedback = await _said(loop, loop.session.end(status))
    return _judged(status, feedback, error)


async def _said(loop: _Loop, doing: Awaitable[Feedback], known: str | None = None) -> Feedback:
    """What the environment says.

    A fault in doubt that a replay meets again, or that the journal knows, was the agent's doing.
    """
    try:
        return await as_fault(doing)
    except DoubtfulFault as fault:
        if known == fault.feedback.observation or loop.conversation.doubt in loop.doubts:
            return fault.feedback
        raise


async def _reply(loop: _Loop, turn: int, past: JournalledTurn | None) -> Turn:
    """The reply of this turn, from the journal or from the model, into the conversation."""
    conversation = loop.conversation
    started, omitted = time.perf_counter(), 0
    if past is not None:
        reply = past.reply
    else:
        loop.phase("llm")
        shown, omitted = _shown(loop)
        reply = await loop.llm.reply(shown, loop.episode, loop.session.tools)
        if not loop.session.tools and reply.tool_calls:  # some models call what nobody offered
            reply = msgspec.structs.replace(reply, tool_calls=())
    kept = loop.session.kept.of(reply.text)
    if kept != reply.text:
        reply = await loop.llm.cut(reply, kept)
    if past is None:
        loop.journal.reply(turn, reply)
    record = Turn(
        message=len(conversation.messages),
        usage=reply.usage,
        finish_reason=reply.finish_reason,
        token_ids=reply.token_ids,
        logprobs=reply.logprobs,
        limit_s=reply.limit_s,
        llm_s=max(0.0, time.perf_counter() - started - reply.limit_s),
        omitted_messages=omitted,
        replayed=past is not None,
    )
    conversation.replied(reply, record)
    return record


def _shown(loop: _Loop) -> Trimmed:
    """What the agent is shown: the history as far as it fits; of a session that forgets the last question, and what
    stood before the first.
    """
    messages: Sequence[Message] = loop.conversation.messages
    if loop.session.forgets:
        shown = [*loop.session.opening[:-1], Message("user", messages[-1].content)]
        return Trimmed(shown, len(messages) - len(shown))
    if loop.limits.history_segments is None:
        return Trimmed(messages, 0)
    return trim(messages, loop.limits.history_segments)


def _observed(loop: _Loop, turn: int, call: int, observation: str, known: str | None) -> None:
    if known is None:
        loop.journal.observation(turn, call, observation)
    elif known != observation:
        raise ReplayDiverged(f"turn {turn} was observed differently")
    conversation = loop.conversation
    reply, observations = conversation.journalled[-1]
    answered = Message("tool", observation, tool_call_id=reply.tool_calls[call].id) if reply.tool_calls else None
    conversation.messages.append(answered or Message("user", observation))
    conversation.journalled[-1] = JournalledTurn(reply, (*observations, observation))


def _judged(status: Status, feedback: Feedback, error: str = "") -> Ending:
    """The ending that a final feedback makes. One of the agent's own without a reward awaits judgement: it is not 0."""
    if not status.scored:
        return Ending(status, None, feedback.details, error)
    if feedback.reward is None:
        return Ending(Status.AWAITS_JUDGEMENT, None, {**feedback.details, "ended": status.value}, error)
    return Ending(status, feedback.reward, feedback.details, error)


class _TurnTimeout(Exception):
    """Told apart from the episode's own timeout."""


class _TurnDeadline:
    """`asyncio.timeout` that raises `_TurnTimeout`."""

    def __init__(self, limit_s: float) -> None:
        self._timeout = asyncio.timeout(limit_s)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *exception: Any) -> None:
        try:
            await self._timeout.__aexit__(*exception)
        except TimeoutError:
            raise _TurnTimeout from None


def _turn_limit(limits: Limits, past: JournalledTurn | None) -> AbstractAsyncContextManager[None]:
    """A replayed turn costs no model time; the episode's own limit holds it."""
    return nullcontext() if past is not None else _TurnDeadline(limits.turn_timeout_s)
