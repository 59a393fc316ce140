"""Read trajectories in the terminal: thought, action and observation in their colours, the demonstration dimmed.

    python -m actors view RUN [EPISODE] [--status … --environment … --reward … --limit N]

RUN is a run's folder or a filtered one. Without EPISODE (the beginning of an episode's or a task's id) one line for
each episode. Everything that a model or an environment wrote is shown with its control characters escaped.
"""

from __future__ import annotations

import argparse
import operator
import re
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from actors.program.terminal import console, one_line, visible
from actors.program.user_error import UserError
from actors.records.agent_instruct import environment_of
from actors.records.endings import NAMES, title
from actors.records.filtered import read_trajectories
from actors.records.judged import ANSWER, EXPECTED, judged
from actors.records.trajectory import Label, Trajectory, Verdict
from environments.contract import Status
from environments.message import ImagePart, Message

THOUGHT, ACTION, OBSERVATION, DEMONSTRATION, HEADER = "cyan", "bold green", "yellow", "dim", "bold"
_ACTION_LINE = re.compile(r"^[ \t]*(?:act|action|final answer|answer)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_COMPARISON = re.compile(r"(?P<sign>>=|<=|==|=|<|>)?\s*(?P<number>-?\d+(?:\.\d+)?)")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    "==": operator.eq,
}


class Wanted(NamedTuple):
    """Which episodes to show; empty fields want all."""

    prefix: str = ""
    status: Status | None = None
    environment: str = ""
    reward: Callable[[float | None], bool] = lambda reward: True

    def has(self, trajectory: Trajectory) -> bool:
        return (
            (trajectory.episode_id.startswith(self.prefix) or trajectory.task_id.startswith(self.prefix))
            and self.status in (None, trajectory.status)
            and self.environment in ("", trajectory.environment)
            and self.reward(trajectory.reward)
        )


def reward_filter(text: str) -> Callable[[float | None], bool]:
    """`1`, `>=0.5`, `<1`, or `none` for the unscored. Raises `UserError` for anything else."""
    if text.lower() == "none":
        return lambda reward: reward is None
    match = _COMPARISON.fullmatch(text.strip())
    if match is None:
        raise UserError(f"--reward '{text}' is no comparison: write 1, '>=0.5', '<1' or none")
    compare, number = _SIGNS[match["sign"] or "="], float(match["number"])
    return lambda reward: reward is not None and compare(reward, number)


def split_reply(reply: str) -> tuple[str, str]:
    """A reply's thought and its action: from the first line that names one (`Act:`, `Action:`, `Final Answer:`, any
    case).
    """
    match = _ACTION_LINE.search(reply)
    return (reply, "") if match is None else (reply[: match.start()], reply[match.start() :])


def body(messages: list[Message]) -> Iterator[Text]:
    """The conversation, message by message.

    What comes before the agent's first own turn and is answered by no own turn is dimmed.
    """
    own = [i for i, message in enumerate(messages) if message.role == "assistant" and message.loss]
    task = own[0] - 1 if own else len(messages)
    for i, message in enumerate(messages):
        example = i < task
        if message.role == "assistant":
            label = "demonstration" if not message.loss else f"agent, turn {own.index(i) + 1}"
            yield Text(f"── {label}", style=DEMONSTRATION if not message.loss else HEADER)
            yield from _thought(message)
            yield _reply(message.content, dimmed=not message.loss)
            yield from _calls(message)
        elif message.role == "tool":
            yield Text(f"── answer to {one_line(message.tool_call_id, 60)}", style=DEMONSTRATION if example else HEADER)
            yield Text(visible(message.content), style=DEMONSTRATION if example else OBSERVATION)
        else:
            label = "instruction" if i == 0 else "demonstration" if example else "task" if i == task else "observation"
            yield Text(
                f"── {message.role if message.role == 'system' else label}", style=DEMONSTRATION if example else HEADER
            )
            yield Text(visible(message.content), style=DEMONSTRATION if example else OBSERVATION)
        yield from _images(message)


def _thought(message: Message) -> Iterator[Text]:
    """What the provider told apart as reasoning."""
    if message.reasoning:
        yield Text(visible(message.reasoning), style=f"{THOUGHT} {DEMONSTRATION}")


def _calls(message: Message) -> Iterator[Text]:
    for call in message.tool_calls:
        yield Text(one_line(f"{call.id}: {call.name}({call.arguments})", 2000), style=ACTION)


def _images(message: Message) -> Iterator[Text]:
    for part in message.parts:
        if isinstance(part, ImagePart):
            yield Text(one_line(f"[image {part.url}]", 120), style=OBSERVATION)


def _reply(content: str, dimmed: bool) -> Text:
    shown = visible(content)
    if dimmed:
        return Text(shown, style=DEMONSTRATION)
    thought, action = split_reply(shown)
    return Text.assemble((thought, THOUGHT), (action, ACTION))


