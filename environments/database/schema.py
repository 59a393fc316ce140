"""The SQL that sets up and takes down an episode: as few round trips as the server's packet size allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from environments.database.judge import quote
from environments.database.payload import Table

RIGHTS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE TEMPORARY TABLES, CREATE VIEW, SHOW"
    " VIEW"
)
MAX_USER_CONNECTIONS = 8
MODES = "ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""MySQL 8's default modes but the strict one."""
BATCH_BYTES = 1 << 20
COLLATIONS = ("utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_unicode_520_ci", "utf8mb4_general_ci")
"""The first that the server knows is used: MySQL 8's default, on which AgentBench's answers were made, and its nearest
relatives.
"""


class Dialect(NamedTuple):
    """What differs between the servers of this protocol."""

    mariadb: bool
    collation: str
    session_mb: int = 128

    def session_sql(self, timeout_s: float) -> str:
        """What a session sets at its start: MySQL 8's default modes, room for the judge's hash, limits where an account
        may set them.
        """
        modes = f"STRICT_TRANS_TABLES,{MODES}"
        limits = self._mariadb_limits(timeout_s) if self.mariadb else f"max_execution_time={int(timeout_s * 1000)}"
        return (
            f"SET NAMES utf8mb4 COLLATE {self.collation}, autocommit=1, sql_mode='{modes}',"
            f" group_concat_max_len=1048576, {limits}"
        )

    def _mariadb_limits(self, timeout_s: float) -> str:
        bytes_ = self.session_mb << 20
        return f"max_statement_time={timeout_s:g}, max_session_mem_used={bytes_}, tmp_disk_table_size={2 * bytes_}"


def literal(value: str | None) -> str:
    """A string literal. Doubling quotes and backslashes is complete in utf8mb4 without NO_BACKSLASH_ESCAPES."""
    if value is None:
        return "NULL"
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0") + "'"


def create_schema(name: str, dialect: Dialect) -> str:
    """An empty schema."""
    return f"CREATE DATABASE {quote(name)} CHARACTER SET utf8mb4 COLLATE {dialect.collation}"


def create_account(name: str, host: str, password: str, dialect: Dialect, timeout_s: float) -> list[str]:
    """An account with rights on the schema of its own name and on nothing else."""
    account = f"{quote(name)}@{literal(host)}"
    limits = f"MAX_USER_CONNECTIONS {MAX_USER_CONNECTIONS}" + (
        f" MAX_STATEMENT_TIME {timeout_s:g}" if dialect.mariadb else ""
    )
    # In a grant's schema name `_` is a wildcard: without the backslashes one account could own its neighbour.
    grantee = quote(name.replace("_", "\\_"))
    return [
        f"CREATE USER {account} IDENTIFIED BY {literal(password)} WITH {limits}",
        f"GRANT {RIGHTS} ON {grantee}.* TO {account}",
    ]


def create_judge(name: str, host: str, owner_schemas: str, password: str) -> list[str]:
    """The account that reads all schemas of its owner when their episodes are judged; `owner_schemas` is a pattern."""
    account = f"{quote(name)}@{literal(host)}"
    return [
        f"CREATE USER {account} IDENTIFIED BY {literal(password)}",
        f"GRANT SELECT ON {quote(owner_schemas)}.* TO {account}",
    ]


def load_tables(name: str, tables: Sequence[Table]) -> Iterator[str]:
    """Every table with its rows; one INSERT per megabyte."""
    for table in tables:
        target = f"{quote(name)}.{quote(table.name)}"
        yield f"CREATE TABLE {target} ({', '.join(f'{quote(column)} TEXT' for column in table.columns)})"
        values: list[str] = []
        size = 0
        for row in table.rows:
            values.append(f"({','.join(map(literal, row))})")
            size += len(values[-1])
            if size > BATCH_BYTES:
                yield f"INSERT INTO {target} VALUES {','.join(values)}"
                values, size = [], 0
        if values:
            yield f"INSERT INTO {target} VALUES {','.join(values)}"


def remove(name: str, host: str, dialect: Dialect) -> list[str]:
    """Take down a lease: its connections, schema and account, whether or not they are there."""
    account = f"{quote(name)}@{literal(host)}"
    kill = [f"KILL HARD USER {account}"] if dialect.mariadb else []
    return [*kill, f"DROP DATABASE IF EXISTS {quote(name)}", f"DROP USER IF EXISTS {account}"]


def batches(statements: Sequence[str]) -> Iterator[str]:
    """Statements joined into as few packets as possible."""
    batch: list[str] = []
    size = 0
    for statement in statements:
        if batch and size + len(statement) > BATCH_BYTES:
            yield "; ".join(batch)
            batch, size = [], 0
        batch.append(statement)
        size += len(statement)
    if batch:
        yield "; ".join(batch)
