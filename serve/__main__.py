"""`python -m serve COMMAND`: measure a model, report, check what is served, run the whole pipeline."""

from __future__ import annotations

import sys

from actors.program.command_line import Command, main

COMMANDS = {
    "evaluate": Command(
        "serve.evaluation.evaluate_command",
        "play a suite of tasks with an LLM and score it; again: plays what is missing",
        config="serve.evaluation.suite:Suite",
    ),
    "compare": Command("serve.evaluation.compare_command", "two evaluations of the same tasks, paired"),
    "general": Command(
        "serve.general.general_command",
        "what tuning cost elsewhere: loss on held-out chat, arithmetic and multiple-choice items",
    ),
    "report": Command("serve.report.report_command", "evaluations side by side: terminal, markdown and one HTML page"),
    "check": Command(
        "serve.check.check_command",
        "whether what is served is what was trained: template, tokens, log-probabilities, stop",
    ),
    "runs": Command(
        "serve.runs.runs_command", "what lies on the disk: runs with size, state and age; 'runs prune': what can go"
    ),
    "pipeline": Command(
        "serve.pipeline.pipeline_command",
        "act, filter, tune and measure as one file says; again: does what is missing",
        config="serve.pipeline.settings:PipelineSettings",
    ),
}

if __name__ == "__main__":
    sys.exit(main("python -m serve", "Measure what was tuned, and run the whole pipeline.", COMMANDS, sys.argv[1:]))
