"""Evaluation, reports and the whole pipeline, over the rollout service and the trainer."""
