"""What a check found, as one line."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "FAILED"
    UNCHECKED = "not checked"
    NOTE = "note"


class Finding(NamedTuple):
    """`said` is what was found and where; of a failure also what to do about it."""

    outcome: Outcome
    check: str
    said: str

    def __str__(self) -> str:
        return f"{self.outcome:<11}  {self.check}: {self.said}"


def failed(findings: list[Finding]) -> bool:
    return any(finding.outcome is Outcome.FAILED for finding in findings)
