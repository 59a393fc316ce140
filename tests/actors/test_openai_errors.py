"""What providers' refusals mean, in their dialects, and when they say to come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from actors.openai_errors import Meaning, one_line, retry_after_s, verdict

OVERFLOWS = [
    (400, {"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 8192 tokens."}}),
    (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens. However, you requested 5000", "code": 400}),
    (400, {"error": {"message": "'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length is 64"}}),
    (400, {"error": {"message": "The decoder prompt (length 9000) is longer than the maximum model length of 8192."}}),
    (400, {"error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}}),
    (400, {"error": {"message": "the request exceeds the available context size, try increasing it"}}),
    (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096", "error_type": "validation"}),
    (413, {"error": {"message": "Request too large"}}),
]


@pytest.mark.parametrize(("status", "body"), OVERFLOWS)
def test_context_overflow_in_every_dialect(status: int, body: dict[str, object]) -> None:
    assert verdict(status, {}, json.dumps(body).encode()).meaning is Meaning.OVERFLOW


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (401, {"error": {"code": "invalid_api_key", "message": "Incorrect API key"}}, Meaning.KEY),
        (402, {"error": {"message": "Insufficient Balance"}}, Meaning.KEY),
        (403, {"error": {"message": "forbidden"}}, Meaning.KEY),
        (404, {"error": {"code": "model_not_found", "message": "The model `x` does not exist"}}, Meaning.MODEL),
        (404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}, Meaning.MODEL),
        (404, {"detail": "Not Found"}, Meaning.SETTING),
        (400, {"error": {"code": "unsupported_parameter", "message": "Unsupported parameter: 'max_tokens'"}}, Meaning.SETTING),
        (400, {"error": {"message": "something odd"}}, Meaning.FAULT),
        (429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}, Meaning.KEY),
        (429, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}, Meaning.RATE),
        (408, {}, Meaning.RETRY),
        (529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}, Meaning.RETRY),
    ],
)
def test_refusals_are_told_apart(status: int, body: dict[str, object], meaning: Meaning) -> None:
    assert verdict(status, {}, json.dumps(body).encode()).meaning is meaning


@pytest.mark.parametrize("body", [b"", b"<html>\n502 Bad Gateway\n</html>", b"\xff\xfe\x00", b"[]", b"null", b'"text"', b'{"error": null}'])
def test_any_body_gives_one_line(body: bytes) -> None:
    told = verdict(502, {}, body)
    assert told.meaning is Meaning.RETRY
    assert "\n" not in told.reason
    assert told.reason.startswith("HTTP 502")


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2s", "x-ratelimit-remaining-tokens": "5"}, 62.0),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


def test_a_reason_shows_no_key() -> None:
    assert "abcdef" not in one_line("Incorrect API key provided: sk-proj-abcdef123456. Bearer abcdef123456789")
