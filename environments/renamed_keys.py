"""Keys of a config that once had another name, or once meant something: an old config is read all the same, and its
owner is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from pydantic import BaseModel, model_validator

_told: ContextVar[list[str] | None] = ContextVar("told", default=None)


class RenamedKeys(BaseModel):
    """The base of a settings model that has such keys.

    Where the old and the new name are both given, the new one counts. A removed key is let pass with the one value that
    it could have; with another it asks for what there is not, and is refused as any unknown key.
    """

    RENAMED: ClassVar[Mapping[str, str]] = {}
    REMOVED: ClassVar[Mapping[str, object]] = {}

    @model_validator(mode="before")
    @classmethod
    def _by_todays_names(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        removed = {key for key, value in cls.REMOVED.items() if key in content and content[key] == value}
        kept = {key: value for key, value in content.items() if key not in cls.RENAMED and key not in removed}
        for old in content.keys() & cls.RENAMED.keys():
            kept.setdefault(cls.RENAMED[old], content[old])
            _tell(f"'{old}' is called '{cls.RENAMED[old]}' now")
        for old in removed:
            _tell(f"'{old}' has no meaning any more: remove it")
        return kept


def _tell(line: str) -> None:
    told = _told.get()
    if told is not None and line not in told:
        told.append(line)


@contextmanager
def told() -> Iterator[list[str]]:
    """What is found of such keys while the block runs, a line each."""
    lines: list[str] = []
    token = _told.set(lines)
    try:
        yield lines
    finally:
        _told.reset(token)
