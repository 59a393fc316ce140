"""Whose fault an error is, and what a statement's words say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymysql.err import OperationalError

from environments.database.errors import RULES, Fault, fault_of, is_full
from environments.database.statement import read


@pytest.mark.parametrize(
    ("number", "state", "said", "fault"),
    [
        (1064, "42000", "You have an error in your SQL syntax", Fault.STATEMENT),
        (1146, "42S02", "Table 'a.b' doesn't exist", Fault.STATEMENT),
        (1062, "23000", "Duplicate entry", Fault.STATEMENT),
        (1193, "HY000", "Unknown system variable", Fault.STATEMENT),
        (1969, "70100", "max_statement_time exceeded", Fault.STATEMENT),
        (1290, "HY000", "running with the --max-session-mem-used=134217728 option", Fault.STATEMENT),
        (1290, "HY000", "running with the --read-only option", Fault.ENVIRONMENT),
        (1040, "08004", "Too many connections", Fault.ENVIRONMENT),
        (1203, "42000", "User has already more than 'max_user_connections'", Fault.ENVIRONMENT),
        (1053, "08S01", "Server shutdown in progress", Fault.ENVIRONMENT),
        (1142, "42000", "SELECT command denied", Fault.RIGHTS),
        (1045, "28000", "Access denied", Fault.RIGHTS),
        (1114, "HY000", "The table 'b' is full", Fault.SHARED),
        (1005, "HY000", 'Can\'t create table `a`.`b` (errno: 135 "No more room in record file")', Fault.SHARED),
        (
            1005,
            "HY000",
            'Can\'t create table `a`.`b` (errno: 150 "Foreign key constraint is incorrectly formed")',
            Fault.STATEMENT,
        ),
        (1021, "HY000", "Disk full", Fault.SHARED),
        (3, "HY000", "Error writing file (Errcode: 28)", Fault.SHARED),
        (1205, "HY000", "Lock wait timeout exceeded", Fault.SHARED),
        (1213, "40001", "Deadlock found", Fault.SHARED),
        (1105, "HY000", "Unknown error", Fault.UNSORTED),
        (9999, "HY000", "An error of the future", Fault.UNSORTED),
    ],
)
def test_an_error_has_one_whose_fault_it_is(number: int, state: str, said: str, fault: Fault) -> None:
    assert fault_of(OperationalError(number, said, sqlstate=state)) is fault


@pytest.mark.parametrize(
    ("number", "said", "full"), [(1114, "The table is full", True), (28, "", True), (1205, "Lock wait", False)]
)
def test_a_lock_is_no_full_disk(number: int, said: str, full: bool) -> None:
    assert is_full(OperationalError(number, said)) is full


def test_no_number_is_listed_twice_without_words_that_tell_which() -> None:
    plain = [number for rule in RULES if not rule.said for number in rule.each()]
    assert sorted(number for number in set(plain) if plain.count(number) > 1) == []


@given(st.text() | st.text(alphabet="'\"`/*!;- \\#XAxa SETBEGINstart\n"))
def test_any_statement_is_read(sql: str) -> None:
    read(sql)


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("SELECT /*!50701 2 + */ 1", "SELECT   2 +   1"),
        ("SELECT /*!99999 2 + /* 3 */ ' */ 1", "SELECT   1"),
        ("SELECT /*M!100000 2 + */ 1", "SELECT   1"),
        ("SELECT /*!40000 2 /*!80000 + */ 3 */", "SELECT   2   +   3  "),
        ("SELECT 2 */*!50000 3*/", "SELECT 2 *  3 "),
        (
            "SELECT /* 1 */ '/*!50000 x */', /*+ hint */ 2 -- /*! y",
            "SELECT /* 1 */ '/*!50000 x */', /*+ hint */ 2 -- /*! y",
        ),
    ],
)
def test_executable_comments_are_resolved_as_mysql_does_it(sql: str, sent: str) -> None:
    assert read(sql).sql == sent


def test_what_is_no_comment_to_the_server_hides_nothing() -> None:
    assert read("SELECT 1 --\xa0x, GET_LOCK('a', 1)").leaves_traces
    assert read("--\x01'\nXA START 'a'").refusal is not None


@pytest.mark.parametrize(
    "piece", ["'", '"', "`", "/*", "/*!", "/*!99999", "/*!50000 x */", "/*M!", "*/", "--", "\\", "';", "x ", "; "]
)
def test_reading_takes_no_longer_than_the_statement_is_long(piece: str) -> None:
    began = time.process_time()
    read(piece * (400_000 // len(piece)))
    assert time.process_time() - began < 2
