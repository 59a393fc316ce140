"""The report as one page: `page.html` filled in. No script, no network; whatever a model or an environment wrote is
text and nothing else.

Every value passes through `_shown`: control characters, lone surrogates and overrides of the writing direction become
visible escapes; then Jinja escapes what HTML would read as its own. The style and the loss curves are the only markup
put in as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from actors.program.terminal import visible
from actors.records.endings import title
from serve.evaluation.family_scores import FEW
from serve.report.contents import Contents
from serve.tables import formats

_COLOURS = 6


def page(contents: Contents) -> str:
    """The whole document."""
    colours = {model.name: f"m{number % _COLOURS}" for number, model in enumerate(contents.models)}
    return _template().render(
        report=contents, colours=colours, style=Markup(_read("page.css")), curves=Markup(contents.curves)
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "formats": formats,
        "words": formats.words,
        "title": title,
        "few": FEW,
        "grouped": _grouped,
        "percent": _percent,
        "duration": _duration,
    }
    return environment.from_string(_read("page.html"))


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    return value if isinstance(value, Markup) else visible(str(value))


def _grouped(rows: Sequence[Any], name: str) -> list[tuple[Any, list[Any]]]:
    """Rows of the same `name` that follow each other (Jinja's own filter would sort them)."""
    return [(key, list(each)) for key, each in groupby(rows, attrgetter(name))]


def _percent(value: float) -> str:
    """Where `value` lies on an axis from 0 to 1."""
    return "0%" if math.isnan(value) else f"{min(100.0, max(0.0, 100 * value)):.2f}%"


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
