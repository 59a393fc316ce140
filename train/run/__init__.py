"""The run itself: the loop, its workers, its driver, its checkpoints."""
