"""`python -m serve report EVAL … --out DIR`: evaluations of the same tasks side by side, in the terminal, in markdown
and on one page.

EVAL are folders that `evaluate` wrote, in the order in which they are to stand (base, tuned, teacher); differences are
with the first. DIR gets report.html (one file, no network, no script) and report.md; written again, it is replaced as a
whole.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from actors.files.atomic_folder import atomic_folder, write_manifest
from actors.program.terminal import console, one_line
from serve.tables.grid import show

KIND = "evaluation report"
SCHEMA_VERSION = 1
PAGE, MARKDOWN = "report.html", "report.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "evaluations",
        nargs="+",
        metavar="EVAL",
        help="folders that 'evaluate' wrote, of the same tasks; the first is compared with",
    )
    parser.add_argument(
        "--training",
        nargs="+",
        default=[],
        metavar="RUN",
        help="what 'python -m train run' wrote: facts and loss curves",
    )
    parser.add_argument(
        "--filtered",
        nargs="+",
        default=[],
        metavar="FILTERED",
        help="what 'python -m actors filter' wrote: the table of what was trained on",
    )
    parser.add_argument(
        "--general",
        nargs="+",
        default=[],
        metavar="GENERAL",
        help="what 'general' wrote, in the same order as the evaluations",
    )
    parser.add_argument("--column", help="only this column of the suite")
    parser.add_argument("--families", action="store_true", help="print the families, too: where a model fails")
    parser.add_argument("-o", "--out", required=True, metavar="DIR", help="where to write the report")


def run(arguments: argparse.Namespace) -> int:
    output = console()
    output.print(f"reading {len(arguments.evaluations)} evaluations and their episodes …", soft_wrap=True)
    from serve.report.contents import Inputs, gather
    from serve.report.markdown_page import markdown
    from serve.report.page import page
    from serve.report.tables import printed

    inputs = Inputs(
        evaluations=arguments.evaluations,
        training=arguments.training,
        filtered=arguments.filtered,
        general=arguments.general,
        column=arguments.column,
    )
    contents = gather(inputs)
    out = Path(arguments.out)
    with atomic_folder(out, KIND) as draft:
        (draft / PAGE).write_text(page(contents), encoding="utf-8")
        (draft / MARKDOWN).write_text(markdown(contents), encoding="utf-8")
        write_manifest(draft, {"kind": KIND, "schema_version": SCHEMA_VERSION, **inputs._asdict()})
    for grid in printed(contents, arguments.families):
        show(grid, output)
    for line in (
        *filter(None, [contents.standings.test]),
        *contents.notes,
        *contents.remarks,
        f"report: {out / PAGE} (the same in markdown: {out / MARKDOWN})",
    ):
        output.print(one_line(line), soft_wrap=True)
    return 0
