"""The rollout service: a run's episodes on Ray actors."""
