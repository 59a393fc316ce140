"""Public files as tasks: downloaded games, ALFRED's data, AgentBench's lists (`games.sources`)."""

from environments.alfworld.games.sources import load

__all__ = ["load"]
