"""The practice environment has no public file format."""

from __future__ import annotations

from collections.abc import Iterator

from environments.contract import Task, UserError


def load(path: str, split: str) -> Iterator[Task]:
    raise UserError(f"the practice environment reads no files ('{path}'): use 'generate'")
