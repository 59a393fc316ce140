"""What can be known of a statement from its words: what MySQL would refuse, and what it may leave behind in its session.

AgentBench opens its connection anew for every statement, so nothing of a session outlives one: no variable, temporary table, prepared
statement or lock. Here a session is reset after those that can leave something; what only MariaDB has (compound statements, `EXECUTE
IMMEDIATE`, `SET STATEMENT`) is answered as MySQL answers it. XA transactions are refused: a prepared one would outlive its session, the
server even, and lock out whoever comes after.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from pymysql.err import MySQLError, OperationalError, ProgrammingError

_TOKEN = re.compile(
    r"""
      (?P<quoted> '(?:[^'\\]|\\.?|'')*(?:'|\Z) | "(?:[^"\\]|\\.?|"")*(?:"|\Z) | `[^`]*(?:`|\Z) )
    | (?P<comment> --(?=\s|\Z)[^\n]* | \#[^\n]* | /\*(?!M?!).*?(?:\*/|\Z) | /\*M?!\d* | \*/ )
    | (?P<word> \w+ )
    | (?P<sign> \S )
    """,
    re.VERBOSE | re.DOTALL,
)
CHANGES = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE"})
PLAIN = CHANGES | {"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "ALTER", "DROP", "RENAME", "TRUNCATE", "CREATE", "WITH", "TABLE", "("}
"""How statements begin that leave nothing in their session, unless they name what does."""
TRACES = frozenset({"@", "TEMPORARY", "GET_LOCK", "DATABASE", "SCHEMA"})


class Reading(NamedTuple):
    """A statement, understood as far as its words go. `refusal` is what MySQL would say without carrying it out."""

    refusal: MySQLError | None
    changes: bool
    leaves_traces: bool


def read(sql: str) -> Reading:
    """Read any string. Linear in its length; never raises."""
    tokens = [match[0].upper() for match in _TOKEN.finditer(sql) if match.lastgroup in ("word", "sign")]
    first = tokens[0] if tokens else ""
    traces = first not in PLAIN or (first != "SELECT" and "DATABASE" in tokens) or not TRACES.isdisjoint(tokens)
    return Reading(_refusal(tokens), first in CHANGES, traces)


def _refusal(tokens: list[str]) -> MySQLError | None:
    pairs = set(pairwise(tokens))
    begin = tuple(tokens[:2])
    if ("XA", "START") in pairs or ("XA", "BEGIN") in pairs:
        return OperationalError(1227, "Access denied; XA transactions are not open to this account", sqlstate="42000")
    if begin in (("EXECUTE", "IMMEDIATE"), ("SET", "STATEMENT"), ("BEGIN", "NOT")) or _compound(tokens):
        text = "You have an error in your SQL syntax; MySQL has no such statement outside of a stored program"
        return ProgrammingError(1064, f"{text} near '{' '.join(tokens[:4])}'", sqlstate="42000")
    if begin[:1] == ("EXECUTE",):
        name = begin[1] if len(begin) > 1 else ""
        return OperationalError(1243, f"Unknown prepared statement handler ({name.lower()}) given to EXECUTE", sqlstate="HY000")
    return None


def _compound(tokens: list[str]) -> bool:
    """Several statements in one that the server would take: what begins like a plain one it refuses by itself."""
    if not tokens or tokens[0] in PLAIN or ";" not in tokens:
        return False
    return any(token != ";" for token in tokens[tokens.index(";") :])
