"""The command line of the trainer: `python -m train COMMAND …`. Exit codes as in `actors.program.command_line`."""

from __future__ import annotations

import sys

from actors.program.command_line import Command, main

CONFIG = "train.settings:TrainSettings"
COMMANDS = {
    "plan": Command(
        "train.plan.plan_command", "say what a config needs before anything runs: memory, steps, tokens, hours", CONFIG
    ),
    "preview": Command(
        "train.preview.preview_command", "show what is trained on: trained tokens green, masked ones grey", CONFIG
    ),
    "run": Command("train.run.run_command", "train: conversations → Hugging Face weights, on Ray Train", CONFIG),
    "curves": Command("train.log.curves", "draw the loss curves of runs"),
    "export": Command("train.run.export_command", "write a checkpoint of a run as a Hugging Face directory"),
}


if __name__ == "__main__":
    sys.exit(
        main(
            "python -m train",
            "AgentTuning's trainer: mixed instruction tuning with FSDP on Ray Train.",
            COMMANDS,
            sys.argv[1:],
        )
    )
