"""Which trajectories are good enough to train on (SPEC 1.3), and why the others are not.

    python -m actors filter RUN… [-o OUT] [key=value …]

AgentTuning keeps what earned the full reward (Mind2Web: two thirds, because GPT-4 rarely gets all of it). Before that
comes what makes a record one at all: an ending of the agent's own, a well-formed conversation, no loops, no duplicates.
Streams: only ids and hashes are kept in memory.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from rich.table import Table

from actors.dataset.stats import version_notes
from actors.episodes.repetition import longest_cycle, repeats
from actors.files.append_log import read_log
from actors.files.atomic_folder import atomic_folder
from actors.program.configuration import check, with_overrides
from actors.program.terminal import console, one_line, safe
from actors.program.user_error import UserError
from actors.records.agent_instruct import described, environment_of, known_environments, split_of
from actors.records.filtered import KIND, Count, FilteredWriter, Input, Maker, Manifest, Rejection
from actors.records.store import SUITE, TRAJECTORIES, Store
from actors.records.trajectory import Trajectory, decode, digest
from environments.contract import Status
from environments.message import Message

_ROUNDING = 1e-9


class Settings(BaseModel):
    """What is kept. `min_reward_in` wins over an environment's own `keep_reward` where that is less than 1, and that
    over `min_reward`.
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True, strict=True)

    min_reward: float = Field(default=1.0, ge=0, le=1)
    """The least reward that is kept: 1, since AgentTuning trains on what was solved."""
    min_reward_in: dict[str, float] = {}
    """The same for single environments, which wins over what these say themselves; Mind2Web's two thirds are the
    paper's."""
    reject_cycles: bool = True
    """Whether a trajectory that repeats a cycle of turns is rejected."""
    reject_duplicates: bool = True
    """Whether the same episode, play or conversation is kept once only."""

    @field_validator("min_reward_in", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        """AgentInstruct's short names will do."""
        return {environment_of(key): reward for key, reward in value.items()} if isinstance(value, dict) else value

    @field_validator("min_reward_in")
    @classmethod
    def _known_environments(cls, value: dict[str, float]) -> dict[str, float]:
        for name, reward in value.items():
            if described(name) is None:
                near = difflib.get_close_matches(name, known := known_environments(), n=1, cutoff=0.3)
                raise ValueError(
                    f"unknown environment '{name}': "
                    + (f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}")
                )
            if not 0 <= reward <= 1:
                raise ValueError(f"'{name}' is {reward:g}: a reward is between 0 and 1")
        return value

    def threshold(self, environment: str) -> float:
        if environment in self.min_reward_in:
            return self.min_reward_in[environment]
        one = described(environment)
        own = 1.0 if one is None else one.keep_reward
        return self.min_reward if own == 1 else own


class Reason(StrEnum):
    """Why a trajectory was rejected: the first that holds, in this order."""

    UNSCORED = "unscored"
    AWAITS_JUDGEMENT = "awaits judgement"
    REPETITION = "repetition"
    NOT_COMPLETED = "not completed"
    REWARD = "reward"
    FORMAT = "format"
    DUPLICATE = "duplicate"


class Verdict(NamedTuple):
    """None: kept."""

    reason: Reason | None
    detail: str = ""


class Filter:
    """Judges trajectories one by one; remembers hashes of what it kept, to know duplicates."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._episodes: set[bytes] = set()
        self._plays: set[bytes] = set()
        self._conversations: set[bytes] = set()

    def judge(self, trajectory: Trajectory) -> Verdict:
        """Keep it, or the first reason against it."""
        episode = _hash(trajectory.episode_id)
        if episode in self._episodes:
            return Verdict(Reason.DUPLICATE, "the same episode was read before")
        self._episodes.add(episode)
        verdict = self._judge_alone(trajectory)
        if verdict.reason is None and self._settings.reject_duplicates:
            return self._judge_among_others(trajectory)
        return verdict

    def _judge_alone(self, trajectory: Trajectory) -> Verdict:
        if trajectory.status is Status.AWAITS_JUDGEMENT:
            return Verdict(Reason.AWAITS_JUDGEMENT, "no reward yet")
        if trajectory.reward is None or not trajectory.status.scored:
            return Verdict(Reason.UNSCORED, trajectory.status.value)
        replies = [message.said for message in own(trajectory.messages)]
        if trajectory.status is Status.REPETITION or self._settings.reject_cycles:
            looped = _loop(trajectory, replies)
            if looped:
                return Verdict(Reason.REPETITION, looped)
        if trajectory.status is not Status.COMPLETED:
            return Verdict(Reason.NOT_COMPLETED, trajectory.status.value)
        threshold = self._settings.threshold(trajectory.environment)
        if trajectory.reward < threshold - _ROUNDING:
            return Verdict(Reason.REWARD, f"{trajectory.reward:g} < {threshold:g}")
        fault = format_fault(trajectory.messages)
        return Verdict(Reason.FORMAT, fault) if fault else Verdict(None)

    def _judge_among_others(self, trajectory: Trajectory) -> Verdict:
        play = _hash(trajectory.environment, trajectory.task_id, [m.said for m in own(trajectory.messages)])
        if play in self._plays:
            return Verdict(Reason.DUPLICATE, "the same task with the same agent turns")
        conversation = _hash([(message.role, " ".join(message.said.split())) for message in trajectory.messages])
        if conversation in self._conversations:
            return Verdict(Reason.DUPLICATE, "the same conversation")
        self._plays.add(play)
        self._conversations.add(conversation)
        return Verdict(None)


def own(messages: Sequence[Message]) -> list[Message]:
    """The agent's own turns: not the canned acknowledgement, not the demonstration."""
    return [message for message in messages if message.role == "assistant" and message.loss]


def format_fault(messages: Sequence[Message]) -> str:
    """What is wrong with the form of a conversation; empty if nothing is.

    User and agent alternate; each of the agent's tool calls is answered before the agent speaks again, but for those
    from the one on that ended the episode. A system message may come first.
    """
    spoken = messages[1:] if messages and messages[0].role == "system" else messages
    expected, unanswered = "user", list[str]()
    for i, message in enumerate(spoken):
        if message.role != expected:
            return (
                f"message {i} is of '{message.role}', not '{expected}': the conversation does not alternate from user"
            )
        if message.role == "tool":
            if message.tool_call_id not in unanswered:
                return f"message {i} answers a tool call that was not made, or was answered before"
            unanswered.remove(message.tool_call_id)
        elif message.role == "assistant":
            unanswered = [call.id for call in message.tool_calls]
        expected = "tool" if unanswered else "user" if message.role == "assistant" else "assistant"
    if not spoken or not (spoken[-1].role == "assistant" or unanswered):
        return "the conversation does not end with the agent"
    if not own(messages):
        return "the agent said nothing"
    for i, message in enumerate(messages):
        if message.role == "assistant" and message.loss and not message.said.strip():
            return f"message {i}: an empty turn of the agent"
        if "\0" in message.content:
            return f"message {i} holds a NUL"
    return ""


def _loop(trajectory: Trajectory, replies: list[str]) -> str:
    if trajectory.status is Status.REPETITION:
        return trajectory.status.value
    if any(repeats(replies[:end]) for end in range(1, len(replies) + 1)):
        return "three identical replies in a row"
    length = trajectory.cycle or longest_cycle(replies)
    return f"a cycle of {length} replies" if length else ""


def _hash(*parts: object) -> bytes:
    return bytes.fromhex(digest(*parts))


class Tally:
    """The counts of the manifest, while the trajectories stream by."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Count] = {}
        self._tasks: set[bytes] = set()
        self._makers: dict[str, Maker] = {}

    def add(self, trajectory: Trajectory, verdict: Verdict) -> None:
        key = (trajectory.environment, trajectory.source)
        count = self._counts.setdefault(key, Count(*key))
        count.episodes += 1
        task = _hash(*key, trajectory.task_id)
        count.instructions += task not in self._tasks
        self._tasks.add(task)
        if verdict.reason is not None:
            count.rejected = {**count.rejected, verdict.reason.value: count.rejected.get(verdict.reason.value, 0) + 1}
            return
        count.kept += 1
        count.agent_turns += len(own(trajectory.messages))
        version = str(trajectory.environment_version)
        count.versions = {**count.versions, version: count.versions.get(version, 0) + 1}
        maker = self._makers.setdefault(
            digest(trajectory.llm, trajectory.settings), Maker(trajectory.llm, trajectory.settings)
        )
        maker.kept += 1

    def counts(self) -> list[Count]:
        """In name order, reasons in the enum's order."""
        for count in self._counts.values():
            count.rejected = {
                reason.value: count.rejected[reason.value] for reason in Reason if reason.value in count.rejected
            }
            count.versions = dict(sorted(count.versions.items()))
        return [self._counts[key] for key in sorted(self._counts)]

    def makers(self) -> list[Maker]:
        return [self._makers[key] for key in sorted(self._makers)]


def filter_runs(runs: Sequence[str], out: Path, settings: Settings) -> Manifest:
    """Read `runs`, write the filtered folder `out` as a whole, and return its manifest."""
    stores = [_open(run) for run in runs]
    judge, tally, inputs = Filter(settings), Tally(), []
    with atomic_folder(out, KIND) as draft, closing(FilteredWriter(draft)) as writer:
        for store in stores:
            content, episodes = hashlib.sha256(), 0
            for line in _lines(store):
                content.update(line + b"\n")
                episodes += 1
                trajectory = decode(line)
                verdict = judge.judge(trajectory)
                tally.add(trajectory, verdict)
                if verdict.reason is None:
                    writer.keep(line)
                else:
                    writer.reject(_rejection(trajectory, verdict.reason, verdict.detail))
            inputs.append(Input(store.url, episodes, content.hexdigest()))
        return writer.finish(settings.model_dump(), inputs, tally.counts(), tally.makers())


def _open(run: str) -> Store:
    """Raises `UserError` for an evaluation too: what is measured must not be trained on."""
    store = Store.open(run)
    if store.folder.read(SUITE) is not None:
        raise UserError(
            f"'{run}' is an evaluation: what a suite measures must not be trained on; give the store of a rollout"
        )
    return store


def _lines(store: Store) -> Iterator[bytes]:
    """Every episode's record that counts, as it is stored."""
    chosen = {(entry.path, entry.ordinal) for entry in store.index().values()}
    for path, ordinal, line in read_log(store.folder, TRAJECTORIES):
        if (path, ordinal) in chosen:
            yield line


def _rejection(t: Trajectory, reason: Reason, detail: str) -> Rejection:
    return Rejection(
        episode_id=t.episode_id,
        run_id=t.run_id,
        environment=t.environment,
        task_id=t.task_id,
        attempt=t.attempt,
        reason=reason.value,
        detail=detail,
    )


def settings_of(pairs: Sequence[str]) -> Settings:
    """`key=value` (values as YAML; `min_reward_in.webshop=0.9` for one environment).

    Raises `UserError` naming the nearest known key.
    """
    return check(with_overrides({}, pairs), Settings, "settings")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN|key=value",
        help="folders that 'rollout' or 'import' wrote; settings as key=value",
    )
    parser.add_argument("-o", "--out", metavar="OUT", help="where to write (default: RUN/filtered)")


