"""What must never be written: API keys, secret headers, passwords in addresses. Each is replaced literally in all that
is stored or shown.

secrets = Secrets([key]) secrets.hide(text)               # of an error or a log: a provider may echo a key in a
refusal, whole or cut short secrets.hide_in_reply(text)      # of a model: words that are acted on and stored, from
which nothing else may be missing without_passwords(config)        # for a manifest or a terminal: `://user:password@`
of every address in it
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

HIDDEN = "…"
SHORTEST = 8  # what is shorter ("EMPTY", "none") keeps no secret, and would be found in ordinary text
TELLING = 16  # characters of a key that give it away; fewer are also the beginning of an ordinary word
_PASSWORD = re.compile(r"(?<=://)[^/\s?#]*@")


class Secrets:
    """Texts to hide, also as they look in an address or in basic authentication, and also when their end was cut
    off.
    """

    def __init__(self, values: Sequence[str] = ()) -> None:
        forms = {form for value in values if len(value) >= SHORTEST for form in _forms(value)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._beginnings = [_beginning(form) for form in longest_first]
        self._pattern = re.compile("|".join(_pattern(form) for form in longest_first))
        found_in_no_reply = {form for value in values if _is_no_word(value) for form in _forms(value)}
        self._in_replies = sorted(found_in_no_reply, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """`text` with `…` for each secret in it, and for each beginning of one."""
        if not any(beginning in text for beginning in self._beginnings):
            return text
        return self._pattern.sub(HIDDEN, text)

    def hide_in_reply(self, text: str) -> str:
        """`text` with `…` for each whole secret that no model could have written of itself.

        A server without keys is given `anything` or `password123`, and a `${NAME}` in a query may be a date: they are
        no secrets, and a model says them.
        """
        for form in self._in_replies:
            text = text.replace(form, HIDDEN)
        return text


def _forms(value: str) -> set[str]:
    return {value, quote(value, safe=""), base64.b64encode(value.encode()).decode().rstrip("=")}


def _is_no_word(value: str) -> bool:
    """Long, and of digits and letters both: as keys are, and no word, name or date is."""
    return len(value) >= TELLING and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _beginning(form: str) -> str:
    """So much of a secret gives it away: a provider may echo a part of it. A short one is told by all of it only."""
    return form[: max(TELLING, len(form) // 3)]


def _pattern(form: str) -> str:
    """The secret, else its beginning with whatever looks like more of it."""
    if len(form) <= TELLING:
        return re.escape(form)
    return f"{re.escape(form)}|{re.escape(_beginning(form))}[A-Za-z0-9_.*=-]*"


class HidingFormatter(logging.Formatter):
    """A log's format in which no secret is written, tracebacks included."""

    def __init__(self, hide: Callable[[str], str], inner: logging.Formatter | None) -> None:
        super().__init__()
        self._hide = hide
        self.inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(self.inner.format(record))


def hide_in_logs(hide: Callable[[str], str]) -> None:
    """Let every handler of this process's root logger write what `hide` leaves."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(HidingFormatter(hide, handler.formatter))


def without_passwords(value: Any) -> Any:
    """`value` (JSON-like) with `…` for user and password of every address in it."""
    if isinstance(value, str):
        return _PASSWORD.sub(f"{HIDDEN}@", value)
    if isinstance(value, dict):
        return {name: without_passwords(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_passwords(item) for item in value]
    return value
