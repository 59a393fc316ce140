"""How an environment's episodes become one number: the metrics of AgentTuning's held-in tasks (its Table 3)."""

from __future__ import annotations

from environments.description import Metric
from environments.registry import registered
from serve.evaluation.evaluation import EpisodeScore, Evaluation


def metric_of(evaluation: Evaluation, environment: str) -> Metric:
    """The metric that the evaluation's suite names for `environment`, else the environment's own."""
    named = evaluation.suite.get("metrics", {}).get(environment)
    return Metric(named) if named is not None else registered(environment).description.metric  # of an older suite


def outcome(metric: Metric, episode: EpisodeScore) -> float:
    """What one episode contributes: its score, or 1 for a full one."""
    return episode.score if metric is Metric.MEAN_REWARD else float(episode.score >= 1 - 1e-9)