def run(arguments: argparse.Namespace) -> int:
    runs = [word for word in arguments.runs if "=" not in word or Path(word).exists()]
    settings = settings_of([word for word in arguments.runs if word not in runs])
    if not runs:
        raise UserError("no run given: name the folder that 'rollout' or 'import' wrote")
    out = arguments.out or _default_out(runs)
    manifest = filter_runs(runs, Path(out), settings)
    console().print(_table(manifest))
    kept = [(count.environment, version) for count in manifest.counts for version in count.versions]
    for note in version_notes(kept):
        console().print(one_line(note), soft_wrap=True)
    console().print(
        f"kept {manifest.kept} of {sum(c.episodes for c in manifest.counts)} episodes: {out}", soft_wrap=True
    )
    return 0


def _default_out(runs: Sequence[str]) -> str:
    if len(runs) > 1 or not Store(runs[0]).folder.local:
        raise UserError("several runs, or one that is not on a local disk: say with -o where the filtered folder goes")
    return f"{runs[0].rstrip('/')}/filtered"


def _table(manifest: Manifest) -> Table:
    reasons = [reason.value for reason in Reason if any(reason.value in count.rejected for count in manifest.counts)]
    table = Table("environment", "source", show_footer=len(manifest.counts) > 1)
    for name in ("instructions", "episodes", "kept", "kept %", *reasons):
        table.add_column(name, justify="right")
    rows = [
        [c.instructions, c.episodes, c.kept, share(c.kept, c.episodes), *(c.rejected.get(r, 0) for r in reasons)]
        for c in manifest.counts
    ]
    for count, row in zip(manifest.counts, rows, strict=True):
        table.add_row(safe(split_of(count.environment)), safe(count.source), *map(str, row))
    kept, episodes = sum(c.kept for c in manifest.counts), sum(c.episodes for c in manifest.counts)
    totals = [sum(c.instructions for c in manifest.counts), episodes, kept, share(kept, episodes)]
    totals += [sum(c.rejected.get(r, 0) for c in manifest.counts) for r in reasons]
    for column, text in zip(table.columns, ["total", "", *map(str, totals)], strict=True):
        column.footer = text
    return table


def share(part: int, whole: int) -> str:
    """A percentage with three digits, as AgentTuning's Table 1 prints them."""
    return f"{100 * part / whole:#.3g}".rstrip(".") + " %" if whole else "–"
