"""`--dry-run`: every stage resolved before anything runs: episodes, tokens, money, memory, hours; nothing is
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

from actors.llms.llm_kinds import AnyLLMSettings, check_budget
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.reference_llm import ReferenceSettings
from actors.program.terminal import console, one_line, safe
from actors.records.trajectory import Usage
from actors.service.episode_list import on_bad_rows, tasks_of, told
from actors.service.settings import BadRows, RolloutSettings, TaskSource
from environments.registry import registered
from environments.rows import BadRow
from serve.evaluation.suite import Suite
from serve.evaluation.suite_tasks import sources
from serve.pipeline import openings
from serve.pipeline.evaluations import playing, suite_of, task_files
from serve.pipeline.layout import Layout
from serve.pipeline.settings import PipelineSettings
from serve.pipeline.stage import Stage
from serve.pipeline.stages import missing_files, missing_teacher
from serve.pipeline.token_counter import TokenCounter
from serve.pipeline.token_estimate import TokenEstimate, traffic
from serve.pipeline.training_estimate import training_lines

COLUMNS = ("episodes", "turns", "opening", "prompt tokens", "completion tokens", "money")
SHOWN = 4
"""Places whose data is not here yet that are named."""


class Row(NamedTuple):
    """The episodes of one task source."""

    environment: str
    column: str
    traffic: TokenEstimate
    left_out: Sequence[BadRow] = ()


def print_estimate(settings: PipelineSettings, stages: Sequence[Stage], out: Path) -> None:
    """Print all of it, in the order of the stages.

    Raises `UserError` for the first thing that cannot run as it is said.
    """
    output, places = console(), Layout(settings, out)
    counter = TokenCounter(places.base)
    output.print(
        f"{len(stages)} stages into {out}; nothing is run (--dry-run). Estimated, not measured:", soft_wrap=True
    )
    for number, stage in enumerate(stages, 1):
        output.print(f"\n{number}. {stage.name}: {stage.what}", style="bold", soft_wrap=True)
        output.print(f"   $ {stage.command}", soft_wrap=True)
        for part in _parts(stage, settings, places, counter):
            output.print(part, soft_wrap=isinstance(part, str))
    output.print(*_assumptions(settings, counter), sep="\n", soft_wrap=True)
    if missing := [*missing_teacher(settings), *missing_files(settings, places)]:
        output.print(
            "", "Wanted before it can run:", *(f"- {one_line(line)}" for line in missing), sep="\n", soft_wrap=True
        )


def _parts(stage: Stage, settings: PipelineSettings, places: Layout, counter: TokenCounter) -> Iterable[Any]:
    if stage.name == "act":
        return _acting(settings.act, counter)
    if stage.name == "train":
        return training_lines(settings, places)
    if settings.evaluate and stage.name.startswith("evaluate-"):
        who = next(who for who in settings.evaluate.models if stage.name == f"evaluate-{who}")
        suite = suite_of(settings.evaluate)
        player = playing(settings, settings.evaluate, places, who, suite)
        check_budget(player.llm, player.budget)
        return _evaluating(suite, player.llm, player.budget, counter)
    return ()


def _acting(act: RolloutSettings, counter: TokenCounter) -> Iterator[Any]:
    check_budget(act.llm, act.budget)
    rows = [
        _row(source, act.host(source.environment).settings, act.split, act.seed, act.attempts, counter, act.bad_rows)
        for source in act.tasks
    ]
    yield from _table(rows, act.llm, act.budget)


def _evaluating(suite: Suite, llm: AnyLLMSettings, budget: float | None, counter: TokenCounter) -> Iterator[Any]:
    missing = [f"{place}: {path}" for place, path in task_files(suite).items() if not path.exists()]
    if missing:
        more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        yield f"   its data is not here yet, and not counted: {'; '.join(missing[:SHOWN])}{more}"
        return
    rows = []
    for _, source in sources(suite):
        settings = suite.environments[source.environment].settings if source.environment in suite.environments else {}
        rows.append(_row(source, settings, source.split or "", suite.seed, suite.attempts, counter, suite.bad_rows))
    yield from _table(rows, llm, budget if isinstance(llm, OpenAISettings) else None)


def _row(
    source: TaskSource,
    settings: dict[str, Any],
    split: str,
    seed: int,
    attempts: int,
    counter: TokenCounter,
    bad_rows: BadRows,
) -> Row:
    left_out: list[BadRow] = []
    bad = on_bad_rows(bad_rows, left_out)
    tasks = source.generate if source.generate is not None else sum(1 for _ in tasks_of(source, split, seed, bad))
    texts = openings.sampled(source, settings, split, seed, on_bad_rows(bad_rows, []))
    characters = sum(map(len, texts)) / max(1, len(texts))
    number = min(tasks, source.limit or tasks) * attempts
    profile = registered(source.environment).description.profile
    expected = traffic(number, characters, profile, counter.characters_per_token(texts))
    return Row(source.environment, split, expected, left_out)


def _table(rows: Sequence[Row], llm: AnyLLMSettings, budget: float | None) -> Iterator[Any]:
    """The episodes, and for a model the tokens and what they cost."""
    whole = _sum([row.traffic for row in rows])
    table = Table("environment", "column", show_footer=True)
    for name, footer in zip(COLUMNS, _cells(whole, llm), strict=False):
        table.add_column(name, footer if name not in ("turns", "opening") else "", justify="right")
    table.columns[0].footer = "all"
    for row in merged(rows):
        table.add_row(safe(row.environment), safe(row.column), *_cells(row.traffic, llm))
    yield table
    yield from (f"   {line}" for line in told([bad for row in rows for bad in row.left_out]))
    cost = _cost(llm, whole)
    if budget is not None and cost is not None and cost > budget:
        yield f"   the budget of {budget:g} is spent after about {100 * budget / cost:.0f} % of it; more of it goes on"


def merged(rows: Sequence[Row]) -> list[Row]:
    """One row for each environment and column."""
    found: dict[tuple[str, str], list[TokenEstimate]] = {}
    for row in rows:
        found.setdefault((row.environment, row.column), []).append(row.traffic)
    return [Row(environment, column, _sum(parts)) for (environment, column), parts in found.items()]


def _sum(parts: Sequence[TokenEstimate]) -> TokenEstimate:
    """Totals; turns and opening are means over the episodes."""
    episodes = sum(part.episodes for part in parts)
    turns = sum(part.episodes * part.turns for part in parts) / max(1, episodes)
    opening = sum(part.episodes * part.opening_tokens for part in parts) / max(1, episodes)
    return TokenEstimate(
        episodes=episodes,
        turns=turns,
        opening_tokens=opening,
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        completion_tokens=sum(part.completion_tokens for part in parts),
    )


def _cells(t: TokenEstimate, llm: AnyLLMSettings) -> list[str]:
    """The cells under `COLUMNS`; the solutions of the tasks take no tokens."""
    if isinstance(llm, ReferenceSettings):
        return [f"{t.episodes:,}"]
    cost = _cost(llm, t)
    money = "" if cost is None else f"{cost:,.2f}"
    return [
        f"{t.episodes:,}",
        f"{t.turns:.1f}",
        f"{t.opening_tokens:,.0f}",
        f"{t.prompt_tokens:,.0f}",
        f"{t.completion_tokens:,.0f}",
        money,
    ]


def _cost(llm: AnyLLMSettings, t: TokenEstimate) -> float | None:
    """In the price table's currency, nothing cached; None where it costs nothing or has no price."""
    price = llm.price(budgeted=False) if isinstance(llm, OpenAISettings) else None
    return (
        None
        if price is None
        else price.cost(Usage(prompt_tokens=round(t.prompt_tokens), completion_tokens=round(t.completion_tokens)))
    )


