"""Evaluations, a filtered folder, a training run and general checks to report on, written by the code that writes real
ones.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from actors.dataset.filter import Settings, filter_runs
from actors.records.trajectory import Trajectory
from environments.contract import Status
from environments.message import Message
from serve.evaluation import evaluation
from serve.evaluation.evaluation import EpisodeScore, Evaluation
from serve.general import general_result
from serve.general.general_result import ChatLoss, ConversationLoss, GeneralCheck, loss_estimate, share_estimate
from tests.actors.played import played, run_of
from train.log.run_log import RunLog

RIGHT = {
    "database": (
        "Think: I look for the highest salary.\nAction: Operation\n```sql\nSELECT MAX(`salary`) FROM `crew`;\n```",
        'Think: That is the answer.\nAction: Answer\nFinal Answer: ["5200"]',
    ),
    "operating_system": (
        "Think: I count the files with find.\n\nAct: bash\n\n```bash\nfind /data -name '*.log' | wc -l\n```",
        "Think: There are 12.\n\nAct: answer(12)",
    ),
}
WRONG = {
    "database": ("The highest salary in the table crew is the one that is higher than all others.",) * 3,
    "operating_system": ("Think: I answer.\n\nAct: answer(3)",),
}
TASKS = {
    "database": (
        "What is the highest salary?\nThe name of this table is crew, and the headers of this table are name, port,"
        " salary."
    ),
    "operating_system": "Now, my problem is:\n\nHow many files under /data end in .log?",
}
INSTRUCTION = "You are an agent that works step by step. Answer in the form that is asked for.\n\nHere is an example."
OBSERVATIONS = {"database": "[(5200,)]", "operating_system": "The output of the OS:\n12\n"}


def opening(environment: str) -> tuple[Message, ...]:
    return (
        Message("user", INSTRUCTION),
        Message("assistant", "Think: I list the files.\n\nAct: bash\n\n```bash\nls\n```", loss=False),
        Message("user", "a.txt b.txt"),
        Message("assistant", "Think: Two.\n\nAct: answer(2)", loss=False),
        Message("user", TASKS[environment]),
    )


def episode(environment: str, column: str, number: int, solved: bool, llm: str, **fields: Any) -> Trajectory:
    """One episode of a suite, solved or not."""
    known: dict[str, Any] = {
        "episode": f"{llm}-{column}-{environment}-{number}",
        "replies": (RIGHT if solved else WRONG)[environment],
        "opening": opening(environment),
        "observation": OBSERVATIONS[environment],
        "task_id": f"{environment}-{column}-{number}",
        "environment": environment,
        "family": "maximum" if environment == "database" else "count_files",
        "llm": llm,
        "reward": float(solved),
        "split": "test",
    }
    if not solved and environment == "database":
        known |= {"status": Status.REPETITION, "error": "3 identical replies in a row"}
    return played(**{**known, **fields})


def evaluated(folder: Path, name: str, episodes: Sequence[tuple[str, Trajectory]], errors: str = "count") -> Path:
    """An evaluation of (column, trajectory) pairs, with its store."""
    run_of(folder, *(trajectory for _, trajectory in episodes))
    scores = [_score(column, trajectory) for column, trajectory in episodes]
    identity = {"kind": "vllm", "model": f"models/{name}", "temperature": 0.0}
    evaluation.write(
        folder, Evaluation(name, {"name": "two-environments", "max_turns": 8}, identity, errors, scores, 312.4)
    )  # type: ignore[arg-type]
    return folder


def _score(column: str, t: Trajectory) -> EpisodeScore:
    usage = t.usage
    return EpisodeScore(
        t.episode_id,
        t.task_id,
        "digest",
        t.environment,
        column,
        t.family,
        t.status,
        t.reward or 0.0,
        category="SELECT" if t.environment == "database" else "",
        turns=len(t.turns),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def suite(
    folder: Path,
    name: str,
    solves: Callable[[str, str, int], bool],
    tasks: int = 12,
    fault: tuple[str, int] | None = None,
) -> Path:
    """Both environments in both columns; `solves(environment, column, number)`; the task at `fault` was ended by the
    provider.
    """
    episodes = []
    for column in ("new-instances", "new-families"):
        for environment in RIGHT:
            for number in range(tasks):
                broken = (environment, number) == fault and column == "new-families"
                fields = {"status": Status.PROVIDER_ERROR, "reward": None, "error": "HTTP 503"} if broken else {}
                episodes.append(
                    (column, episode(environment, column, number, solves(environment, column, number), name, **fields))
                )
    return evaluated(folder, name, episodes)


def three(folder: Path, tasks: int = 12) -> list[str]:
    """Base, tuned and teacher on the same tasks."""
    return [
        str(
            suite(
                folder / "base",
                "SmolLM2-135M-Instruct",
                lambda environment, column, number: number == 7 and environment != "database",
                tasks,
            )
        ),
        str(
            suite(
                folder / "tuned",
                "tuned",
                lambda environment, column, number: number % 9 != 7 and (column != "new-families" or number % 3 > 0),
                tasks,
            )
        ),
        str(suite(folder / "teacher", "reference", lambda *_: True, tasks, ("database", 3))),
    ]


def filtered(folder: Path) -> str:
    """A filtered run of both environments, half of it good."""
    episodes = [
        episode(
            environment,
            "train",
            number,
            number % 2 == 0,
            "gpt-4",
            split="train",
            source=source,
            opening=(*opening(environment)[:-1], _task(environment, number)),
        )
        for environment, source in (("database", "self-instruct"), ("operating_system", "generated"))
        for number in range(8)
    ]
    run_of(folder / "run", *episodes)
    filter_runs([str(folder / "run")], folder / "filtered", Settings())
    return str(folder / "filtered")


def _task(environment: str, number: int) -> Message:
    return Message("user", f"{TASKS[environment]} ({number})")


def trained(folder: Path, steps: int = 60, of: int = 60) -> str:
    """A training run's manifest and log."""
    folder.mkdir(parents=True)
    names = {"agent/db": 2.2, "agent/os": 1.7, "general/chat": 1.65}
    streams = [
        {"side": side, "label": label, "documents": 320, "tokens": 159_617, "trained_tokens": 38_077}
        for side, label in (name.split("/") for name in names)
    ]
    config = {
        "model": "models/SmolLM2-135M-Instruct",
        "data": {"eta": 0.8, "ratio_counts": "conversations"},
        "batch": {"sequences": 4, "sequence_tokens": 1024},
        "optimizer": {"learning_rate": 2e-4, "warmup": 0.1},
        "lora": None,
        "freeze_embeddings": True,
    }
    manifest = {
        "kind": "training run",
        "config": config,
        "identity": {"steps": of, "compute.precision": "mixed"},
        "data": {"streams": streams},
    }
    (folder / "manifest.json").write_bytes(evaluation.msgspec.json.encode(manifest))
    log, noise = RunLog(folder, []), random.Random(0)
    for step in range(steps + 1):
        fall = math.exp(-step / 15)
        if step:
            by_stream = {
                name: at * (fall if name[0] == "a" else 0.9 + 0.1 * fall) + 0.1 * noise.random()
                for name, at in names.items()
            }
            log.write(
                "train",
                step,
                {
                    "loss": sum(by_stream.values()) / 3,
                    "loss_by_stream": by_stream,
                    "tokens": {"computed": 3600, "represented": 4200, "trained": 1100},
                    "eta": {"conversations": 0.79, "tokens": 0.52, "trained_tokens": 0.31},
                    "seconds": {"step": 9.6, "data": 0.01},
                },
            )
        if step % 20 == 0:
            log.write(
                "held_out",
                step,
                {"loss": {name: at * (0.06 + 0.94 * fall if name[0] == "a" else 0.98) for name, at in names.items()}},
            )
    log.close()
    return str(folder)


