"""The loop and the episode around it: every ending is a status, no reply is paid for twice, nothing stays open."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from actors.episodes.episode import Assignment, Context, Opened, Player
from actors.episodes.journal import Journal, JournalledTurn, Replay, read_journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm import BudgetExhausted, ContextOverflow, Episode, ProviderFault, Reply
from actors.llms.sampled_tokens import tokens_of
from actors.records.store import Store, settled
from actors.records.trajectory import Trajectory
from environments.contract import Feedback, Kept, Status, Task, TaskFault
from environments.message import Message, Tool
from environments.registry import registered
from tests.actors.scripted import PracticeWorlds, ScriptedLLM, broken, doubtful, practice_task


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(str(tmp_path / "run"))
    store.create({"schema_version": 1, "run_id": "run"})
    return store


def context(limits: Limits | None = None) -> Context:
    return Context(
        "run", "scripted", {}, {}, limits or Limits(), Retries(max_tries=3, first_pause_s=0.01), lease_timeout_s=5
    )


async def played(
    store: Store,
    llm: ScriptedLLM,
    environments: PracticeWorlds | None = None,
    limits: Limits | None = None,
    replay: Replay | None = None,
) -> Trajectory:
    journal = Journal(store, 0.01)
    environments = environments or PracticeWorlds()
    trajectory, paid = await Player(llm, environments, journal, context(limits)).run(
        Assignment("e", practice_task(), 0, replay)
    )
    assert paid.completion_tokens == 2 * llm.replies
    await journal.close()
    assert environments.closed == environments.opened
    return trajectory


async def test_the_reference_earns_reward_1_and_the_record_has_every_message(store: Store):
    llm = ScriptedLLM()
    trajectory = await played(store, llm)
    assert (trajectory.status, trajectory.reward) == (Status.COMPLETED, 1.0)
    assert trajectory.environment_version == registered("practice").description.version
    assert [message.loss for message in trajectory.messages] == [None, True] * 6
    assert [turn.message for turn in trajectory.turns] == [1, 3, 5, 7, 9, 11]
    assert trajectory.usage.cost == pytest.approx(0.06)
    assert read_journal(store, lambda _: True)["e"].turns[0] == JournalledTurn(
        Reply("I go on counting.\nSay: 1", usage=trajectory.turns[0].usage), ("I heard 1.",)
    )


async def test_a_clock_that_is_set_back_an_hour_under_way_spoils_no_duration(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    real, step_s = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + step_s[0])

    def says(turn: int, episode: Episode) -> str:
        step_s[0] = -3600.0 if turn else 0.0
        return f"Say: {turn + 1}" if turn < 5 else "Say: done"

    trajectory = await played(store, ScriptedLLM(says))
    assert (trajectory.status, trajectory.reward) == (Status.COMPLETED, 1.0)
    assert 0 <= trajectory.total_s < 5
    assert all(turn.llm_s >= 0 and turn.environment_s >= 0 for turn in trajectory.turns)


@pytest.mark.parametrize(
    ("said", "status", "reward"),
    [
        ("nonsense", Status.VALIDATION_FAILED, 0.0),
        ("Say: done", Status.COMPLETED, 0.0),
        (ContextOverflow("too long"), Status.CONTEXT_LIMIT, 0.0),
        (ProviderFault("500"), Status.PROVIDER_ERROR, None),
        (BudgetExhausted("spent"), Status.BUDGET, None),
    ],
)
async def test_every_ending_has_its_status_and_only_the_agents_own_have_a_reward(
    store: Store, said: str | Exception, status: Status, reward: float | None
):
    trajectory = await played(store, ScriptedLLM(lambda turn, _: said))
    assert (trajectory.status, trajectory.reward) == (status, reward)


@pytest.mark.parametrize("limits", [Limits(), Limits(max_turns=1)])
async def test_an_agents_ending_without_a_reward_awaits_judgement_and_is_no_0(store: Store, limits: Limits):
    class Unjudged(PracticeWorlds):
        async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
            opened = await super().open(task, lease_id, apart)
            session = opened.session

            async def step(reply: str) -> Feedback:
                return Feedback("go on") if limits.max_turns == 1 else Feedback(status=Status.COMPLETED)

            async def end(status: Status) -> Feedback:
                return Feedback(status=status)

            session.step, session.end = step, end  # type: ignore[method-assign]
            return opened

    trajectory = await played(store, ScriptedLLM(), Unjudged(), limits)
    assert (trajectory.status, trajectory.reward) == (Status.AWAITS_JUDGEMENT, None)
    ended = Status.TASK_LIMIT if limits.max_turns == 1 else Status.COMPLETED
    assert trajectory.details["ended"] == ended.value
    assert settled(trajectory.status), "it is not played again"


async def test_what_a_model_thought_is_in_the_journal_and_in_the_record(store: Store):
    class Thinker(ScriptedLLM):
        async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
            return msgspec.structs.replace(await super().reply(messages, episode, tools), reasoning="I count on.")

    trajectory = await played(store, Thinker())
    assert {m.reasoning for m in trajectory.messages if m.loss} == {"I count on."}
    assert read_journal(store, lambda _: True)["e"].turns[0].reply.reasoning == "I count on."


async def test_an_ending_that_is_not_the_agents_has_no_reward_even_if_the_environment_names_one(store: Store):
    class Confused(PracticeWorlds):
        async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
            opened = await super().open(task, lease_id)
            opened.session.step = confused  # type: ignore[method-assign]
            return opened

    async def confused(reply: str) -> Feedback:
        return Feedback(status=Status.TASK_ERROR, reward=1.0)

    trajectory = await played(store, ScriptedLLM(), Confused())
    assert (trajectory.status, trajectory.reward) == (Status.TASK_ERROR, None)


async def test_three_identical_replies_end_the_episode_before_the_third_acts(store: Store):
    trajectory = await played(store, ScriptedLLM(lambda turn, _: "Say: 1"))
    assert (trajectory.status, trajectory.reward, len(trajectory.turns)) == (Status.REPETITION, 0.0, 3)


@pytest.mark.parametrize("repeats", [None, {}, {"database": 3}, {"practice": None}])
async def test_identical_replies_are_played_on_where_the_rule_is_off(
    store: Store, repeats: dict[str, int | None] | None
):
    trajectory = await played(store, ScriptedLLM(lambda turn, _: "Say: 1"), limits=Limits(repeats=repeats))
    assert (trajectory.status, trajectory.reward, len(trajectory.turns)) == (Status.TASK_LIMIT, 0.0, 6)


async def test_the_rule_of_one_environment_holds_there(store: Store):
    trajectory = await played(store, ScriptedLLM(lambda turn, _: "Say: 1"), limits=Limits(repeats={"practice": 2}))
    assert (trajectory.status, trajectory.reward, len(trajectory.turns)) == (Status.REPETITION, 0.0, 2)


@pytest.mark.parametrize(
    ("repeats", "said"), [(1, "greater than or equal to 2"), ({"databse": 3}, "did you mean 'database'")]
)
def test_a_mistaken_rule_is_refused(repeats: object, said: str):
    with pytest.raises(ValidationError, match=said):
        Limits(repeats=repeats)  # type: ignore[arg-type]


@pytest.mark.parametrize("overflows", [True, False], ids=["context", "turns"])
async def test_an_agent_that_can_say_no_more_is_judged_by_its_environment(store: Store, overflows: bool):
    class Judging(PracticeWorlds):
        async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
            opened = await super().open(task, lease_id)
            opened.session.end = judged  # type: ignore[method-assign]
            return opened

    async def judged(status: Status) -> Feedback:
        return Feedback(status=status, reward=1.0, details={"judged": True})

    llm = ScriptedLLM(lambda turn, _: ContextOverflow("too long") if turn == 2 and overflows else f"Say: {turn + 1}")
    trajectory = await played(store, llm, Judging(), Limits(max_turns=2 + overflows))
    assert (trajectory.status, trajectory.reward) == (Status.CONTEXT_LIMIT if overflows else Status.TASK_LIMIT, 1.0)
    assert trajectory.details == {"judged": True}
    assert trajectory.error


class Dreamer(ScriptedLLM):
    """Makes up the observation behind each of its replies, and tells one token id for each character."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        self.seen = [message.content for message in messages]
        reply = await super().reply(messages, episode, tools)
        text = f"{reply.text}\nObservation: you win\nSay: done"
        ids = [ord(letter) for letter in text]
        return msgspec.structs.replace(
            reply, text=text, token_ids=ids, logprobs=[-1.0] * len(ids), finish_reason="length"
        )

    async def cut(self, reply: Reply, text: str) -> Reply:
        ids = reply.token_ids
        assert ids is not None
        count = tokens_of(text, ids, lambda some: "".join(map(chr, some)))
        assert count is not None
        cut = await super().cut(reply, text)
        assert (cut.token_ids, cut.logprobs) == (None, None)
        return msgspec.structs.replace(cut, token_ids=ids[:count], logprobs=(reply.logprobs or [])[:count])


