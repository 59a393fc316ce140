"""How an episode's ending is called wherever people read it: a run's tables, `view`, a report.

Records and JSON keep `Status` as it is written, AgentBench's names among them; these are the words for it.
"""

from __future__ import annotations

from environments.contract import Status

TITLES: dict[Status, str] = {
    Status.COMPLETED: "completed",
    Status.CONTEXT_LIMIT: "context limit",
    Status.VALIDATION_FAILED: "invalid format",
    Status.INVALID_ACTION: "invalid action",
    Status.TASK_LIMIT: "turn limit",
    Status.REPETITION: "repetition",
    Status.TASK_ERROR: "task error",
    Status.CANCELLED: "cancelled",
    Status.UNKNOWN: "unknown",
    Status.TURN_TIMEOUT: "turn timeout",
    Status.EPISODE_TIMEOUT: "episode timeout",
    Status.BUDGET: "budget exhausted",
    Status.ENVIRONMENT_ERROR: "environment error",
    Status.PROVIDER_ERROR: "provider error",
    Status.AWAITS_JUDGEMENT: "awaits judgement",
}
NAMES = {status.value: status for status in Status} | {name: status for status, name in TITLES.items()}
"""Every word for an ending that a user may write: ours and the record's."""


def title(status: Status) -> str:
    """An ending in plain words."""
    return TITLES[status]
