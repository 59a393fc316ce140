"""DBBench's files: JSONL rows with a description, one or several tables, a type, and a label (SPEC 2.6).

In SELECT-like rows the label is the answer, and the `sql` field is noise: it is not read. In modification rows the
label is the reference SQL, and `answer_md5` the hash that it leads to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from environments.contract import Task, UserError
from environments.database.judge import is_modification
from environments.database.payload import Payload, Table
from environments.rows import BadRow, Row, read_lines, tasks, wrong


def category(task: Task) -> str:
    """DBBench's: INSERT, UPDATE, DELETE; all else is SELECT."""
    kinds = [str(kind) for kind in task.payload.get("kinds", ())]
    return kinds[0] if is_modification(kinds) else "SELECT"


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The tasks of a DBBench JSONL file; a `BadRow` with file, line and field for a malformed one.

    Raises `UserError` without a file.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"no task file at '{path}'; expected DBBench rows as JSON lines")
    yield from tasks(read_lines(file), lambda row: _task(row.place, row.values, file.stem, split))


def _task(place: str, values: Any, source: str, split: str) -> Task:
    row = Row(place, values)
    kinds = [str(kind) for kind in row.get("type", list)]
    if not kinds:
        raise row.wrong("type", "a list whose first item says how the row is judged")
    label = (
        [str(item) for item in row.get("label", (list, str))]
        if isinstance(values.get("label"), list)
        else [row.get("label", str)]
    )
    modifies = is_modification(kinds)
    payload = Payload(
        description=row.get("description", str),
        add_description=row.get("add_description", str, ""),
        tables=_tables(row),
        kinds=kinds,
        answers=[] if modifies else label,
        answer_md5=row.get("answer_md5", str, "") if modifies else "",
        statements=label if modifies else [],
    )
    builtins = msgspec.to_builtins(payload)
    digest = hashlib.sha256(json.dumps(builtins, sort_keys=True).encode()).hexdigest()[:12]
    reference = {"statements": label, "answers": []} if modifies else {"statements": [], "answers": label}
    return Task(
        id=f"db-{source}-{digest}",
        environment="database",
        split=split,
        source=f"dbbench:{source}",
        payload=builtins,
        family=kinds[0],
        reference=reference,
    )


def _tables(row: Row) -> list[Table]:
    found = row.get("table", (dict, list))
    if not found:
        raise row.wrong("table", "a table, or a list of tables")
    return [_table(row.inner("table", table)) for table in (found if isinstance(found, list) else [found])]


def _table(row: Row) -> Table:
    info = row.inner("table_info", row.get("table_info", dict))
    columns = _legal([info.inner("columns", column).get("name", str) for column in info.get("columns", list)])
    if not columns:
        raise info.wrong("columns", "at least one column")
    return Table(row.get("table_name", str), columns, _rows(info, len(columns)))


def _rows(info: Row, width: int) -> list[list[str | None]]:
    """A table's rows. With one that is too long or too short there are none: AgentBench inserts all at once, and MySQL
    refuses them all.
    """
    rows = info.get("rows", list)
    for number, values in enumerate(rows):
        if not isinstance(values, list):
            raise wrong(info.place, f"rows[{number}]", values, "a list of values")
    if any(len(values) != width for values in rows):
        return []
    return [[None if v is None else str(v) for v in values] for values in rows]


def _legal(columns: list[str]) -> list[str]:
    """Column names that a server accepts: a few public rows have an empty name, one that ends in a space, or the same
    one twice.
    """
    legal: list[str] = []
    for number, column in enumerate(columns, 1):
        name = column.rstrip(" ") or f"column_{number}"
        while name.casefold() in (other.casefold() for other in legal):
            name = f"{name}_{number}"
        legal.append(name)
    return legal