def checked(folder: Path, name: str, loss: float, right: float) -> str:
    """A general check: 40 conversations, 50 items of each kind."""
    noise = random.Random(name)
    each = [
        ConversationLoss(f"c{number}", 100 * (loss + 0.2 * (number % 5 - 2) + 0.05 * noise.random()), 100)
        for number in range(40)
    ]
    kinds = ("arithmetic", "multiple_choice")
    answers = [(f"{kind}/{number}", int(noise.random() < right)) for kind in kinds for number in range(50)]
    items = {
        kind: share_estimate(kind, [answer for item, answer in answers if item.startswith(kind)]) for kind in kinds
    }
    chat = ChatLoss(40, 4000, loss_estimate(each), each)
    general_result.write(folder, GeneralCheck(name, f"models/{name}", "float32", 31.0, chat, items, answers))
    return str(folder)


def whole(folder: Path, tasks: int = 12) -> list[str]:
    """The arguments of a report on everything."""
    general = [
        checked(folder / "general-base", "SmolLM2-135M-Instruct", 1.62, 0.3),
        checked(folder / "general-tuned", "tuned", 1.66, 0.27),
    ]
    return [
        *three(folder, tasks),
        *("--training", trained(folder / "training"), "--filtered", filtered(folder / "data"), "--general", *general),
        *("--out", str(folder / "report")),
    ]
