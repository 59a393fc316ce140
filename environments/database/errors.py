"""Whose fault an error of the server's is: one table, by error number first and by the class of its SQLSTATE where no
number is listed.

A *statement's* error is its author's: in a step the agent, who sees it, in a set-up the task. The *environment's* are
those of server, machine and neighbours: such an episode is played again. What *all share* (memory, disk, locks) may
have been used up by this agent or by others, and for an error that nobody has *sorted* nobody can tell: such a reply is
replayed once, on a server of its own where one can be had, and what it meets there again is its own doing
(`DoubtfulFault`).

Numbers are those of MySQL 8 and MariaDB 10 and 11; they agree below 1900. Below 1000 are errors of files and of memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from pymysql.err import MySQLError, OperationalError


class Fault(StrEnum):
    """Whose an error is."""

    STATEMENT = "the statement's"
    RIGHTS = "the account's"
    ENVIRONMENT = "the environment's"
    SHARED = "somebody's who uses the server"
    UNSORTED = "nobody knows whose"


class Rule(NamedTuple):
    """Errors that are of one kind: single numbers and ranges (both ends included). `said`: only with these words."""

    fault: Fault
    numbers: tuple[int | tuple[int, int], ...]
    said: str = ""

    def each(self) -> Iterator[int]:
        for number in self.numbers:
            yield from range(number[0], number[1] + 1) if isinstance(number, tuple) else (number,)


class Unanswered(OperationalError):  # type: ignore[misc]
    """What the host says where the server gave a statement no answer that can be read, and whose fault that is."""

    def __init__(self, number: int, said: str, fault: Fault) -> None:
        super().__init__(number, said)
        self.fault = fault


NO_ROOM = ("No more room", "No space left")
"""What the words of an error say where it is for want of room."""
FULL = frozenset({*range(1, 1000), 1021, 1114})
"""Numbers that say the same by themselves."""
LOCKED = frozenset({1205, 1213})
RULES = (
    # The server takes nobody, is going, is read-only, or lost something of its own.
    Rule(Fault.ENVIRONMENT, (1040, 1042, 1043, 1047, 1053, (1077, 1080), 1129, 1130, 1135, 1203, 1226, 1251)),
    Rule(Fault.ENVIRONMENT, (1152, (1154, 1161), (1180, 1184), 1189, 1190)),
    Rule(Fault.ENVIRONMENT, (1016, 1017, 1018, 1033, 1034, 1035, 1194, 1195, 1297, 1459, 1547, 1548, 1577, 1580, 1712)),
    Rule(Fault.ENVIRONMENT, (1808, 1812, 1814, 1836, 1862, 1874, 1877, 3118, 3168, 3169, 4031, 4081)),
    Rule(Fault.ENVIRONMENT, (1290,), said="read-only"),
    # Full, out of memory, locked.
    *(Rule(Fault.SHARED, ((1004, 1009), 1025, 1030), said=said) for said in NO_ROOM),
    Rule(Fault.SHARED, ((1, 999), 1021, 1023, 1024, 1026, 1028, 1030, 1037, 1038, 1041, 1114, 1206, 1878)),
    Rule(Fault.SHARED, (1205, 1213, 1613, 1614, 1637, 3058, 3572)),
    # Not allowed: the agent's in a step; in a set-up it is our own account that lacks a right.
    Rule(
        Fault.RIGHTS,
        (1044, 1045, 1131, 1132, 1133, 1141, 1142, 1143, 1147, 1211, 1227, 1275, 1370, 1396, 1410, 1419, 1524, 1698),
    ),
    Rule(Fault.RIGHTS, (1699, 1819, 1820, 1873, 3530, 3879, 4151)),
    # Of no class of their own (HY000), and a statement's all the same: names, kinds, options and limits of what it asks
    # for.
    Rule(
        Fault.STATEMENT,
        (
            (1004, 1009),
            1025,
            1029,
            1031,
            1036,
            1048,
            1066,
            (1085, 1088),
            1094,
            1095,
            1099,
            1100,
            1111,
            1116,
            1117,
            1119,
        ),
    ),
    Rule(
        Fault.STATEMENT,
        (1121, 1123, (1125, 1128), 1137, 1153, 1168, 1187, 1191, 1192, 1193, 1196, 1208, 1210, 1212, 1214, 1215, 1221),
    ),
    Rule(
        Fault.STATEMENT,
        (1223, 1224, 1228, 1229, 1231, 1233, 1237, 1238, 1243, 1253, 1257, 1258, 1259, (1264, 1274), 1287, 1288, 1289),
    ),
    Rule(
        Fault.STATEMENT,
        (
            1290,
            1292,
            1295,
            1298,
            1300,
            (1304, 1309),
            1317,
            (1346, 1369),
            1372,
            1375,
            1385,
            1388,
            (1390, 1395),
            (1397, 1400),
            1411,
        ),
    ),
    Rule(
        Fault.STATEMENT,
        ((1414, 1418), (1420, 1424), 1428, 1436, (1438, 1449), 1452, (1455, 1458), 1463, 1465, 1466, 1469, 1471),
    ),
    Rule(
        Fault.STATEMENT,
        (1476, (1478, 1523), (1525, 1546), 1552, (1560, 1568), 1572, 1573, (1582, 1586), 1596, 1611, 1617, 1618),
    ),
    Rule(
        Fault.STATEMENT,
        (1621, (1624, 1636), 1638, (1641, 1660), (1690, 1692), 1701, (1702, 1706), 1715, (1718, 1721), (1727, 1749)),
    ),
    Rule(
        Fault.STATEMENT,
        ((1755, 1769), 1773, 1790, (1793, 1796), (1800, 1805), 1813, (1821, 1835), (1845, 1860), 1864, 1876, 1882),
    ),
    Rule(
        Fault.STATEMENT,
        ((1901, 1926), 1929, 1939, (1946, 1970), 1973, (1975, 1979), 3024, 3064, 3065, (3100, 3110), (3130, 3167)),
    ),
    Rule(
        Fault.STATEMENT,
        (3174, 3175, (3500, 3529), (3540, 3571), (3573, 3640), (3647, 3700), (3750, 3830), (3900, 3960)),
    ),
    Rule(Fault.STATEMENT, ((4002, 4030), (4032, 4080), 4082, (4083, 4150), (4152, 4200))),
)
CLASSES = frozenset(
    {"01", "02", "0A", "0B", "20", "21", "22", "23", "24", "25", "2F", "34", "3B", "3D", "42", "44", "45", "70", "XA"}
)
"""The standard's classes of SQLSTATE that say what is wrong with a statement."""


def _table() -> dict[int, list[Rule]]:
    table: dict[int, list[Rule]] = {}
    for rule in RULES:
        for number in rule.each():
            table.setdefault(number, []).append(rule)
    return table


_TABLE = _table()


def number_of(error: BaseException) -> int:
    """A driver error's number, 0 where it has none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def fault_of(error: MySQLError) -> Fault:
    """Whose fault `error` is."""
    if isinstance(error, Unanswered):
        return error.fault
    said = _said(error)
    for rule in _TABLE.get(number_of(error), ()):
        if rule.said in said:
            return rule.fault
    state = getattr(error, "sqlstate", None) or ""
    return Fault.STATEMENT if state[:2] in CLASSES else Fault.UNSORTED


def is_locked(error: MySQLError) -> bool:
    """Whether somebody holds what was asked for: it may be free a little later."""
    return number_of(error) in LOCKED


def is_full(error: MySQLError) -> bool:
    """Whether the server has no room on its disk."""
    return number_of(error) in FULL or any(said in _said(error) for said in NO_ROOM)


def _said(error: MySQLError) -> str:
    return str(error.args[-1]) if error.args else ""
