"""The preview as one page: no script, no network, everything that a model or a person wrote escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from actors.program.terminal import one_line
from train.preview.preview import Report
from train.preview.shown_tokens import Shown, marked

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2328; --paper: #fbfaf7; --card: #fff; --line: #e3dfd6; --soft: #6d7680; --masked: #7d858c;
  --trained: #0b6b3a; --wash: #d9f2e1; --other: #c5e9d2; --special: #8a3ea0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e4df; --paper: #14171a; --card: #1b1f23; --line: #2d3339; --soft: #98a1a9;
  --masked: #808a93; --trained: #a9ecc4; --wash: #123523; --other: #1a4a31; --special: #d59be6; } }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } p { margin: .2rem 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; }
summary { padding: .7rem 1rem; cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
.tokens { padding: .2rem 1rem 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.75 ui-monospace, monospace; color: var(--masked); }
i { font-style: normal; border-left: 1px solid var(--line); } b { font-weight: 400; color: var(--trained); background: var(--wash); }
b:nth-of-type(even) { background: var(--other); }
.s { color: var(--special); border: 1px solid; border-radius: 4px; padding: 0 .2em; font-size: .86em; }
"""  # noqa: E501
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report, renderer: str, model: str) -> str:
    """The whole document."""
    return "".join(_document(report, renderer, model))


def _document(report: Report, renderer: str, model: str) -> Iterator[str]:
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    )
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>What is trained on</title>'
    yield f"<style>{_STYLE}</style></head><body>"
    yield f"<h1>What is trained on</h1><p>Renderer {_text(renderer)}, tokenizer of {_text(model)}. "
    yield '<b>Trained tokens</b> are green, <i>masked ones</i> grey, <span class="s">special ones</span> framed; '
    yield "hover for the token id.</p>"
    yield (
        "<table><tr><th>side<th>label<th class=n>conversations<th class=n>tokens<th class=n>trained<th class=n>trained"
        " %</tr>"
    )
    for row in report.rows():
        yield f"<tr><td>{_text(row.side)}<td>{_text(row.label)}"
        yield "".join(f"<td class=n>{number:,}" for number in (row.conversations, row.tokens, row.trained))
        yield f"<td class=n>{100 * row.trained / row.tokens if row.tokens else 0:.1f}</tr>"
    yield "</table>"
    for remark in report.remarks():
        yield f"<p>{_text(remark)}</p>"
    for number, seen in enumerate(report.seen):
        yield f"<details{' open' if number < 3 else ''}><summary>{_text(seen.title)}</summary><div class=tokens>"
        yield "".join(map(_token, seen.tokens))
        yield "</div></details>"
    yield "</body></html>\n"


def _token(token: Shown) -> str:
    name = "b" if token.trained else "i"
    kind = ' class="s"' if token.special else ""
    return f'<{name}{kind} title="{" ".join(map(str, token.ids))}">{escape(marked(token.text))}</{name}>'


def _text(text: str) -> str:
    return escape(one_line(text))
