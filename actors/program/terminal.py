"""What a model wrote, made safe for a terminal, and the console it is shown on.

Models and environments write terminal escapes, carriage returns and bidirectional overrides; none of them may reach the
user's terminal, and none of what they write is read as rich markup.
"""

from __future__ import annotations

import sys
import unicodedata
from typing import TextIO

from rich.console import Console
from rich.text import Text

PIPED_WIDTH = 200
_KEPT = frozenset("\n\t\u200c\u200d")  # the joiners belong to scripts and emoji
_ESCAPED = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """`text` with every control, format and private character as its Python escape; newlines and tabs stay, CR LF is a
    newline.
    """
    text = text.replace("\r\n", "\n")
    if text.isprintable():
        return text
    return "".join(c if c in _KEPT or unicodedata.category(c) not in _ESCAPED else _escape(c) for c in text)


def one_line(text: str, width: int = 0) -> str:
    """`visible`, on one line, cut to `width` characters where that is not 0."""
    line = " ".join(visible(text).split())
    return line if not width or len(line) <= width else line[: width - 1] + "…"


def safe(text: object, style: str = "") -> Text:
    """A cell of a table."""
    return Text(one_line(str(text)), style=style)


def console(file: TextIO | None = None) -> Console:
    """Colour on a terminal, plain and unfolded in a pipe; nothing is interpreted."""
    piped = not (file or sys.stdout).isatty()
    return Console(file=file, markup=False, emoji=False, highlight=False, width=PIPED_WIDTH if piped else None)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
