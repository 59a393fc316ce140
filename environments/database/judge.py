"""The reward: AgentBench's judging of DBBench (SPEC 2.6, version OLD).

A SELECT-like task compares the answer's text with the label. A modification ignores the text and compares one hash per
table: md5 over the sorted row hashes, a row hash being the first five characters of the md5 of all columns joined by
commas.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from typing import Any

MODIFICATIONS = frozenset({"INSERT", "UPDATE", "DELETE"})
LIMIT_ANSWER_CHARS = 100_000


def is_modification(kinds: Sequence[str]) -> bool:
    """Whether a task of these types is judged by its tables instead of by its answer."""
    return bool(kinds) and kinds[0] in MODIFICATIONS


def answer_values(text: str) -> list[Any]:
    """The answer as the reference reads it: what `list` makes of a Python literal, else the text itself.

    So a quoted answer is its characters: right where it has one. The reference calls `eval`; this reads literals only.
    """
    if len(text) > LIMIT_ANSWER_CHARS:
        return [text]
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return [text]
    return list(value) if isinstance(value, (list, tuple, set, dict, str, bytes)) else [text]


def judge_answer(text: str, label: Sequence[str]) -> bool:
    """Two single values compare as numbers, else as they are; anything else compares as sets."""
    values = answer_values(text)
    if len(values) == 1 and len(label) == 1:
        try:
            return float(values[0]) == float(label[0])
        except (ValueError, TypeError, OverflowError):
            return bool(values[0] == label[0])
    try:
        return set(values) == set(label)
    except TypeError:
        return False


def quote(identifier: str) -> str:
    """An identifier between backticks, whatever it contains."""
    return "`" + identifier.replace("`", "``") + "`"


def hash_query(table: str, columns: Sequence[str], schema: str) -> str:
    """The query whose printed result is compared: `[('<md5>',)]`, or `[(None,)]` for an empty table."""
    names = ", ".join(quote(column) for column in columns)
    row_hashes = f"SELECT SUBSTRING(MD5(CONCAT_WS(',', {names})), 1, 5) AS rowhash FROM {quote(schema)}.{quote(table)}"
    return f"SELECT MD5(GROUP_CONCAT(rowhash ORDER BY rowhash)) AS hash FROM ({row_hashes}) AS sub"


def table_hash(rows: Sequence[Sequence[str | None]]) -> str | None:
    """The same hash computed in Python, an independent way to know a generated task's right outcome."""
    if not rows:
        return None
    hashes = sorted(_md5(",".join(value for value in row if value is not None))[:5] for row in rows)
    return _md5(",".join(hashes))


def print_hashes(hashes: Sequence[str | None]) -> str:
    """As AgentBench stores it: the printed result of one query; several tables' hashes are sorted and joined with
    `_`.
    """
    if len(hashes) == 1:
        return str([(hashes[0],)])
    return str([("_".join(sorted(value or "" for value in hashes)),)])


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
