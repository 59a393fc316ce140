"""Show what is trained on, token by token: `python -m train preview CONFIG [key=value …] [--source PATH] [--limit N]
[--html FILE]`.

The first N conversations of each source, as the trainer sees them: trained tokens green, masked ones grey, special
tokens marked, every other token underlined so that their boundaries show. In a pipe, without colours, tokens are parted
by │ and trained ones stand in ⟦ ⟧. Then a table: conversations, tokens and trained share for each label, and what was
left out, with the reason.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from actors.program.configuration import load
from actors.program.terminal import console, one_line, safe
from actors.program.user_error import UserError
from train.data.sources import Side
from train.plan import refusals
from train.preview.preview import Report, coloured, look, plain, share
from train.preview.preview_html import page
from train.settings import Source, TrainSettings

HEADER = "bold"
_LIMIT = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, as for 'run'")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes to it, for example data.renderer=template"
    )
    parser.add_argument("--source", metavar="PATH", help="only this source of the config")
    parser.add_argument(
        "--limit", type=int, default=_LIMIT, metavar="N", help=f"conversations of each source (default: {_LIMIT})"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page to look at in a browser instead")


def run(arguments: argparse.Namespace) -> int:
    settings = load(arguments.config, arguments.overrides, TrainSettings)
    if arguments.limit < 1:
        raise UserError(f"--limit {arguments.limit}: give a number from 1")
    chosen = _chosen(settings, arguments.source)
    renderer = refusals.of_model(settings)
    report = look(chosen, renderer, arguments.limit, settings.data.rewritten)
    out = console()
    if arguments.html:
        _write(Path(arguments.html), page(report, renderer.name, settings.model))
    else:
        _show(report, out)
    out.print(_table(report))
    for remark in report.remarks():
        out.print(one_line(remark), soft_wrap=True)
    where = f" Page: {arguments.html}" if arguments.html else ""
    out.print(f"renderer '{renderer.name}' of {one_line(settings.model)}.{where}", soft_wrap=True)
    return 0


def _chosen(settings: TrainSettings, wanted: str | None) -> list[tuple[Side, Source]]:
    every: list[tuple[Side, Source]] = [("agent", source) for source in settings.data.agent]
    every += [("general", source) for source in settings.data.general]
    chosen = [(side, source) for side, source in every if wanted in (None, source.path)]
    if not chosen:
        raise UserError(f"--source '{wanted}' is none of the config's: {', '.join(source.path for _, source in every)}")
    return chosen


def _show(report: Report, out: Console) -> None:
    for seen in report.seen:
        out.print(Text(one_line(seen.title), style=HEADER), soft_wrap=True)
        body = coloured(seen.tokens) if out.is_terminal else Text(plain(seen.tokens))
        out.print(body, soft_wrap=True)
        out.print()


def _table(report: Report) -> Table:
    table = Table("side", "label")
    for name in ("conversations", "tokens", "trained", "trained %"):
        table.add_column(name, justify="right")
    for row in report.rows():
        counts = (f"{number:,}" for number in (row.conversations, row.tokens, row.trained))
        table.add_row(row.side, safe(row.label), *counts, share(row.trained, row.tokens))
    return table


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error
