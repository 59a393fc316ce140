"""The command line of the rollout service: `python -m actors COMMAND …`. Each command lives in a module of its own.

Exit codes: 0 done; 1 finished, but not all went well; 2 a mistake of the user's, told in one line; 3 the budget is spent; 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from environments.contract import UserError

COMMANDS = {
    "rollout": ("actors.rollout_command", "play a config's tasks: LLM actors × environment actors → trajectories"),
    "doctor": ("actors.doctor", "say what is installed, what answers, what is missing and how to get it"),
    "tasks": ("actors.tasks_command", "list the task families of a world, or write generated tasks"),
    "view": ("actors.view", "read trajectories in the terminal"),
    "stats": ("actors.stats", "count a run's endings, rewards, turns, tokens, times"),
    "filter": ("actors.filter", "keep the trajectories that are worth training on, with a reason for each other"),
    "export": ("actors.export", "write the filtered ones as AgentInstruct: parquet, ShareGPT, dataset card"),
    "import": ("actors.import_records", "read published AgentInstruct or ShareGPT records into a run"),
    "why-stuck": ("actors.why_stuck", "say which episode of a run waits for what, since when"),
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m actors", description="AgentTuning's rollout service on Ray.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = next((word for word in argv if not word.startswith("-")), None)
    for name, (module, help_text) in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=help_text)
        if name == wanted:
            import_module(module).add_arguments(command)
    arguments, rest = parser.parse_known_args(argv)
    if hasattr(arguments, "overrides"):  # argparse takes no key=value behind an option by itself
        arguments.overrides += [word for word in rest if "=" in word and not word.startswith("-")]
        rest = [word for word in rest if word not in arguments.overrides]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        code: int = import_module(COMMANDS[arguments.command][0]).run(arguments)
    except UserError as error:
        print(f"{arguments.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
