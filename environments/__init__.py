"""The environments: what a task is, what an action does, what a reward is. Knows nothing of LLMs, Ray or training."""
