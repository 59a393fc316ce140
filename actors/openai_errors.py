"""What a provider's refusal means: status, headers and body in, a `Verdict` out. Pure.

Every provider and server has its own dialect; those known are in the tables below.
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Meaning(StrEnum):
    RETRY = "retry"  # the provider's trouble: try again, any key
    RATE = "rate"  # this key must rest
    KEY = "key"  # this key is refused for good: wrong, or its quota is used up
    OVERFLOW = "overflow"  # the conversation does not fit
    MODEL = "model"  # no such model
    SETTING = "setting"  # a parameter this provider does not take: the config is wrong
    FAULT = "fault"  # refused for good for another reason


class Verdict(NamedTuple):
    """`after_s` is the provider's own word on when to come back, None if it said nothing."""

    meaning: Meaning
    reason: str
    after_s: float | None = None


OVERFLOW_CODES = frozenset({"context_length_exceeded", "string_above_max_length", "context_window_exceeded", "request_too_large"})
OVERFLOW_WORDS = re.compile(
    r"maximum context length|context[_ ]length[_ ]exceeded|context window|exceeds? (?:the )?(?:model'?s? )?(?:maximum |max )?context"
    r"|longer than the maximum model length|max(?:imum)?[_ ]model[_ ]len|prompt is too long|input is too long|too many (?:input )?tokens"
    r"|reduce the length of the (?:messages|prompt|input)|input (?:length|token count).{0,60}exceeds?|exceed(?:s|ed)?.{0,30}context size"
    r"|must have less than \d+ tokens|maximum (?:allowed )?(?:input|prompt) length|inputs?`? tokens? \+ .{0,20}max_new_tokens",
    re.IGNORECASE,
)
QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance", "credit_exhausted"}
)
QUOTA_WORDS = re.compile(
    r"exceeded your current quota|insufficient (?:balance|quota|credit)|credit balance is too low|billing (?:hard )?limit", re.IGNORECASE
)
MODEL_CODES = frozenset({"model_not_found", "deploymentnotfound"})
MODEL_WORDS = re.compile(r"model .{0,120}(?:does not exist|not found|not exist)|(?:unknown|no such|invalid) model", re.IGNORECASE)
SETTING_CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter", "invalid_type", "extra_forbidden"})
SETTING_WORDS = re.compile(
    r"unsupported (?:parameter|value)|unrecognized request argument|extra inputs are not permitted|unknown parameter", re.IGNORECASE
)
RETRIED = frozenset({408, 409, 425, 429, 498, 499})


def verdict(status: int, headers: Mapping[str, str], body: bytes, now: datetime | None = None) -> Verdict:
    """What an answer other than 200 means. `now` is for the dates in headers."""
    code, message = code_and_message(body)
    reason = one_line(f"HTTP {status}" + (f" {code}" if code else "") + (f": {message}" if message else ""))
    lowered = code.lower()
    if status in (400, 413, 422) and (lowered in OVERFLOW_CODES or OVERFLOW_WORDS.search(message) or status == 413):
        return Verdict(Meaning.OVERFLOW, reason)
    if status in (401, 403):
        return Verdict(Meaning.KEY, reason)
    if status == 402 or lowered in QUOTA_CODES or (status in (403, 429) and QUOTA_WORDS.search(message)):
        return Verdict(Meaning.KEY, reason)
    if status == 429:
        return Verdict(Meaning.RATE, reason, retry_after_s(headers, now))
    if status in RETRIED or status >= 500:
        return Verdict(Meaning.RETRY, reason, retry_after_s(headers, now))
    if lowered in MODEL_CODES or (status in (400, 404) and MODEL_WORDS.search(message)):
        return Verdict(Meaning.MODEL, reason)
    if lowered in SETTING_CODES or SETTING_WORDS.search(message):
        return Verdict(Meaning.SETTING, reason)
    if status == 404 or status in (301, 302, 307, 308, 405):
        return Verdict(Meaning.SETTING, f"{reason or f'HTTP {status}'} (is base_url right? It usually ends in /v1)")
    return Verdict(Meaning.FAULT, reason)


def code_and_message(body: bytes) -> tuple[str, str]:
    """The error code and message of a body in any known shape; of any other body, its beginning."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return "", body[:200].decode("utf-8", "replace")
    if isinstance(content, dict):
        content = content.get("error", content)
    if isinstance(content, dict):
        code = content.get("code") if isinstance(content.get("code"), str) else content.get("type")
        message = content.get("message") or content.get("detail") or content.get("msg") or ""
        return str(code or ""), message if isinstance(message, str) else json.dumps(message)
    return "", content if isinstance(content, str) else json.dumps(content)


def one_line(text: str, limit: int = 300) -> str:
    """`text` on one line of at most `limit` characters, without anything that looks like a key."""
    text = re.sub(r"\b(?:sk|pk|key|Bearer)[-_ ][A-Za-z0-9_\-*.]{8,}", "…", " ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The provider's word on when to come back, whichever header says it; None if none does or it makes no sense."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is not None:
        seconds = _number(value)
        if seconds is not None:
            return seconds
        try:
            return max(0.0, (email.utils.parsedate_to_datetime(value) - (now or datetime.now(UTC))).total_seconds())
        except (ValueError, TypeError):
            pass  # not a date either: look at the other headers
    resets = [
        reset
        for quantity in ("requests", "tokens")
        if _number(headers.get(f"x-ratelimit-remaining-{quantity}")) in (None, 0.0)
        and (reset := _duration(headers.get(f"x-ratelimit-reset-{quantity}"))) is not None
    ]
    return max(resets) if resets else None


def _number(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"\s*\d+(?:\.\d*)?\s*", text):
        return None
    return float(text)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _duration(text: str | None) -> float | None:
    """OpenAI's durations: `1s`, `6m0s`, `20ms`; a bare number is seconds."""
    if text is None:
        return None
    number = _number(text)
    if number is not None:
        return number if number < 1e8 else None  # larger ones are dates in seconds since the epoch
    if not re.fullmatch(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", text.strip()):
        return None
    return sum(float(amount) * _UNITS[unit] for amount, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text))
