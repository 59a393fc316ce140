"""What a provider's refusal means: status, headers and body in, a `Verdict` out. Pure.

Every provider and server has its own dialect; those known are in the tables below.
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Meaning(StrEnum):
    RETRY = "retry"  # the provider's trouble: try again, any key
    RATE = "rate"  # this key must rest
    KEY = "key"  # this key is refused: wrong, or its quota is used up
    OVERFLOW = "overflow"  # the conversation does not fit
    MODEL = "model"  # no such model
    SETTING = "setting"  # a parameter this provider does not take: the config is wrong
    STREAM = "stream"  # this model answers in a stream only
    EMPTY = "empty"  # a message without text is not taken
    FAULT = "fault"  # this request is refused for good for another reason


class Verdict(NamedTuple):
    """`after_s` is the provider's own word on when to come back, None if it said nothing."""

    meaning: Meaning
    reason: str
    after_s: float | None = None


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


OVERFLOW_CODES = frozenset(
    {"context_length_exceeded", "string_above_max_length", "context_window_exceeded", "request_too_large"}
)
OVERFLOW_WORDS = _words(
    r"maximum context length|context[_ ]length[_ ]exceeded|context window|exceeds? (?:the )?(?:model'?s? )?(?:maximum"
    r" |max )?context",
    r"longer than the maximum model length|max(?:imum)?[_ ]model[_ ]len|prompt is too long|input is too long|too many"
    r" (?:input )?tokens",
    r"reduce the length of the (?:messages|prompt|input)|input (?:length|token"
    r" count).{0,60}exceeds?|exceed(?:s|ed)?.{0,30}context size",
    r"must have less than \d+ tokens|maximum (?:allowed )?(?:input|prompt) length|inputs?`? tokens? \+"
    r" .{0,20}max_new_tokens",
)
TOO_LARGE_FOR_RATE = _words(r"too large.{0,200}(?:per min|per day|\bTPM\b|\bTPD\b)")  # OpenAI and Groq, as 429 and 413
RATE_CODES = frozenset(
    {"rate_limit_exceeded", "rate_limit_error", "resource_exhausted", "too_many_requests", "requests", "tokens"}
)
RATE_WORDS = _words(r"rate limit|too many requests|\bper minute\b")
QUOTA_CODES = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "insufficient_balance",
        "credit_exhausted",
    }
)
QUOTA_WORDS = _words(
    r"exceeded your current quota|insufficient (?:balance|quota|credit)|credit balance is too low|billing (?:hard"
    r" )?limit"
)
KEY_CODES = frozenset({"invalid_api_key", "authentication_error", "permission_error", "unauthenticated"})
INPUT_CODES = frozenset({"content_filter", "content_policy_violation", "moderation"})
INPUT_WORDS = _words(r"moderation|flagged|content (?:management )?policy|usage policies|safety system")
MODEL_CODES = frozenset({"model_not_found", "deploymentnotfound"})
MODEL_WORDS = _words(r"model .{0,120}(?:does not exist|not found|not exist)|(?:unknown|no such|invalid) model")
SETTING_CODES = frozenset(
    {"unsupported_parameter", "unsupported_value", "unknown_parameter", "invalid_type", "extra_forbidden"}
)
SETTING_WORDS = _words(
    r"unsupported (?:parameter|value|argument)|unrecognized request argument|extra inputs are not permitted|unknown"
    r" parameter",
    r"(?:argument|parameter)s? (?:is |are )?not supported|not supported (?:on|with|by|for) this model",
)
STREAM_WORDS = _words(
    r"only supports? stream|non-?stream(?:ing)? (?:call|request|mode|output)|stream(?:ing)? (?:mode )?is required",
    r"must be streamed|(?:enable|set) the `?stream`? parameter|`?stream`? must be (?:set to )?true",
)
EMPTY_WORDS = _words(
    r"non-?empty content|content.{0,40}(?:must|should|can) ?not be (?:empty|blank)|content.{0,20}is (?:empty|blank)",
    r"empty (?:message )?content|contain non-whitespace text",
)
DROPPED = _words(r"\b(temperature|top_p|stop|seed|logprobs|stream_options)\b")
RETRIED = frozenset({408, 409, 425, 429, 498, 499})
LONGEST_REST_S = 86_400.0  # who asks for a longer pause than a day means something else: it is not believed


def verdict(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime | None = None, hide: Callable[[str], str] = str
) -> Verdict:
    """What an answer other than 200 means. `now` is for the dates in headers, `hide` takes out what must not be shown;
    what it takes out still counts: a key may be an ordinary word.

    Status 0 stands for an error that does not say its status.
    """
    code, message, asked_s = told(body)
    shown_code, shown_message, code = hide(code).lower(), hide(message), code.lower()
    status = status or _status_by_words(code, message)
    after_s = retry_after_s(headers, now)
    after_s = asked_s if after_s is None else after_s
    reason = _reason(status, shown_code, shown_message)
    if after_s is not None and after_s > LONGEST_REST_S:
        reason, after_s = f"{reason} (told to come back after {after_s:.3g} s, which is not believed)", None
    return _meaning(status, code, message, is_json(body), after_s, reason)


def _reason(status: int, code: str, message: str) -> str:
    return one_line(f"HTTP {status}" + (f" {code}" if code else "") + (f": {message}" if message else ""))


