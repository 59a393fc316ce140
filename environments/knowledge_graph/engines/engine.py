"""What answers a query.

Two kinds: any SPARQL 1.1 endpoint over HTTP (endpoint.py), and the embedded store's server (embedded.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from environments.contract import EnvironmentFault
from environments.half_characters import well_formed
from environments.knowledge_graph.programs.sparql import NAMESPACE


class Refused(Exception):
    """The query ran into a limit of time or memory: it asks for too much, which is the agent's doing, not the
    engine's.
    """


class InDoubt(Refused):
    """The same by all signs; but a busy machine, or who kills workers, would look like it too: a replay tells."""


class Malformed(EnvironmentFault):
    """The engine cannot read the query.

    Ours are well-formed; one that a task brings along may not be, and is that task's fault then.
    """


class Answers(NamedTuple):
    """The values of `?x` as AgentBench shows them. `cut`: there are more."""

    values: list[str]
    cut: bool = False


class Engine(ABC):
    """Answers the queries of one session."""

    @abstractmethod
    async def select(self, query: str, limit: int) -> Answers:
        """The values of `?x`, at most `limit`.

        Raises `Refused` at a limit, `Malformed`, `EnvironmentFault` where the engine broke.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections. Never raises; may be called twice."""


def shown(value: str) -> str:
    """A value as AgentBench shows it: without the namespace, and without the time zone that its endpoint gives to
    dates. Half of a surrogate pair, which no record could hold, reads as U+FFFD."""
    return well_formed(value.replace(NAMESPACE, "").replace("-08:00", ""))
