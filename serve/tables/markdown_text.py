"""What a model, an environment or a file's author wrote, put into markdown as text and nothing else.

On a line every character that markdown or HTML could read as its own is escaped; a whole text stands in a fence that is
longer than any run of backticks in it, so that nothing in it is read at all.
"""

from __future__ import annotations

import re

from actors.program.terminal import one_line, visible

_SPECIAL = re.compile(
    r"[\\`*_\[\]<>#|~$&@]|:(?=//)|(?<=\bwww)\.", re.IGNORECASE
)  # the last two: GitHub makes links of addresses
_ITEM = re.compile(r"^(\d*)([-+](?!\d)|[.)](?!\S))")  # of a list; a row of dashes is a rule
_TICKS = re.compile(r"`+")


def escaped(text: object) -> str:
    """`text` on one line, as text and nothing else: no emphasis, no list, no link, no entity."""
    line = _SPECIAL.sub(lambda found: f"\\{found[0]}", one_line(str(text)))
    return _ITEM.sub(r"\1\\\2", line)


def fenced(text: str) -> list[str]:
    """`text` whole, in a fence that nothing in it can close."""
    shown = visible(text)
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(shown)), default=0))
    return [f"{fence}text", *shown.split("\n"), fence, ""]
