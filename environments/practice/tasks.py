"""The practice world has no public file format."""

from __future__ import annotations

from collections.abc import Iterator

from environments.contract import Task, UserError


def load(path: str, split: str) -> Iterator[Task]:
    raise UserError(f"the practice world reads no files ('{path}'): use 'generate'")
