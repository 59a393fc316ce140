"""What can be known of a run before it leaves a trace or starts Ray: whether its LLM can be had, and what it costs."""

from __future__ import annotations

from actors.llms.llm_kinds import check_budget, create
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.vllm_settings import VLLMSettings, check_model
from actors.program.ray_job import on_a_cluster
from actors.service.settings import RolloutSettings


async def check_llm(settings: RolloutSettings) -> None:
    """Raises `UserError` for a budget without a price, a key that is missing or refused, a server that does not answer
    or does not know the model, a model that is not there. On a cluster that was there before, the last three are its
    nodes' matter."""
    llm = settings.llm
    check_budget(llm, settings.budget)
    if on_a_cluster():
        return
    if isinstance(llm, VLLMSettings):
        check_model(llm.model)
    elif isinstance(llm, OpenAISettings):
        client = create(llm)
        try:
            await client.start()
        finally:
            await client.stop()


def money(settings: RolloutSettings, spent: float) -> str:
    """What a run's replies cost, and what it may spend, in a line."""
    llm = settings.llm
    if not isinstance(llm, OpenAISettings):
        return f"money: none, llm.kind '{llm.kind}' asks no provider"
    table, price = llm.price_table(), llm.price(budgeted=False)
    if table is None or price is None:
        return f"money: no price of '{llm.model}' is known, and no budget stops the run"
    cost = (
        f"'{llm.model}' costs {price.input:g} / {price.output:g} {table.currency} a million prompt / completion tokens"
    )
    if settings.budget is None:
        return f"money: {cost}; no budget stops the run"
    return f"money: {cost}; the budget is {settings.budget:g} {table.currency}, {spent:.4g} of it is spent"
