"""What providers' refusals mean, in their dialects, and when they say to come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from actors.llms.openai_api.errors import Meaning, one_line, retry_after_s, verdict

TOO_LARGE = (
    "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7100, please reduce your message"
    " size"
)
GEMINI = "You exceeded your current quota, please check your plan and billing details. Please retry in 1.2s."

OVERFLOWS = [
    (
        400,
        {
            "error": {
                "code": "context_length_exceeded",
                "message": "This model's maximum context length is 8192 tokens.",
            }
        },
    ),
    (
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens. However, you requested 5000",
            "code": 400,
        },
    ),
    (
        400,
        {
            "error": {
                "message": (
                    "'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length"
                    " is 64"
                )
            }
        },
    ),
    (400, {"error": {"message": "The decoder prompt (length 9000) is longer than the maximum model length of 8192."}}),
    (
        400,
        {"error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}},
    ),
    (400, {"error": {"message": "the request exceeds the available context size, try increasing it"}}),
    (
        422,
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096",
            "error_type": "validation",
        },
    ),
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
        (
            403,
            {"error": {"code": 403, "message": 'openai/m requires moderation. Your input was flagged for "violence"'}},
            Meaning.FAULT,
        ),
        (403, {"error": {"code": "model_not_found", "message": "Project p has no access to model x"}}, Meaning.MODEL),
        (413, {"error": {"code": "rate_limit_exceeded", "type": "tokens", "message": TOO_LARGE}}, Meaning.FAULT),
        (429, {"error": {"code": "rate_limit_exceeded", "type": "tokens", "message": TOO_LARGE}}, Meaning.FAULT),
        (429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": GEMINI}}, Meaning.RATE),
        (
            429,
            {"error": {"message": "You exceeded your current quota, please check your plan and billing details."}},
            Meaning.KEY,
        ),
        (
            400,
            {"error": {"code": "invalid_parameter_error", "message": "This model only supports stream mode"}},
            Meaning.STREAM,
        ),
        (400, {"error": {"message": "enable_thinking must be set to false for non-streaming calls"}}, Meaning.STREAM),
        (
            400,
            {"type": "error", "error": {"message": "messages.3: all messages must have non-empty content"}},
            Meaning.EMPTY,
        ),
        (400, {"error": {"message": "Argument not supported on this model: stop"}}, Meaning.SETTING),
        (400, {"error": {"code": "content_filter", "message": "The response was filtered"}}, Meaning.FAULT),
        (404, {"error": {"code": "model_not_found", "message": "The model `x` does not exist"}}, Meaning.MODEL),
        (
            404,
            {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
            Meaning.MODEL,
        ),
        (404, {"detail": "Not Found"}, Meaning.SETTING),
        (
            400,
            {"error": {"code": "unsupported_parameter", "message": "Unsupported parameter: 'max_tokens'"}},
            Meaning.SETTING,
        ),
        (400, {"error": {"message": "something odd"}}, Meaning.FAULT),
        (429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}, Meaning.KEY),
        (429, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}, Meaning.RATE),
        (408, {}, Meaning.RETRY),
        (529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}, Meaning.RETRY),
    ],
)
def test_refusals_are_told_apart(status: int, body: dict[str, object], meaning: Meaning) -> None:
    assert verdict(status, {}, json.dumps(body).encode()).meaning is meaning


@pytest.mark.parametrize(
    "body", [b"", b"<html>\n502 Bad Gateway\n</html>", b"\xff\xfe\x00", b"[]", b"null", b'"text"', b'{"error": null}']
)
def test_any_body_gives_one_line(body: bytes) -> None:
    told = verdict(502, {}, body)
    assert told.meaning is Meaning.RETRY
    assert "\n" not in told.reason
    assert told.reason.startswith("HTTP 502")


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (
            403,
            b"<!DOCTYPE html><html><title>Just a moment...</title></html>",
            Meaning.RETRY,
        ),  # of the edge, which lets one by later
        (403, b"Forbidden", Meaning.RETRY),
        (401, b"<html>401 Authorization Required</html>", Meaning.KEY),
        (413, b"<html>413 Request Entity Too Large</html>", Meaning.FAULT),  # of a proxy: not the model's context
        (404, b"<html>404</html>", Meaning.SETTING),
    ],
)
def test_a_page_is_told_from_the_providers_own_word(status: int, body: bytes, meaning: Meaning) -> None:
    assert verdict(status, {}, body).meaning is meaning


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Please retry in 1.2s.", 1.2),
        ("Please try again in 6m0s.", 360.0),
        ("Please try again in 250ms", 0.25),
        ("try again in 2 minutes and more", 120.0),
        ("Try again in 1 hour", 3600.0),
        ("try again later", None),
    ],
)
def test_a_message_says_when_to_come_back(message: str, seconds: float | None) -> None:
    body = json.dumps([{"error": {"code": 429, "message": message}}]).encode()
    assert verdict(429, {}, body).after_s == (None if seconds is None else pytest.approx(seconds))
    assert verdict(429, {"retry-after": "7"}, body).after_s == 7.0


def test_google_says_it_in_the_details() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}]
    body = json.dumps(
        {"error": {"code": 429, "message": "You exceeded your current quota", "details": details}}
    ).encode()
    assert verdict(429, {}, body)[::2] == (Meaning.RATE, 36.0)


@pytest.mark.parametrize("value", ["1000000000", "1e9", "inf", "9" * 400, "Wed, 21 Oct 2099 07:28:00 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_an_absurd_pause_is_not_believed_and_said(status: int, value: str) -> None:
    told = verdict(status, {"retry-after": value}, b"{}")
    assert told.after_s is None
    assert "not believed" in told.reason


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "llm.extra_body.temperature=null"),
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "llm.max_tokens_field=max_completion_tokens",
        ),
        ("Unsupported parameter: 'logit_bias'", ""),
    ],
)
def test_a_refused_setting_comes_with_the_one_to_change(message: str, advice: str) -> None:
    told = verdict(400, {}, json.dumps({"error": {"message": message, "code": "unsupported_value"}}).encode())
    assert told.meaning is Meaning.SETTING
    assert advice in told.reason


def test_what_must_not_be_shown_is_hidden_before_the_reason_is_cut() -> None:
    secret = "a secret of some length"
    body = json.dumps({"error": {"message": "x" * 270 + secret, "code": secret}}).encode()
    assert "secret" not in verdict(500, {}, body, hide=lambda text: text.replace(secret, "…")).reason


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1m2s",
                "x-ratelimit-remaining-tokens": "5",
            },
            62.0,
        ),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


def test_a_reason_shows_no_key() -> None:
    assert "abcdef" not in one_line("Incorrect API key provided: sk-proj-abcdef123456. Bearer abcdef123456789")


def test_what_is_hidden_still_tells_what_a_refusal_means() -> None:
    body = json.dumps({"error": {"code": "model_not_found", "message": "it is gone"}}).encode()
    found = verdict(404, {}, body, hide=lambda text: text.replace("model_not_found", "…"))
    assert (found.meaning, found.reason) == (Meaning.MODEL, "HTTP 404 …: it is gone")
