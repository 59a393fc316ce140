"""A whole training run in little: a model with a tokenizer, trajectories and chats, a config; for the tests of the
loop.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors.torch import load_file

from tests.train import tokenizers_of_families
from tests.train.tiny_model import write_model
from train.log import run_log
from train.model.ranks import joined
from train.run import loop, preflight, run_folder
from train.run.surroundings import ControlRequest, Hooks, Outcome
from train.settings import TrainSettings

ROOT = Path(__file__).parents[2]
INSTRUCTION = "You are in a shop and answer what things cost. Say the price alone, as a number, without its currency. "
GOODS = ("bread", "butter", "salt", "wine", "figs", "oil", "rope", "wax", "tin", "wool")


def write_inputs(folder: Path, agent: int = 40, general: int = 60) -> dict[str, Any]:
    """Model and data in `folder`; a config of 8 steps over them."""
    tokenizers_of_families.chatml(folder / "model")
    vocabulary = len(json.loads((folder / "model" / "tokenizer.json").read_text())["model"]["vocab"]) + 16
    write_model(folder / "model", tied=True, vocab_size=vocabulary)
    _write_lines(folder / "agent.jsonl", [_trajectory(number) for number in range(agent)])
    _write_lines(folder / "general.jsonl", [_chat(number) for number in range(general)])
    return {
        "model": str(folder / "model"),
        "out": str(folder / "out"),
        "data": {
            "agent": [{"path": str(folder / "agent.jsonl")}],
            "general": [{"path": str(folder / "general.jsonl"), "label": "chat"}],
            "eta": 0.5,
            "held_out": 2,
            "cache": str(folder / "cache"),
        },
        "steps": 8,
        "batch": {"sequences": 8, "sequence_tokens": 224},
        "optimizer": {"learning_rate": 1e-3, "eps": 1e-4},
        "checkpoints": {"every_steps": 2},
        "logging": {"held_out_every_steps": 4},
        "compute": {"device": "cpu", "precision": "float32", "loss_chunk_tokens": 64},
    }


def _trajectory(number: int) -> dict[str, Any]:
    good, price = GOODS[number % len(GOODS)], 3 * number + 2
    said = [
        ("human", None, INSTRUCTION * 2),
        ("gpt", False, "Ok."),
        ("human", None, f"Stall {number} sells {good} at {price}. What does {good} cost?"),
        ("gpt", True, f"It says {price}.\nAnswer: {price}"),
    ]
    return {
        "id": f"os_{number}",
        "conversations": [{"from": who, "loss": loss, "value": text} for who, loss, text in said],
    }


def _chat(number: int) -> dict[str, Any]:
    words = " ".join(GOODS[(number * step) % len(GOODS)] for step in range(1, 4 + number % 17))
    return {
        "id": f"chat-{number}",
        "conversations": [{"from": "human", "value": f"Repeat: {words}"}, {"from": "gpt", "value": words}],
    }


def _write_lines(path: Path, records: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def changed(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with some keys changed; `batch__sequences=4` reaches inside."""
    copy = json.loads(json.dumps(config))
    for name, value in changes.items():
        *path, last = name.split("__")
        inner = copy
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return copy


def run_here(config: dict[str, Any], stop_after: int = 0) -> tuple[Outcome, list[str]]:
    """Train in this process; what was said. `stop_after` steps it is asked to stop."""
    lines: list[str] = []
    asked = iter(range(1, 10**6))
    hooks = Hooks(
        lines.append,
        lambda _: None,
        lambda: ControlRequest.STOP if next(asked) == stop_after else ControlRequest.NOTHING,
    )
    torch.set_num_threads(1)  # more would only wait for each other over tensors this small
    settings = TrainSettings.model_validate(config)
    with joined("cpu") as ranks:
        preflight.refuse(settings, ranks.world)
        return loop.train(settings, ranks, hooks, lock_s=0.2), lines


class Running:
    """`torchrun -m train.run.loop` as a user starts it, in a process of its own."""

    def __init__(self, config: dict[str, Any], folder: Path, workers: int = 1) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(config))
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(workers)]
        command = [sys.executable, *(launcher if workers > 1 else []), "-m", "train.run.loop", str(path)]
        self._log = folder / "log"
        self.out = Path(config["out"])
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=environment, start_new_session=True
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait(self, limit_s: float = 100) -> int:
        return self.process.wait(limit_s)

    def after_step(self, step: int, limit_s: float = 100) -> None:
        """Return when that many steps are logged."""
        deadline = time.monotonic() + limit_s
        while not (self.out / run_log.METRICS).is_file() or len(run_log.read(self.out)) < step:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL to all at once. torchrun's workers have sessions of their own, and would write a last checkpoint if
        it went alone.
        """
        first = psutil.Process(self.process.pid)
        others = first.children(recursive=True)
        for process in (first, *others):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(others, timeout=10)
        self.process.wait(10)


def losses(out: str | Path) -> list[float]:
    return [entry["loss"] for entry in run_log.read(Path(out))]


def parameters(out: str | Path) -> dict[str, torch.Tensor]:
    return load_file(Path(out) / run_folder.MODEL / "model.safetensors")


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The largest difference, relative to each tensor's largest number."""
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max() / one[name].abs().max()) for name in one)
