"""`python -m serve compare EVAL EVAL`: what the second LLM scores more than the first, task against task."""

from __future__ import annotations

import argparse

from actors.program.terminal import console, one_line
from serve.evaluation.evaluation import read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="EVAL", help="the folder of an evaluation, for example the base model's")
    parser.add_argument("second", metavar="EVAL", help="that of another LLM on the same suite")
    parser.add_argument("--column", help="only this column; suites that differ elsewhere may share it")
    parser.add_argument("--markdown", action="store_true", help="print markdown")


def run(arguments: argparse.Namespace) -> int:
    from serve.evaluation.comparison import compare, of_column, suite_differences
    from serve.evaluation.score_grid import comparison_grid
    from serve.tables.grid import markdown, show

    first, second = (of_column(read(folder), arguments.column) for folder in (arguments.first, arguments.second))
    grid = comparison_grid(first, second, compare(first, second))
    out = console()
    if arguments.markdown:
        out.print(markdown(grid), end="\n", soft_wrap=True)
    else:
        show(grid, out)
    for line in suite_differences(first, second):
        out.print(one_line(f"the suites differ in {line}"), soft_wrap=True)
    return 0
