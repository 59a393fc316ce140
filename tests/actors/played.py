"""Trajectories for the tests of what comes after a rollout, written through the real store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actors.records.store import Store
from actors.records.trajectory import SCHEMA_VERSION, Trajectory, Turn, Usage
from environments.contract import Status
from environments.message import Message

OPENING = (
    Message("user", "You are an agent. Count."),
    Message("assistant", "Ok.", loss=False),
    Message("user", "How many?"),
)


def played(
    episode: str = "e0",
    replies: Sequence[str] = ("Think: look.\n\nAct: bash\n\n```bash\nls\n```", "Think: three.\n\nAct: answer(3)"),
    opening: Sequence[Message] = OPENING,
    observation: str = "a b c",
    **fields: Any,
) -> Trajectory:
    """An episode that ended well, unless `fields` say otherwise."""
    messages, turns = list(opening), []
    for i, reply in enumerate(replies):
        if i:
            messages.append(Message("user", observation))
        messages.append(Message("assistant", reply, loss=True))
        turns.append(
            Turn(len(messages) - 1, Usage(100, 20, 10, 0.001), "stop", limit_s=0.01, llm_s=0.5, environment_s=0.02)
        )
    known: dict[str, Any] = {
        "episode_id": episode,
        "run_id": "run",
        "task_id": f"task-{episode}",
        "environment": "operating_system",
        "split": "train",
        "source": "generated",
        "family": "files",
        "attempt": 0,
        "llm": "gpt-4",
        "messages": messages,
        "turns": turns,
        "status": Status.COMPLETED,
        "reward": 1.0,
        "settings": {"seed": 7},
        "lease_s": 0.1,
        "total_s": 2.0,
    }
    return Trajectory(**{**known, **fields})


def run_of(path: Path, *trajectories: Trajectory) -> Path:
    """A run's folder that holds these."""

    async def write() -> None:
        store = Store(str(path))
        store.create({"schema_version": SCHEMA_VERSION})
        writer = store.writer(interval_s=0)
        for trajectory in trajectories:
            await writer.append(trajectory)
        await writer.close()

    asyncio.run(write())
    return path


def content(folder: Path) -> dict[str, bytes]:
    """Every file under `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
