"""Money that brought no reply is spent all the same, and a later start of the run knows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.episodes.episode import Assignment, Context, Player
from actors.episodes.journal import Journal, read_journal, spent
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.openai_api.limiter import LocalLimiter
from actors.llms.openai_api.limits import RateLimits
from actors.llms.openai_api.openai_llm import OpenAILLM
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.practice_provider import Answer, Practice, PracticeProvider
from actors.records.store import Store
from environments.contract import Status
from tests.actors.scripted import PracticeWorlds, practice_task

BUDGET = 5.0
PAID_FOR_NOTHING = Answer(body={"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 0}})  # costs 1
CONTEXT = Context("run", "practice", {}, {}, Limits(), Retries(max_tries=1))


async def start(store: Store, settings: OpenAISettings) -> tuple[Status, float]:
    """One start of a run of one episode: how it ended, and what it paid now."""
    journal = Journal(store, 0.01)
    llm = OpenAILLM(settings, LocalLimiter(RateLimits(), BUDGET, spent(store)))
    await llm.start()
    trajectory, paid = await Player(llm, PracticeWorlds(), journal, CONTEXT).run(Assignment("e", practice_task(), 0))
    await llm.stop()
    await journal.close()
    return trajectory.status, paid.cost or 0.0


@pytest.mark.parametrize("max_retries", [1, 8])
async def test_a_budget_holds_over_all_starts_when_every_call_is_paid_for_nothing(
    tmp_path: Path, max_retries: int
) -> None:
    store = Store(str(tmp_path / "run"))
    store.create({"schema_version": 1, "run_id": "run"})
    (tmp_path / "prices.yaml").write_text("models:\n  practice: {input: 10000, output: 20000}\n")
    async with PracticeProvider(Practice(answer=lambda _: PAID_FOR_NOTHING)) as provider:
        settings = OpenAISettings(
            model="practice",
            base_url=provider.base_url,
            api_key_env=(),
            backoff_s=0.01,
            max_retries=max_retries,
            prices=str(tmp_path / "prices.yaml"),
        )
        paid = 0.0
        for _ in range(4):
            status, now = await start(store, settings)
            paid += now
            assert spent(store) == pytest.approx(paid) == pytest.approx(provider.counts["calls"])
        assert (status, now) == (Status.BUDGET, 0.0)
        assert provider.counts["calls"] == 5
    assert read_journal(store, lambda _: True) == {}  # there is nothing to replay
