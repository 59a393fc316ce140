"""JSON that this project's own programs wrote, read again: whatever has become of the file, it is one line that says
what to do.

A kill, a full disk, an editor or another program may have left it empty, cut, binary, of other types, or nested without
end.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from actors.program.user_error import UserError

LIMIT_BYTES = 2**30
Kind = TypeVar("Kind")


class _Versioned(msgspec.Struct):
    schema_version: int = 0


def decode(content: bytes, kind: type[Kind], place: str, what: str, advice: str, schema: int | None = None) -> Kind:
    """`content` as a `kind`; `what` is its name in a sentence, `advice` what to do where it is none.

    With `schema` a newer one is refused before anything else of it is looked at. Raises `UserError`.
    """
    try:
        if schema is not None:
            refuse_newer(msgspec.json.decode(content, type=_Versioned).schema_version, schema, place)
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(f"'{place}' cannot be read as {what}: {_why(content, error)}; {advice}") from error


def read(path: Path, kind: type[Kind], what: str, advice: str, schema: int | None = None) -> Kind | None:
    """The file at `path` as a `kind`; None where there is none.

    Raises `UserError` as `decode` does, and for what is no file.
    """
    content = read_bytes(path, what, advice)
    return None if content is None else decode(content, kind, str(path), what, advice, schema)


def read_bytes(path: Path, what: str, advice: str) -> bytes | None:
    """The bytes of the file at `path`; None where there is none. Raises `UserError` for what cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"'{path}' cannot be read as {what}: {why}; {advice}") from error
    if len(content) > LIMIT_BYTES:
        raise UserError(f"'{path}' cannot be read as {what}: longer than {LIMIT_BYTES >> 30} GiB; {advice}")
    return content


def refuse_newer(found: int, known: int, place: str) -> None:
    """Raises `UserError` for a file of a schema that this program does not know yet."""
    if found > known:
        raise UserError(f"'{place}' was written by a newer version (schema {found:.20g}): update this program")


def convert(found: Any, kind: type[Kind], place: str, what: str, advice: str) -> Kind:
    """What was read as a `kind`. Raises `UserError`."""
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise UserError(f"'{place}' cannot be read as {what}: {error}; {advice}") from error


def _why(content: bytes, error: Exception) -> str:
    if not content.strip():
        return "it is empty"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return f"{error}"
