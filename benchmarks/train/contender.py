"""One contender in a process of its own: `python -m benchmarks.train.contender NAME WORKLOAD.json RESULT.json`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from benchmarks.train.measured import Measured
from benchmarks.train.workload import Workload, load

PADDED = "Trainer, padded"
SORTED = "Trainer, padded, sorted by length"
TRL = "TRL SFTTrainer, packed"
OURS_PACKED = "ours, packed"
OURS_SHARED = "ours, packed, shared prefixes"
CONTENDERS = (PADDED, SORTED, TRL, OURS_PACKED, OURS_SHARED)


def measure(name: str, workload: Workload) -> Measured:
    """Run the contender `name`. One only is imported: what the others would load does not count as its memory."""
    if name in (PADDED, SORTED):
        from benchmarks.train.huggingface import run_padded

        return run_padded(workload, name == SORTED)
    if name == TRL:
        from benchmarks.train.huggingface import run_packed

        return run_packed(workload)
    if name not in (OURS_PACKED, OURS_SHARED):
        raise ValueError(f"no contender is called '{name}': known are {', '.join(CONTENDERS)}")
    from benchmarks.train.ours import run

    return run(workload, name == OURS_SHARED)


def main(name: str, workload_path: str, result_path: str) -> None:
    workload = load(Path(workload_path))
    os.environ["OMP_NUM_THREADS"] = str(workload.threads)  # before torch is imported
    import torch

    torch.set_num_threads(workload.threads)
    measured = measure(name, workload)
    measured.contender = name
    Path(result_path).write_bytes(msgspec.json.encode(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