async def test_of_a_reply_there_is_what_its_environment_keeps_everywhere(store: Store):
    llm = Dreamer()
    trajectory = await played(store, llm, PracticeWorlds(kept=Kept("Observation:")))
    own = [message.content for message in trajectory.messages if message.loss]
    assert own == [f"I go on counting.\nSay: {word}\n" for word in (1, 2, 3, 4, 5, "done")]
    assert llm.seen == [message.content for message in trajectory.messages[:-1]]
    assert [turn.reply.text for turn in read_journal(store, lambda _: True)["e"].turns] == own
    assert ["".join(map(chr, turn.token_ids or [])) for turn in trajectory.turns] == own
    assert [len(turn.logprobs or []) for turn in trajectory.turns] == [len(text) for text in own]
    assert {turn.finish_reason for turn in trajectory.turns} == {"stop"}
    assert trajectory.usage.completion_tokens == 12  # what was paid for, made up or not


async def test_a_journal_of_whole_replies_is_replayed_into_cut_ones(store: Store):
    replay = Replay(
        0, [JournalledTurn(Reply("Say: 1\nObservation: fine\nSay: done", token_ids=[1, 2]), ("I heard 1.",))]
    )
    llm = ScriptedLLM()
    trajectory = await played(store, llm, PracticeWorlds(kept=Kept("Observation:")), replay=replay)
    assert (trajectory.status, trajectory.reward, llm.calls) == (Status.COMPLETED, 1.0, 5)
    assert (trajectory.messages[1].content, trajectory.turns[0].token_ids, trajectory.turns[0].replayed) == (
        "Say: 1\n",
        None,
        True,
    )


