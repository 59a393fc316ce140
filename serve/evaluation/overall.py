"""The overall score, as AgentTuning computes it (arXiv 2310.12823, section 3.1), and the table that it comes from.

A task's score is divided by m, the mean over five baselines on that task (GPT-3.5, GPT-4, Llama-2-chat 7B, 13B, 70B),
so that no task outweighs the others by its scale; the overall is the mean over the tasks. With the unrounded m of Table
4 all 24 overall values that the paper prints come out; with the rounded weights of its Table 3 they do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from actors.records.agent_instruct import described
from environments.description import PaperTask

MODELS = ("GPT-3.5", "GPT-4", "Llama-2-7B", "Llama-2-13B", "Llama-2-70B", "AgentLM-7B", "AgentLM-13B", "AgentLM-70B")
BASELINES = MODELS[:5]

# Table 4: category → task → one score for each of MODELS, in per cent (MT-Bench: points of ten).
TABLE_4: dict[str, dict[str, tuple[float, ...]]] = {
    "held-in": {
        "ALFWorld": (14.0, 78.0, 2.0, 2.0, 6.0, 84.0, 76.0, 86.0),
        "WebShop": (67.2, 58.6, 4.4, 7.2, 1.5, 63.6, 70.8, 64.9),
        "Mind2Web": (15.7, 22.6, 3.7, 2.3, 0.2, 6.4, 8.4, 13.5),
        "KG": (27.2, 52.1, 0.0, 0.0, 0.0, 18.1, 26.8, 47.0),
        "OS": (32.6, 36.8, 8.3, 9.0, 9.0, 17.4, 18.1, 21.5),
        "DB": (15.0, 33.7, 0.3, 1.3, 9.3, 30.6, 33.7, 37.7),
    },
    "held-out": {
        "SciWorld": (21.2, 36.4, 5.9, 6.4, 7.9, 13.7, 18.0, 20.8),
        "MiniWoB++": (66.7, 69.4, 0.0, 19.6, 0.7, 28.9, 31.1, 60.7),
        "WebArena": (4.56, 6.28, 1.23, 1.11, 0.62, 0.74, 1.60, 3.81),
        "HotpotQA": (37.4, 52.1, 22.6, 25.2, 37.5, 22.3, 29.6, 41.6),
        "ReWOO": (71.0, 79.7, 48.3, 48.7, 55.1, 50.9, 55.7, 66.0),
        "DCG": (24.5, 50.0, 0.0, 0.0, 5.0, 7.0, 2.5, 23.5),
    },
    "general": {
        "MMLU": (70.0, 86.4, 48.0, 54.3, 62.1, 48.7, 53.6, 59.5),
        "HumanEval": (48.1, 67.0, 13.9, 18.4, 30.8, 15.4, 14.8, 28.7),
        "GSM8K": (57.1, 87.1, 27.7, 37.5, 54.7, 24.6, 32.4, 59.7),
        "MT-Bench": (7.94, 8.99, 6.26, 6.65, 6.85, 6.11, 6.57, 7.26),
    },
}

HELD_IN = "held-in"


def baseline(category: str, task: str) -> float:
    """m of a task of Table 4, in that table's unit."""
    return fmean(TABLE_4[category][task][: len(BASELINES)])


def weights(category: str, tasks: Sequence[str]) -> list[float]:
    """What the score of each of `tasks` (Table 4's unit) is multiplied by, so that the sum is the overall: 1 / (m ×
    number of tasks).
    """
    return [1 / (baseline(category, task) * len(tasks)) for task in tasks]


def held_in_task(environment: str) -> str | None:
    """The name in Table 4 of one of the paper's held-in tasks; None for what has no part in this overall score, or is
    not known here: an evaluation is read without the packages that it was played with.
    """
    one = described(environment)
    paper = one.paper if one is not None else None
    return paper.task if paper is not None and paper.category == HELD_IN else None


def in_the_table(paper: PaperTask) -> bool:
    """Whether Table 4 has such a row."""
    return paper.task in TABLE_4[paper.category]


def held_in_weights(tasks: Sequence[str]) -> list[float]:
    """`weights` of held-in tasks for scores between 0 and 1."""
    return [100 * weight for weight in weights(HELD_IN, tasks)]
