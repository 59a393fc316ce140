"""The command line of the rollout service: `python -m actors COMMAND …`.

Exit codes as in `actors.program.command_line`.
"""

from __future__ import annotations

import sys

from actors.program.command_line import Command, main

COMMANDS = {
    "rollout": Command(
        "actors.service.rollout_command",
        "play a config's tasks: LLM actors × environment actors → trajectories",
        config="actors.service.settings:RolloutSettings",
    ),
    "doctor": Command(
        "actors.service.doctor", "say what is installed, what answers, what is missing and how to get it"
    ),
    "tasks": Command(
        "actors.service.tasks_command", "list the task families of an environment, or write generated tasks"
    ),
    "view": Command("actors.dataset.view", "read trajectories in the terminal"),
    "stats": Command("actors.dataset.stats", "count a run's endings, rewards, turns, tokens, times"),
    "filter": Command(
        "actors.dataset.filter",
        "keep the trajectories that are worth training on, with a reason for each other",
        config="actors.dataset.filter:Settings",
    ),
    "export": Command(
        "actors.dataset.export", "write the filtered ones as AgentInstruct: parquet, ShareGPT, dataset card"
    ),
    "import": Command("actors.dataset.import_records", "read published AgentInstruct or ShareGPT records into a run"),
    "why-stuck": Command("actors.service.why_stuck", "say which episode of a run waits for what, since when"),
}


if __name__ == "__main__":
    sys.exit(main("python -m actors", "AgentTuning's rollout service on Ray.", COMMANDS, sys.argv[1:]))