async def test_the_turn_limit_ends_the_episode(store: Store):
    trajectory = await played(store, ScriptedLLM(), limits=Limits(max_turns=2))
    assert (trajectory.status, trajectory.reward, len(trajectory.turns)) == (Status.TASK_LIMIT, 0.0, 2)


async def test_a_slow_turn_and_a_slow_episode_have_no_reward(store: Store):
    slow = await played(store, ScriptedLLM(delay_s=1), limits=Limits(turn_timeout_s=0.05))
    assert (slow.status, slow.reward, slow.tries) == (Status.TURN_TIMEOUT, None, 3)
    long = await played(store, ScriptedLLM(delay_s=0.05), limits=Limits(episode_timeout_s=0.12))
    assert (long.status, long.reward) == (Status.EPISODE_TIMEOUT, None) or long.status is Status.COMPLETED


async def test_a_broken_environment_is_played_again_without_paying_for_a_reply_twice(store: Store):
    llm, environments = ScriptedLLM(), PracticeWorlds([(3, broken()), (1, broken())])
    trajectory = await played(store, llm, environments)
    assert (trajectory.status, trajectory.reward, trajectory.tries) == (Status.COMPLETED, 1.0, 3)
    assert llm.calls == 6
    assert [turn.replayed for turn in trajectory.turns] == [True, True, True, True, False, False]
    assert (environments.opened, environments.closed) == (3, 3)


async def test_an_environment_that_stays_broken_ends_without_reward_after_its_tries(store: Store):
    trajectory = await played(store, ScriptedLLM(), PracticeWorlds([(1, broken())] * 3))
    assert (trajectory.status, trajectory.reward, trajectory.tries) == (Status.ENVIRONMENT_ERROR, None, 3)
    assert trajectory.error == "the container is gone"


ITS_LIMIT = Feedback(status=Status.TASK_LIMIT, reward=0.0, details={"limit": "memory"})


async def test_a_fault_in_doubt_that_the_replay_does_not_meet_was_not_the_agents(store: Store):
    llm, environments = ScriptedLLM(), PracticeWorlds([(2, doubtful(ITS_LIMIT))])
    trajectory = await played(store, llm, environments)
    assert (trajectory.status, trajectory.reward, trajectory.tries) == (Status.COMPLETED, 1.0, 2)
    assert llm.calls == 6
    assert environments.apart == [False, True]


async def test_a_fault_in_doubt_that_the_replay_meets_again_is_the_agents_own_ending(store: Store):
    llm, environments = ScriptedLLM(), PracticeWorlds([(2, doubtful(ITS_LIMIT)), (2, doubtful(ITS_LIMIT))])
    trajectory = await played(store, llm, environments)
    assert (trajectory.status, trajectory.reward, trajectory.tries) == (Status.TASK_LIMIT, 0.0, 2)
    assert trajectory.details == {"limit": "memory"}
    assert llm.calls == 3


async def test_a_fault_in_doubt_has_its_replay_even_where_no_try_is_left(store: Store):
    environments = PracticeWorlds([(1, broken()), (1, broken()), (2, doubtful(ITS_LIMIT)), (2, doubtful(ITS_LIMIT))])
    trajectory = await played(store, ScriptedLLM(), environments)
    assert (trajectory.status, trajectory.tries) == (Status.TASK_LIMIT, 4)


