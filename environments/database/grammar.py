"""What a reply means and how a result is shown: AgentBench's DBBench grammar (SPEC 2.6, version OLD), without its
regular expressions.

The reference searches `Action: (.*?)\\n`, then the first ```` ```sql ```` block, and `\\nFinal Answer:(.*)`. The same
matches are found here with `str.find`, because the first of these takes quadratic time on a hostile reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pymysql.err import MySQLError

LIMIT_CHARS = 800
TRUNCATED = "[TRUNCATED]"


class Move(NamedTuple):
    """One reply, understood.

    `sql` is None where an operation has no complete block; `answer` None where no answer is given.
    """

    operates: bool
    sql: str | None
    answer: str | None


def parse(reply: str) -> Move:
    """Read any string. Linear in its length; never raises."""
    reply = reply.encode("utf-8", "replace").decode("utf-8")
    return Move(_action(reply) == "Operation", _sql(reply), _answer(reply))


def _action(reply: str) -> str | None:
    start = reply.find("Action: ")
    if start < 0:
        return None
    end = reply.find("\n", start)
    return reply[start + len("Action: ") : end] if end >= 0 else None


def _sql(reply: str) -> str | None:
    opening = reply.find("```sql\n")
    if opening < 0:
        return None
    start = opening + len("```sql\n")
    end = reply.find("\n```", start)
    return reply[start:end].strip().replace("\n", " ") if end >= 0 else None


def _answer(reply: str) -> str | None:
    label = "\nFinal Answer:"
    start = reply.find(label)
    if start < 0:
        return None
    return reply[start + len(label) :].split("\n", 1)[0]


def truncate(text: str) -> str:
    """The first 800 characters, and a mark where there was more."""
    return text if len(text) <= LIMIT_CHARS else text[:LIMIT_CHARS] + TRUNCATED


class ResultText:
    """`str()` of a list of row tuples, built row by row and no further than anyone will see."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 2

    def add(self, row: tuple[Any, ...]) -> None:
        """Append one row; what lies beyond the limit is only counted."""
        if self._length > LIMIT_CHARS + len("[, ]"):
            return
        self._parts.append(repr(row))
        self._length += len(self._parts[-1]) + 2

    def text(self) -> str:
        """The observation."""
        return truncate(f"[{', '.join(self._parts)}]")


def render_error(error: MySQLError) -> str:
    """An error as mysql.connector prints it, the driver that AgentBench uses: `1146 (42S02): Table 'a.b' doesn't
    exist`.
    """
    if len(error.args) < 2:
        return truncate(str(error))
    return truncate(f"{error.args[0]} ({getattr(error, 'sqlstate', None) or 'HY000'}): {error.args[1]}")


def render_values(values: Sequence[str]) -> str:
    """An answer's values as they stand after `Final Answer:`."""
    quoted = ", ".join(
        '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for value in values
    )
    return f"[{quoted}]"


def render_final_answer(values: Sequence[str]) -> str:
    """The answering pattern for `values`."""
    return f"Action: Answer\nFinal Answer: {render_values(values)}"


def render_operation(sql: str) -> str:
    """The operating pattern for `sql`."""
    return f"Action: Operation\n```sql\n{sql}\n```"
