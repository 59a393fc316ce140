"""What can be known of a statement from its words: what MySQL would refuse, and what it may leave behind in its
session.

AgentBench opens its connection anew for every statement, so nothing of a session outlives one: no variable, temporary
table, prepared statement or lock. Here a session is reset after those that can leave something; what only MariaDB has
(compound statements, `EXECUTE IMMEDIATE`, `SET STATEMENT`) is answered as MySQL answers it. XA transactions are
refused: a prepared one would outlive its session, the server even, and lock out whoever comes after.

Executable comments (`/*!50701 ... */`) are carried out or skipped by their version, and servers differ in which. They
are resolved here, as MySQL 8.0 does it, and what is sent has none: so the words that are read are those that the server
carries out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pymysql.err import MySQLError, OperationalError, ProgrammingError

_TOKEN = re.compile(
    r"""
      (?P<quoted> '(?:[^'\\]|\\.?|'')*(?:'|\Z) | "(?:[^"\\]|\\.?|"")*(?:"|\Z) | `[^`]*(?:`|\Z) )
    | (?P<comment> --(?=[\x00-\x20\x7f]|\Z)[^\n]* | \#[^\n]* | /\*(?!M?!).*?(?:\*/|\Z) )
    | (?P<foreign> /\*M!.*?(?:\*/|\Z) )
    | (?P<opening> /\*!(?P<version>[0-9]{5,6})? )
    | (?P<word> \w+ )
    | (?P<sign> \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_SKIPPED = re.compile(r"(?:/\*.*?(?:\*/|\Z)|.)*?(?:\*/|\Z)", re.DOTALL)
"""The body of an executable comment that is not carried out, with comments inside, and its end."""
NEWEST = 80099
"""The last version whose executable comments are carried out: MySQL 8.0, as in AgentBench."""
CHANGES = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE"})
PLAIN = CHANGES | {
    "SELECT",
    "SHOW",
    "DESCRIBE",
    "DESC",
    "EXPLAIN",
    "ALTER",
    "DROP",
    "RENAME",
    "TRUNCATE",
    "CREATE",
    "WITH",
    "TABLE",
    "(",
}
"""How statements begin that leave nothing in their session, unless they name what does."""
TRACES = frozenset({"@", "TEMPORARY", "GET_LOCK", "DATABASE", "SCHEMA"})


class Reading(NamedTuple):
    """A statement, understood as far as its words go.

    `sql` is what to send; `refusal` what MySQL would say without carrying it out.
    """

    sql: str
    refusal: MySQLError | None
    changes: bool
    leaves_traces: bool


def read(sql: str) -> Reading:
    """Read any string. Linear in its length; never raises."""
    sql = resolved(sql)
    tokens = [match[0].upper() for match in _TOKEN.finditer(sql) if match.lastgroup in ("word", "sign")]
    first = tokens[0] if tokens else ""
    traces = first not in PLAIN or (first != "SELECT" and "DATABASE" in tokens) or not TRACES.isdisjoint(tokens)
    return Reading(sql, _refusal(tokens), first in CHANGES, traces)


def resolved(sql: str) -> str:
    """`sql` without executable comments: with the bodies of those that MySQL 8.0 carries out, and a space for the
    others.
    """
    if "/*!" not in sql and "/*M!" not in sql:
        return sql
    pieces: list[str] = []
    at = opened = 0
    while match := _TOKEN.search(sql, at):
        kept, end = match[0], match.end()
        if match.lastgroup == "foreign":
            kept = " "
        elif match.lastgroup == "opening":
            carried_out = int(match["version"] or 0) <= NEWEST
            opened += carried_out
            kept, end = " ", end if carried_out else _end_of_skipped(sql, end)
        elif opened and sql.startswith("*/", match.start()):
            opened -= 1
            kept, end = " ", match.start() + 2
        pieces += sql[at : match.start()], kept
        at = end
    return "".join((*pieces, sql[at:]))


def _end_of_skipped(sql: str, at: int) -> int:
    body = _SKIPPED.match(sql, at)
    return body.end() if body else at


def _refusal(tokens: list[str]) -> MySQLError | None:
    begin = tuple(tokens[:2])
    if begin[:1] == ("XA",):
        return OperationalError(1227, "Access denied; XA transactions are not open to this account", sqlstate="42000")
    if begin in (("EXECUTE", "IMMEDIATE"), ("SET", "STATEMENT"), ("BEGIN", "NOT")) or _compound(tokens):
        text = "You have an error in your SQL syntax; MySQL has no such statement outside of a stored program"
        return ProgrammingError(1064, f"{text} near '{' '.join(tokens[:4])}'", sqlstate="42000")
    if begin[:1] == ("EXECUTE",):
        name = begin[1] if len(begin) > 1 else ""
        return OperationalError(
            1243, f"Unknown prepared statement handler ({name.lower()}) given to EXECUTE", sqlstate="HY000"
        )
    return None


def _compound(tokens: list[str]) -> bool:
    """Several statements in one that the server would take: what begins like a plain one it refuses by itself."""
    if not tokens or tokens[0] in PLAIN or ";" not in tokens:
        return False
    return any(token != ";" for token in tokens[tokens.index(";") :])