def _played(settings: PipelineSettings) -> list[str]:
    """The environments that any stage plays."""
    suite = suite_of(settings.evaluate).environment_names if settings.evaluate else []
    return list(dict.fromkeys([*(source.environment for source in settings.act.tasks), *suite]))


def _assumptions(settings: PipelineSettings, counter: TokenCounter) -> list[str]:
    lines = ["", "Assumed:", f"- {counter.how}"]
    lines.append(
        "- turns as in AgentInstruct's kept trajectories ("
        + ", ".join(f"{name} {registered(name).description.profile.turns:g}" for name in _played(settings))
        + "), replies and observations as long as in its published records; every prompt holds all turns before it;"
        " failures are longer"
    )
    lines.append(
        "- openings as measured on the first generated tasks; the shop's first page is counted as one of the"
        " demonstration's"
    )
    llm = settings.act.llm
    if isinstance(llm, OpenAISettings):
        table = llm.price_table()
        price = llm.price(budgeted=False)
        if table is None or price is None:
            lines.append(f"- no price of '{llm.model}' is known: its money is not estimated")
        else:
            said = f"{price.input:g} / {price.output:g} {table.currency} a million prompt / completion tokens"
            lines.append(f"- money: {said} ({table.path}), nothing cached by the provider")
    return lines
