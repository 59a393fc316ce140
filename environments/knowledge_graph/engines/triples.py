"""N-Triples of which some lines are none: these are left out, counted and named, and the others are loaded.

A graph of a billion lines has a few that a strict parser refuses: an IRI with a bracket, half of a surrogate pair, an
odd language tag. IRIs are read leniently, as the graph has them; what is no triple at all, or one whose IRIs are
relative and so name nothing, is skipped.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import IO

from environments.contract import UserError

_BLOCK = 1 << 20
LIMIT_LINE_BYTES = 16 << 20
_BOM = b"\xef\xbb\xbf"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_PLACE = re.compile(r"^Parser error at line \d+ |\(line \d+\)$")


class GoodLines:
    """The lines of `source` that are N-Triples, to be read as a file.

    `skipped` lines were none, `first` says where and why.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._blocks = _blocks(source)
        self._ready = io.BytesIO()
        self._number = 1
        self.triples = self.skipped = 0
        self.first = ""

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end."""
        while not (found := self._ready.read(size)):
            lines = next(self._blocks, None)
            if lines is None:
                return b""
            self._ready = io.BytesIO(b"\n".join([*self._good(lines, self._number), b""]))
            self._number += len(lines)
        return found

    def _good(self, lines: Sequence[bytes], number: int) -> list[bytes]:
        """Those of `lines`, the first of which is line `number`, that are sound: all together, else halved until the
        bad one is found.
        """
        try:
            self.triples += _count(lines)
            return list(lines)
        except (SyntaxError, ValueError) as error:
            if len(lines) == 1:
                self.skipped += 1
                self.first = self.first or f"line {number}: {_PLACE.sub('', str(error)).strip()}"
                return []
        middle = len(lines) // 2
        return self._good(lines[:middle], number) + self._good(lines[middle:], number + middle)

    def said(self) -> str:
        """What was left out, in words; empty if nothing was."""
        return (
            f"{self.skipped} of {self.triples + self.skipped} triples are left out, the first in {self.first}"
            if self.skipped
            else ""
        )


def _count(lines: Sequence[bytes]) -> int:
    """How many triples stand in `lines`. Raises `SyntaxError` or `ValueError` where one of them is none."""
    from pyoxigraph import NamedNode, RdfFormat, parse

    number = 0
    for quad in parse(b"\n".join(lines), RdfFormat.N_TRIPLES, lenient=True):
        number += 1
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, NamedNode) and not _ABSOLUTE.match(term.value):
                raise ValueError(f"the IRI <{term.value}> is relative")
    return number


def _blocks(source: IO[bytes]) -> Iterator[list[bytes]]:
    """The lines of `source`, some thousands at once, without a byte order mark.

    Raises `UserError` for what has no lines.
    """
    rest, first = b"", True
    while block := source.read(_BLOCK):
        text = rest + (block.removeprefix(_BOM) if first else block)
        first = False
        end = max(text.rfind(b"\n"), text[:-1].rfind(b"\r")) + 1
        rest = text[end:]
        if len(rest) > LIMIT_LINE_BYTES:
            raise UserError(f"a line of more than {LIMIT_LINE_BYTES} bytes")
        if end:
            yield text[:end].splitlines()
    if rest:
        yield [rest]