def _meaning(status: int, code: str, message: str, json_body: bool, after_s: float | None, reason: str) -> Verdict:
    if status in (400, 413, 429) and TOO_LARGE_FOR_RATE.search(message):
        return Verdict(
            Meaning.FAULT, f"{reason} (this one request is larger than the account's limit: see `tokens_per_minute`)"
        )
    if status in (400, 413, 422) and (code in OVERFLOW_CODES or OVERFLOW_WORDS.search(message)):
        return Verdict(Meaning.OVERFLOW, reason)
    if status == 413:
        return Verdict(Meaning.OVERFLOW if json_body and code not in RATE_CODES else Meaning.FAULT, reason)
    if status in (401, 403):
        return Verdict(_of_forbidden(status, code, message, json_body), reason)
    if status == 402 or code in QUOTA_CODES:
        return Verdict(Meaning.KEY, reason)
    if status == 429:
        used_up = after_s is None and QUOTA_WORDS.search(message)
        return Verdict(Meaning.KEY if used_up else Meaning.RATE, reason, after_s)
    if status in RETRIED or status >= 500:
        return Verdict(Meaning.RETRY, reason, after_s)
    return _of_bad_request(status, code, message, reason)


def _of_forbidden(status: int, code: str, message: str, json_body: bool) -> Meaning:
    """Whose refusal: the key's, this one input's, or that of something on the way, which writes a page."""
    if status == 403 and not json_body:
        return Meaning.RETRY
    if code in MODEL_CODES:
        return Meaning.MODEL
    return Meaning.FAULT if code in INPUT_CODES or INPUT_WORDS.search(message) else Meaning.KEY


def _of_bad_request(status: int, code: str, message: str, reason: str) -> Verdict:
    if code in MODEL_CODES or (status in (400, 404) and MODEL_WORDS.search(message)):
        return Verdict(Meaning.MODEL, reason)
    if STREAM_WORDS.search(message):
        return Verdict(Meaning.STREAM, reason)
    if EMPTY_WORDS.search(message):
        return Verdict(Meaning.EMPTY, reason)
    if code in SETTING_CODES or SETTING_WORDS.search(message):
        return Verdict(Meaning.SETTING, reason + _advice(message))
    if status == 404 or status in (301, 302, 307, 308, 405):
        return Verdict(Meaning.SETTING, f"{reason} (is base_url right? It usually ends in /v1)")
    return Verdict(Meaning.FAULT, reason)


def _advice(message: str) -> str:
    """Which setting leaves out, or names otherwise, what a provider does not take."""
    if "max_completion_tokens" in message:
        return " (llm.max_tokens_field=max_completion_tokens)"
    found = DROPPED.search(message)
    return f" (llm.extra_body.{found[1].lower()}=null leaves it out)" if found else ""


def _status_by_words(code: str, message: str) -> int:
    """The status that an error without one would have had: the provider's trouble, unless its words say otherwise."""
    if code in QUOTA_CODES or code in RATE_CODES or RATE_WORDS.search(message) or QUOTA_WORDS.search(message):
        return 429
    if code in KEY_CODES:
        return 401
    if (
        code in OVERFLOW_CODES
        or OVERFLOW_WORDS.search(message)
        or code in MODEL_CODES
        or code in SETTING_CODES
        or code in INPUT_CODES
    ):
        return 400
    return 500


def status_of(body: bytes) -> int:
    """The HTTP status that an error body names as its code; 0 if it names none."""
    error = _error_object(body)
    values = [error.get(name) for name in ("code", "status", "status_code")] if isinstance(error, dict) else []
    found = (int(value) for value in values if isinstance(value, int | str) and re.fullmatch(r"[45]\d\d", str(value)))
    return next(found, 0)


class Told(NamedTuple):
    """What an error body says: a code, a message, and how long to wait."""

    code: str
    message: str
    after_s: float | None


def told(body: bytes) -> Told:
    """The error in a body of any known shape; of any other body, its beginning as the message."""
    error = _error_object(body)
    if isinstance(error, dict):
        code = next((error[name] for name in ("code", "type", "status") if isinstance(error.get(name), str)), "")
        message = error.get("message") or error.get("detail") or error.get("msg") or ""
        message = message if isinstance(message, str) else json.dumps(message)
        return Told(code, message, _asked_s(error, message))
    if error is None:
        return Told("", body[:2000].decode("utf-8", "replace"), None)
    return Told("", error if isinstance(error, str) else json.dumps(error), None)


def _error_object(body: bytes) -> Any:
    """What stands under `error`, or the whole content; None for what is no JSON."""
    try:
        content: Any = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    if isinstance(content, list) and len(content) == 1:  # Gemini's
        content = content[0]
    return content.get("error", content) if isinstance(content, dict) else content


def is_json(body: bytes) -> bool:
    """Whether it is an object or a list of JSON; a page or a line of an edge's is not."""
    return isinstance(_error_object(body), dict | list)


_AMOUNT = r"(\d+(?:\.\d+)?)\s*(ms|milli|s|m|h|d)[a-z]*[\s,]*"
_ASKED = _words(rf"(?:try again|retry|come back) (?:in|after) (?:{_AMOUNT})+")


def _asked_s(error: dict[str, Any], message: str) -> float | None:
    """When to come back, as a message says it ("Please retry in 1.2s") or google.rpc.RetryInfo does."""
    found = _ASKED.search(message)
    if found:
        return sum(
            float(amount) * _UNITS[unit.lower()] for amount, unit in re.findall(_AMOUNT, found[0], re.IGNORECASE)
        )
    details = error.get("details")
    delays = [row.get("retryDelay") for row in details if isinstance(row, dict)] if isinstance(details, list) else []
    return next((_duration(delay) for delay in delays if isinstance(delay, str)), None)


def one_line(text: str, limit: int = 300) -> str:
    """`text` on one line of at most `limit` characters, without anything that looks like a key."""
    text = re.sub(r"\b(?:sk|pk|key|Bearer)[-_ ][A-Za-z0-9_\-*.]{8,}", "…", " ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The provider's word on when to come back, whichever header says it; None if none does or it is no time."""
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
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if number >= 0 else None  # infinity is a number here, and believed by nobody


_UNITS = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


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