async def test_another_fault_is_not_the_one_in_doubt(store: Store):
    environments = PracticeWorlds([(2, doubtful(ITS_LIMIT)), (3, doubtful(ITS_LIMIT)), (3, broken())])
    trajectory = await played(store, ScriptedLLM(), environments)
    assert (trajectory.status, trajectory.reward, trajectory.tries) == (Status.ENVIRONMENT_ERROR, None, 3)


async def test_what_was_the_agents_doing_is_an_observation_where_it_is_none_of_an_ending_and_the_journal_knows_it(
    store: Store,
):
    said = Feedback("9999 (HY000): Odd error")
    trajectory = await played(store, ScriptedLLM(), PracticeWorlds([(2, doubtful(said)), (2, doubtful(said))]))
    assert [message.content for message in trajectory.messages if message.content == said.observation]
    assert trajectory.status.scored
    turns = read_journal(store, lambda _: True)["e"].turns[:4]
    assert turns[2].observations == (said.observation,)
    again = await played(store, ScriptedLLM(), PracticeWorlds([(2, doubtful(said))]), replay=Replay(0, turns))
    assert (again.tries, again.messages) == (1, trajectory.messages)


async def test_a_task_that_cannot_be_set_up_is_not_tried_again(store: Store):
    environments = PracticeWorlds([(0, TaskFault("init failed"))])
    trajectory = await played(store, ScriptedLLM(), environments)
    assert (trajectory.status, trajectory.tries, environments.opened) == (Status.TASK_ERROR, 1, 1)


async def test_an_environment_that_answers_differently_is_played_from_its_beginning(store: Store):
    replay = Replay(0, [JournalledTurn(Reply("Say: 1"), ("I heard something else.",))])
    llm = ScriptedLLM()
    trajectory = await played(store, llm, replay=replay)
    assert (trajectory.status, trajectory.reward, llm.calls) == (Status.COMPLETED, 1.0, 6)
    assert not any(turn.replayed for turn in trajectory.turns)
    assert read_journal(store, lambda _: True)["e"].play == 1


async def test_a_void_play_is_not_replayed_when_the_environment_then_breaks(store: Store):
    replay = Replay(0, [JournalledTurn(Reply("Say: 1"), ("I heard something else.",))])
    llm = ScriptedLLM()
    trajectory = await played(store, llm, PracticeWorlds([(99, broken()), (-1, broken())]), replay=replay)
    assert (trajectory.status, trajectory.tries, llm.calls) == (Status.COMPLETED, 2, 6)
    journalled = read_journal(store, lambda _: True)["e"]
    assert (journalled.play, len(journalled.turns)) == (1, 6)


@settings(max_examples=20, deadline=None)
@given(died_at=st.integers(0, 6), observed=st.booleans())
def test_an_episode_that_died_anywhere_goes_on_with_what_the_journal_kept(died_at: int, observed: bool):
    async def check(folder: str) -> None:
        store = Store(folder)
        store.create({"schema_version": 1, "run_id": "run"})
        whole = await played(store, ScriptedLLM())
        turns = read_journal(store, lambda _: True)["e"].turns[:died_at]
        if turns and not observed:
            turns[-1] = JournalledTurn(turns[-1].reply)
        llm = ScriptedLLM()
        again = await played(store, llm, replay=Replay(0, turns))
        assert again.messages == whole.messages
        assert llm.calls == 6 - died_at

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(check(folder))


async def test_a_cancelled_episode_keeps_its_messages_and_closes_its_session(store: Store):
    environments = PracticeWorlds()
    journal = Journal(store, 0.01)
    llm = ScriptedLLM(delay_s=0.05)
    task = asyncio.create_task(Player(llm, environments, journal, context()).run(Assignment("e", practice_task(), 0)))
    await asyncio.sleep(0.12)
    task.cancel()
    trajectory, _ = await task
    await journal.close()
    assert (trajectory.status, trajectory.reward) == (Status.CANCELLED, None)
    assert len(trajectory.turns) >= 1
    assert environments.opened == environments.closed == 1


async def test_the_model_sees_a_trimmed_history_and_the_record_keeps_all(store: Store):
    shown: list[int] = []

    def long_winded(turn: int, episode: Episode) -> str:
        shown.append(turn)
        return f"{'word ' * 60}\nSay: {len(shown) if len(shown) <= 5 else 'done'}"

    trajectory = await played(store, ScriptedLLM(long_winded), limits=Limits(history_segments=150))
    assert trajectory.turns[-1].omitted_messages > 0
    assert len(trajectory.messages) == 12
