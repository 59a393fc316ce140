"""The README.md of an exported data set: the Hub's front matter, the table of AgentTuning's Table 1, how it was
made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import yaml

from actors.program.terminal import one_line
from actors.records.agent_instruct import described, split_of
from actors.records.filtered import Count, Manifest

_WAYS = {
    "agentinstruct": "imported records",
    "self-instruct": "Self-Instruct",
    "task-derivation": "Task Derivation",
}


class Split(NamedTuple):
    """One split of the data set. `turns` are those that are trained on."""

    name: str
    records: int
    arrow_bytes: int
    parquet_bytes: int
    turns: int


def _title(environment: str) -> str:
    one = described(environment)
    return environment if one is None else one.title


def card(name: str, splits: Sequence[Split], manifest: Manifest, license_id: str) -> str:
    """The whole text."""
    return "\n".join(
        [
            "---",
            yaml.safe_dump(_front_matter(name, splits, license_id), sort_keys=False, allow_unicode=True).rstrip(),
            "---",
            "",
            f"# {_cell(name)}",
            "",
            "Trajectories of language-model agents in AgentInstruct's format (AgentTuning, arXiv 2310.12823).",
            "",
            *_counts(manifest.counts),
            "",
            *_how_made(manifest),
            "",
            *_format(),
            "",
            "## Licence",
            "",
            _licence(license_id),
            "",
        ]
    )


def _front_matter(name: str, splits: Sequence[Split], license_id: str) -> dict[str, object]:
    turn = [
        {"name": field, "dtype": kind} for field, kind in (("from", "string"), ("loss", "bool"), ("value", "string"))
    ]
    return {
        "pretty_name": name,
        "license": license_id,
        "task_categories": ["text-generation"],
        "dataset_info": {
            "features": [{"name": "conversations", "list": turn}, {"name": "id", "dtype": "string"}],
            "splits": [
                {"name": split.name, "num_bytes": split.arrow_bytes, "num_examples": split.records} for split in splits
            ],
            "download_size": sum(split.parquet_bytes for split in splits),
            "dataset_size": sum(split.arrow_bytes for split in splits),
        },
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split.name, "path": f"data/{split.name}-*"} for split in splits],
            }
        ],
    }


def _counts(counts: Sequence[Count]) -> list[str]:
    lines = [
        "| task | way | instructions | kept | avg turns | kept % |",
        "|---|---|---:|---:|---:|---:|",
    ]
    lines += [_row(_title(c.environment), _WAYS.get(c.source, c.source), [c]) for c in counts]
    if len(counts) > 1:
        lines.append(_row("**total**", "", counts))
    episodes, instructions = sum(c.episodes for c in counts), sum(c.instructions for c in counts)
    lines += ["", "*way*: the source of the instructions. *avg turns*: turns of the agent's own in a kept trajectory."]
    if episodes != instructions:
        lines.append(f"*kept %* is of the {episodes:,} episodes played: an instruction may be played more than once.")
    return lines


def _row(title: str, way: str, counts: Sequence[Count]) -> str:
    instructions, episodes, kept = (
        sum(getattr(c, name) for c in counts) for name in ("instructions", "episodes", "kept")
    )
    turns = f"{sum(c.agent_turns for c in counts) / kept:.2f}" if kept else "–"
    percentage = f"{100 * kept / episodes:.2f} %" if episodes else "–"
    return f"| {_cell(title)} | {_cell(way)} | {instructions:,} | {kept:,} | {turns} | {percentage} |"


def _how_made(manifest: Manifest) -> list[str]:
    lines = ["## How it was made", ""]
    for maker in manifest.made_by:
        settings = f", settings `{_code(maker.settings)}`" if maker.settings else ""
        lines.append(f"- {maker.kept:,} by the LLM `{_code(maker.llm)}`{settings}")
    lines += [
        "",
        f"Kept: what passed the filter with `{_code(manifest.settings)}`. Rejected, by the first reason that held:",
        "",
    ]
    reasons = [
        f"- {split_of(c.environment)} ({_cell(c.source)}): {n:,} for {reason}"
        for c in manifest.counts
        for reason, n in c.rejected.items()
    ]
    return lines + (reasons or ["- none"])


def _format() -> list[str]:
    return [
        "## Format",
        "",
        (
            "Each record has an `id` and `conversations`, a list of turns: `from` (`human` or `gpt`, alternating, human"
            " first, gpt last),"
        ),
        (
            "`value`, and `loss`: null for human turns, false for gpt turns that were not generated for this record"
            " (acknowledgement,"
        ),
        (
            "demonstration), true for the agent's own, which are the ones to train on. `sharegpt/` holds the same"
            " records as JSON;"
        ),
        "`episodes.jsonl` says which episode of which run a record is.",
    ]


def _licence(license_id: str) -> str:
    if license_id == "unknown":
        return (
            "Licence: not stated (`--license` states it). The terms of the LLM that wrote the replies may apply as"
            " well."
        )
    return f"Licence: {_cell(license_id)}. The terms of the LLM that wrote the replies may apply as well."


def _cell(text: str) -> str:
    """Text that cannot leave its table cell or line."""
    return one_line(text).replace("|", "\\|")


def _code(value: object) -> str:
    """A value inside back quotes."""
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="deterministic").decode()
    return one_line(text).replace("`", "'")
