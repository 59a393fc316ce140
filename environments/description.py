"""What an environment says of itself, so that nothing else in the project has to know its name.

`environments/<name>/__init__.py` holds its `DESCRIPTION`; a package of somebody else's holds one in the same place.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

from environments.contract import EnvironmentVersion


class Metric(StrEnum):
    """How episodes become one number. `category_mean` is the mean over an environment's categories of the success rate
    in each: DBBench's overall_cat_accuracy.
    """

    SUCCESS_RATE = "success_rate"
    MEAN_REWARD = "mean_reward"
    CATEGORY_MEAN = "category_mean"


class EpisodeProfile(NamedTuple):
    """An average episode: turns, and characters of a reply and of an observation."""

    turns: float
    reply: float
    observation: float


class PaperTask(NamedTuple):
    """An environment's row in AgentTuning's Table 4, whose baselines weigh it in the overall score."""

    category: Literal["held-in", "held-out", "general"]
    task: str


class Description(NamedTuple):
    """An environment in a few words and numbers.

    `short` is its split in AgentInstruct and what commands take in place of the name. `version` is raised with every
    change of what agents see and may do, or of what it earns. `profile` is what a dry run prices. `keep_reward` is the
    least reward that a trajectory is kept with, `repeats` after how many identical replies AgentBench's own harness
    fails an episode (None: it has no such rule). `categories`: whether its tasks have them (`tasks.category`).
    `stateless`: its sessions need nothing but their task, so that no actor hosts it (`environments.kinds.stateless`).
    """

    name: str
    short: str
    title: str
    version: EnvironmentVersion
    metric: Metric
    profile: EpisodeProfile
    keep_reward: float = 1.0
    repeats: int | None = None
    categories: bool = False
    stateless: bool = False
    paper: PaperTask | None = None
