"""Which episodes the report shows, and their conversations told apart by who speaks.

The choice is a rule, not a taste: in each column and environment, in the order in which the suite plays them, the first
task that the first model failed and the second solved, the first that both failed, and the first that the first model
solved and the second failed. With one model: the first solved and the first failed. Solved means the full score; an
episode that infrastructure ended shows nothing of the agent and is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from actors.dataset.view import split_reply
from actors.program.user_error import UserError
from actors.records.endings import title
from actors.records.judged import Judged, judged
from actors.records.store import Store
from actors.records.trajectory import Trajectory
from environments.message import Message
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.evaluation.family_scores import solved

Of = TypeVar("Of")
_PAIRED: dict[tuple[bool, ...], str] = {
    (False, True): "failed before, solved after",
    (False, False): "failed before and after",
    (True, False): "solved before, failed after",
}
_ALONE: dict[tuple[bool, ...], str] = {(True,): "solved", (False,): "failed"}


class Choice(NamedTuple):
    """One task and what each of the shown models made of it."""

    column: str
    environment: str
    reason: str
    episodes: tuple[EpisodeScore, ...]


class Said(NamedTuple):
    """One message. `kind` is what it is coloured by: system, instruction, demonstration, task, observation or agent."""

    kind: str
    label: str
    text: str
    action: str = ""


class Shown(NamedTuple):
    """One model's play: what came before its first reply (`opening`, of which `task` is the last), and from there on.
    `judged` is told of what was not solved.
    """

    model: str
    solved: bool
    score: float
    ending: str
    judged: Judged | None
    error: str
    opening: list[Said]
    task: list[Said]
    turns: list[Said]


class Example(NamedTuple):
    """One task, played by each of the shown models."""

    column: str
    environment: str
    reason: str
    task_id: str
    family: str
    plays: list[Shown]

    @property
    def shared_opening(self) -> bool:
        return all((play.opening, play.task) == (self.plays[0].opening, self.plays[0].task) for play in self.plays)


def chosen(evaluations: Sequence[Evaluation]) -> list[Choice]:
    """By the rule above, of the first two (or the one) of `evaluations`, which are of the same tasks."""
    shown = evaluations[:2]
    reasons = _PAIRED if len(shown) == 2 else _ALONE
    others = [{_attempt(episode): episode for episode in evaluation.episodes} for evaluation in shown[1:]]
    found: dict[tuple[str, str, str], Choice] = {}
    for first in shown[0].episodes:
        episodes = (first, *(other[_attempt(first)] for other in others if _attempt(first) in other))
        reason = reasons.get(tuple(map(solved, episodes)))
        if reason is not None and not any(episode.error for episode in episodes):
            found.setdefault(
                (first.column, first.environment, reason), Choice(first.column, first.environment, reason, episodes)
            )
    columns, order = shown[0].columns, list(reasons.values())
    return sorted(found.values(), key=lambda one: (columns.index(one.column), one.environment, order.index(one.reason)))


def _attempt(episode: EpisodeScore) -> tuple[str, str, str, int]:
    return episode.column, episode.environment, episode.task_id, episode.attempt


def examples(choices: Sequence[Choice], models: Sequence[str], folders: Sequence[str]) -> list[Example]:
    """The conversations of `choices` from the models' folders. Raises `UserError` where one is missing."""
    wanted = [{choice.episodes[i].episode_id for choice in choices} for i in range(min(2, len(folders)))]
    read = [
        read_episodes(folder, ids, lambda trajectory: trajectory) for folder, ids in zip(folders, wanted, strict=False)
    ]
    return [
        Example(
            column=choice.column,
            environment=choice.environment,
            reason=choice.reason,
            task_id=choice.episodes[0].task_id,
            family=choice.episodes[0].family,
            plays=[_shown(*each) for each in zip(models, choice.episodes, read, strict=False)],
        )
        for choice in choices
    ]


def read_episodes(folder: str, ids: set[str], what: Callable[[Trajectory], Of]) -> dict[str, Of]:
    """Episode id → `what` is wanted of its trajectory. Raises `UserError` where one is missing."""
    found = {
        trajectory.episode_id: what(trajectory)
        for trajectory in Store(folder).trajectories()
        if trajectory.episode_id in ids
    }
    for missing in sorted(ids - found.keys()):
        raise UserError(
            f"'{folder}' has no trajectory of its episode '{missing}': it is incomplete; copy it anew or evaluate again"
        )
    return found


def _shown(model: str, episode: EpisodeScore, trajectories: Mapping[str, Trajectory]) -> Shown:
    trajectory = trajectories[episode.episode_id]
    own = [i for i, message in enumerate(trajectory.messages) if message.role == "assistant" and message.loss]
    first = own[0] if own else len(trajectory.messages)
    said = list(_said(trajectory.messages, first))
    return Shown(
        model=model,
        solved=solved(episode),
        score=episode.score,
        ending=title(episode.status),
        judged=None if solved(episode) else judged(trajectory.details),
        error=trajectory.error,
        opening=said[: max(0, first - 1)],
        task=said[max(0, first - 1) : first],
        turns=said[first:],
    )


def _said(messages: Sequence[Message], first: int) -> Iterator[Said]:
    """`first`: the index of the agent's first own reply; what stands before it is the opening, and the task its last
    message.
    """
    turn = 0
    instruction = next((i for i, message in enumerate(messages) if message.role == "user"), -1)
    for i, message in enumerate(messages):
        if message.role == "system":
            yield Said("system", "system", message.content)
        elif message.role == "assistant" and message.loss:
            turn += 1
            yield _own(message, f"agent, turn {turn}")
        elif message.role == "assistant":
            yield Said("demonstration", "demonstration", message.content)
        elif i >= first:
            yield Said("observation", "observation", message.content)
        elif i == first - 1:
            yield Said("task", "task", message.content)
        elif i == instruction:
            yield Said("instruction", "instruction", message.content)
        else:
            yield Said("demonstration", "demonstration", message.content)


def _own(message: Message, label: str) -> Said:
    """A turn of the agent's: what it wrote, or what it called beside what it wrote or thought."""
    if not message.tool_calls:
        return Said("agent", label, *split_reply(message.content))
    calls = "\n".join(f"{call.name}({call.arguments})" for call in message.tool_calls)
    return Said("agent", label, message.content or message.reasoning, calls)