def header(t: Trajectory) -> Iterator[Text]:
    """Who played what, how it ended, and what it cost."""
    usage = t.usage
    cost = "" if usage.cost is None else f", cost {usage.cost:.4f}"
    model_s, limit_s, environment_s = (
        sum(getattr(turn, name) for turn in t.turns) for name in ("llm_s", "limit_s", "environment_s")
    )
    told = judged(t.details)
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(t.started_at)) if t.started_at else "unknown"
    yield Text(f"episode {one_line(t.episode_id)}", style="bold reverse")
    fields = {
        "task": (
            f"{t.task_id} ({t.environment}, {t.split} split of {t.source}{', ' + t.family if t.family else ''}; attempt"
            f" {t.attempt})"
        ),
        "LLM": t.llm,
        "environment": f"{t.environment}, {t.environment_version}",
        "ended": f"{title(t.status)}, reward {reward(t)}" + (f", after {t.tries} tries" if t.tries > 1 else ""),
        "error": t.error,
        "cycle": f"of {t.cycle} replies" if t.cycle else "",
        "turns": f"{len(t.turns)}",
        "tokens": f"{usage.prompt_tokens:,} in ({usage.cached_tokens:,} cached), {usage.completion_tokens:,} out{cost}",
        "time": (
            f"{t.total_s:.2f} s: LLM {model_s:.2f}, rate limit {limit_s:.2f}, environment {environment_s:.2f}, lease"
            f" {t.lease_s:.2f}"
        ),
        "started": started,
        **{f"by {verdict.judge}": _verdict(verdict) for verdict in t.verdicts},
        "branch": f"of {t.branch.episode_id} after {t.branch.turns} turns" if t.branch else "",
        "labels": ", ".join(f"turn {n + 1} {_label(label)}" for n, turn in enumerate(t.turns) for label in turn.labels),
        "expected": told.expected if told else "",
        "answered": told.answered if told else "",
        "details": ", ".join(f"{key}={value!r}" for key, value in t.details.items() if key not in (EXPECTED, ANSWER)),
    }
    for name, value in fields.items():
        if value:
            yield Text.assemble((f"{name:>8}  ", "dim"), one_line(value))


def reward(t: Trajectory | Verdict) -> str:
    return "none" if t.reward is None else f"{t.reward:g}"


def _verdict(verdict: Verdict) -> str:
    return ", ".join([f"reward {reward(verdict)}", *(f"{key}={value!r}" for key, value in verdict.details.items())])


def _label(label: Label) -> str:
    return f"{label.name}={label.value!r} by {label.by}"


def line(t: Trajectory) -> Text:
    """One episode in the list."""
    usage = t.usage
    colour = "green" if t.reward else "red" if t.status.scored else "yellow"
    cost = "" if usage.cost is None else f"  {usage.cost:.4f}"
    numbers = (
        f"{len(t.turns):3} turns  {usage.prompt_tokens + usage.completion_tokens:7} tokens{cost}  {t.total_s:7.2f} s"
    )
    return Text.assemble(
        (f"{one_line(t.episode_id, 24):24}  ", HEADER),
        f"{one_line(t.environment, 16):16}  {one_line(t.task_id, 32):32}  ",
        (f"{title(t.status):17}  {reward(t):>5}  ", colour),
        f"{numbers}  {one_line(t.llm, 40)}",
    )


def show(t: Trajectory, out: Console) -> None:
    """One trajectory, whole."""
    for text in (*header(t), *body(t.messages)):
        out.print(text, soft_wrap=True)
    out.print()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="RUN", help="a run's folder, or a filtered one")
    parser.add_argument(
        "episode", nargs="?", default="", metavar="EPISODE", help="the beginning of an episode's or a task's id"
    )
    parser.add_argument("--status", choices=list(NAMES), metavar="STATUS", help="only episodes that ended so")
    parser.add_argument("--environment", default="", metavar="NAME", help="only this environment")
    parser.add_argument("--reward", default="", metavar="COMPARISON", help="only such rewards: 1, '>=0.5', '<1', none")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="at most N episodes")
    parser.add_argument("--full", action="store_true", help="show every one whole, without naming an EPISODE")


def run(arguments: argparse.Namespace) -> int:
    wanted = Wanted(
        arguments.episode,
        NAMES[arguments.status] if arguments.status else None,
        environment_of(arguments.environment),
        *([reward_filter(arguments.reward)] if arguments.reward else []),
    )
    if arguments.limit is not None and arguments.limit < 1:
        raise UserError(f"--limit {arguments.limit}: give a number from 1")
    found = islice((t for t in read_trajectories(arguments.source) if wanted.has(t)), arguments.limit)
    out, shown = console(), 0
    for trajectory in found:
        shown += 1
        if arguments.episode or arguments.full:
            show(trajectory, out)
        else:
            out.print(line(trajectory), soft_wrap=True)
    if not shown and wanted == Wanted(reward=wanted.reward) and not arguments.reward:
        out.print("no episode has ended yet")
    elif not shown:
        raise UserError(f"no episode of '{arguments.source}' is like that: 'view {arguments.source}' lists them all")
    return 0
