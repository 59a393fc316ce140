"""Show what is trained on, token by token: `python -m train preview CONFIG [key=value …] [--source PATH] [--limit N]
[--html FILE]`.

The first N conversations of each source, as the trainer sees them: trained tokens green, masked ones grey, special
tokens marked, every other token underlined so that their boundaries show. In a pipe, without colours, tokens are parted
by │ and trained ones stand in ⟦ ⟧. Then a table: conversations, tokens and trained share for each label, and what was
left out, with the reason.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from actors.program.configuration import load
from actors.program.terminal import console, one_line, safe
from actors.records.trajectory import UserError
from train.data import sources
from train.plan import refusals
from train.preview.preview_html import page
from train.preview.shown_tokens import Shown, marked, shown_tokens
from train.renderers import Rendered, Renderer, RenderError, documents
from train.renderers.conversation import Conversation
from train.renderers.per_reply import Rewritten
from train.settings import Source, TrainSettings

TRAINED, MASKED, SPECIAL, HEADER = "green", "bright_black", "magenta", "bold"
_LIMIT = 3


class Seen(NamedTuple):
    """One conversation with its tokens."""

    side: sources.Side
    conversation: Conversation
    rendered: Rendered
    tokens: list[Shown]

    @property
    def title(self) -> str:
        tokens, trained = len(self.rendered.token_ids), sum(self.rendered.trained)
        counts = f"{tokens:,} tokens, {trained:,} trained ({share(trained, tokens)})"
        return f"{self.conversation.id}  {self.side}, {self.conversation.label}: {counts}"


class Row(NamedTuple):
    """The sums of one label."""

    side: str
    label: str
    conversations: int = 0
    tokens: int = 0
    trained: int = 0


class Report(NamedTuple):
    """What a preview found: the conversations, and of each source what was left out or changed."""

    seen: list[Seen]
    skipped: dict[str, Counter[str]]
    noted: dict[str, Counter[str]]

    def rows(self) -> list[Row]:
        """One for each side and label, in the order in which they came."""
        found: dict[tuple[str, str], Row] = {}
        for seen in self.seen:
            key = (seen.side, seen.conversation.label)
            row = found.get(key, Row(*key))
            tokens, trained = row.tokens + len(seen.rendered.token_ids), row.trained + sum(seen.rendered.trained)
            found[key] = row._replace(conversations=row.conversations + 1, tokens=tokens, trained=trained)
        return list(found.values())

    def remarks(self) -> Iterator[str]:
        """What was left out and what was changed, a line each."""
        for path in self.skipped:
            for word, counted in (("left out", self.skipped[path]), ("changed", self.noted[path])):
                for reason, count in counted.most_common():
                    if count:
                        yield f"{path}: {word}: {count} × {reason}"


def look(
    chosen: Sequence[tuple[sources.Side, Source]], renderer: Renderer, limit: int, rewritten: Rewritten = "drop"
) -> Report:
    """The first `limit` conversations of each source, rendered."""
    report = Report([], {}, {})
    for side, source in chosen:
        reader = sources.read(source.model_copy(update={"limit": min(limit, source.limit or limit)}), side)
        conversations = list(reader)
        skipped = report.skipped.setdefault(source.path, Counter())
        for conversation, result in documents(renderer, conversations, rewritten):
            if isinstance(result, RenderError):
                skipped[result.reason] += 1
            else:
                report.seen.append(Seen(side, conversation, result, list(shown_tokens(renderer, result))))
        skipped.update(reader.skipped)
        report.noted.setdefault(source.path, Counter()).update(reader.noted)
    return report


def coloured(tokens: Sequence[Shown]) -> Text:
    """For a terminal with colours; nothing in it can act on the terminal."""
    text = Text()
    for i, token in enumerate(tokens):
        style = TRAINED if token.trained else MASKED
        style = f"{style} reverse" if token.special and token.trained else SPECIAL if token.special else style
        text.append(marked(token.text), style=f"{style} underline" if i % 2 and not token.special else style)
    return text


def plain(tokens: Sequence[Shown]) -> str:
    """Without colours: │ between tokens, ⟦ ⟧ around trained ones."""
    out, trained = "", False
    for i, token in enumerate(tokens):
        if token.trained != trained:
            out += "⟦" if token.trained else "⟧"
        elif i:
            out += "│"
        trained = token.trained
        out += marked(token.text)
    return out + "⟧" * trained


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


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


def _chosen(settings: TrainSettings, wanted: str | None) -> list[tuple[sources.Side, Source]]:
    every: list[tuple[sources.Side, Source]] = [("agent", source) for source in settings.data.agent]
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
