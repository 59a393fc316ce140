"""How an environment's episodes become one number: the metrics of AgentTuning's held-in tasks (its Table 3)."""

from __future__ import annotations

from enum import StrEnum

from environments.contract import Task
from environments.database.judge import MODIFICATIONS
from serve.evaluation.evaluation import EpisodeScore, Evaluation


class Metric(StrEnum):
    """`category_mean` is the mean over an environment's categories of the success rate in each: DBBench's
    overall_cat_accuracy.
    """

    SUCCESS_RATE = "success_rate"
    MEAN_REWARD = "mean_reward"
    CATEGORY_MEAN = "category_mean"


DEFAULTS = {
    "operating_system": Metric.SUCCESS_RATE,
    "database": Metric.CATEGORY_MEAN,
    "knowledge_graph": Metric.MEAN_REWARD,  # the reward is F1
    "webshop": Metric.MEAN_REWARD,
    "practice": Metric.SUCCESS_RATE,
}
CATEGORISED = ("database",)


def category(task: Task) -> str:
    """What `category_mean` groups `task` by: of a database INSERT, UPDATE, DELETE, else SELECT; "" in other
    environments.
    """
    if task.environment not in CATEGORISED:
        return ""
    kinds = [str(kind) for kind in task.payload.get("kinds", ())]
    return kinds[0] if kinds and kinds[0] in MODIFICATIONS else "SELECT"


def metric_of(evaluation: Evaluation, environment: str) -> Metric:
    """The metric that the evaluation's suite names for `environment`, else the environment's default."""
    named = evaluation.suite.get("metrics", {}).get(environment)
    return Metric(named) if named is not None else DEFAULTS.get(environment, Metric.SUCCESS_RATE)


def outcome(metric: Metric, episode: EpisodeScore) -> float:
    """What one episode contributes: its score, or 1 for a full one."""
    return episode.score if metric is Metric.MEAN_REWARD else float(episode.score >= 1 - 1e-9)
