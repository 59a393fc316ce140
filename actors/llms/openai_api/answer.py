"""What a server answered with HTTP 200: a reply, the provider's error, or nothing of use.

Read tolerantly where nothing hangs on it: content as a string or as parts, one JSON object or a stream of events, a
byte order mark, half a surrogate pair, bytes that are no UTF-8, NaN, counts as floats, and side fields of any shape.

    GarbledAnswer       no chat completion, or one in which nothing was generated
    RefusedAnswer       the body or the choice carries the provider's error
"""

from __future__ import annotations

import json
import math
import re
from itertools import chain, count
from typing import Any

import msgspec

from actors.llms.llm import Reply
from actors.records.trajectory import Usage
from environments.half_characters import well_formed
from environments.message import ToolCall

TOKEN_LIMIT = 10_000_000  # no call uses more: a larger count is not believed
TROUBLES = frozenset({"error", "abort", "cancelled", "network_error", "insufficient_system_resource", "load", "unload"})
_STREAM = re.compile(r"\s*(?:data|event|id|retry|):")
_LINE_END = re.compile(r"\r\n|\n|\r")

_decoder = msgspec.json.Decoder()


class GarbledAnswer(Exception):
    """An answer that cannot be used. `usage` is what it cost, where it says so."""

    def __init__(self, reason: str, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.usage = usage


class RefusedAnswer(Exception):
    """The provider's own error inside an answer that says 200; `body` is the error as a body of its own."""

    def __init__(self, error: Any, usage: Usage | None) -> None:
        super().__init__("an error inside an answer")
        self.body = json.dumps({"error": error}, ensure_ascii=True).encode()
        self.usage = (
            usage if usage is not None and usage.completion_tokens else Usage()
        )  # nothing generated: nothing charged


def read_reply(body: bytes) -> Reply:
    """The reply in a response body. Raises `GarbledAnswer` or `RefusedAnswer` when there is none."""
    content = _content(body)
    usage = read_usage(content.get("usage"))
    choices = _list(content.get("choices"))
    choice = _dict(choices[0]) if choices else {}
    finish = choice["finish_reason"] if isinstance(choice.get("finish_reason"), str) else ""
    if error := _error(content, choice, finish):
        raise RefusedAnswer(error, usage)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise GarbledAnswer(f"an answer without a message: {_beginning(body)}", usage)
    text = well_formed(_text_of(message.get("content")) or _text_of(message.get("refusal")))
    calls = _tool_calls(message)
    if (
        not (text or calls)
        and finish != "content_filter"
        and (usage.completion_tokens == 0 if usage is not None else not finish)
    ):
        raise GarbledAnswer("an answer in which nothing was generated", usage)
    token_ids = _token_ids(choice.get("token_ids"))
    logprobs = _logprobs(choice.get("logprobs"))
    if token_ids is not None and logprobs is not None and len(token_ids) != len(logprobs):
        logprobs = None
    return Reply(
        text=text,
        finish_reason=finish or "stop",
        usage=usage or Usage(),
        token_ids=token_ids,
        logprobs=logprobs,
        reasoning=_reasoning(message),
        tool_calls=calls,
    )


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = _odd_content(body)
    if isinstance(content, list) and len(content) == 1:
        content = content[0]
    if not isinstance(content, dict):
        raise GarbledAnswer(f"no chat completion: {_beginning(body)}")
    return content


def _odd_content(body: bytes) -> Any:
    """What is no strict JSON: a stream of events, or JSON with NaN, a byte order mark, raw control characters, half a
    character.
    """
    text = body.decode("utf-8-sig", "replace")
    if _STREAM.match(text):
        return joined(text)
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        page = text.lstrip().startswith("<")
        reason = "a web page instead of an answer" if page else f"no chat completion ({error})"
        raise GarbledAnswer(f"{reason}: {_beginning(body)}", Usage() if page else None) from error


def joined(text: str) -> dict[str, Any]:
    """A stream of `chat.completion.chunk` events as the one completion that it amounts to.

    Raises `GarbledAnswer` if it was cut off.
    """
    stream = _Stream()
    for data in _events(text):
        if data == "[DONE]":
            stream.ended = True
            continue
        try:
            stream.take(_dict(json.loads(data, strict=False)))
        except (ValueError, RecursionError) as error:
            raise GarbledAnswer(
                f"an event of the stream is no JSON ({error}): {data[:1000]}", read_usage(stream.usage)
            ) from error
    return stream.completion()


class _Stream:
    """What the events of a stream have brought so far; of several choices, the first."""

    def __init__(self) -> None:
        self.ended = False
        self.usage: Any = None
        self._error: Any = None
        self._finish: Any = None
        self._content: list[str] = []
        self._refusal: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[Any, dict[str, Any]] = {}
        self._logprobs: list[Any] = []
        self._token_ids: list[Any] = []

    def take(self, event: dict[str, Any]) -> None:
        self.usage = event.get("usage") or self.usage
        self._error = event.get("error") or self._error
        for choice in map(_dict, _list(event.get("choices"))):
            if choice.get("index", 0) == 0:
                self._take_choice(choice)

    def _take_choice(self, choice: dict[str, Any]) -> None:
        delta = _dict(choice.get("delta")) or _dict(choice.get("message"))
        self._content.append(_text_of(delta.get("content")))
        self._refusal.append(_text_of(delta.get("refusal")))
        self._reasoning.append(_reasoning(delta))
        for piece in map(_dict, _list(delta.get("tool_calls"))):
            self._take_call(piece)
        self._logprobs += _list(_dict(choice.get("logprobs")).get("content"))
        self._token_ids += _list(choice.get("token_ids"))
        self._finish = choice.get("finish_reason") or self._finish
        self._error = choice.get("error") or self._error

    def _take_call(self, piece: dict[str, Any]) -> None:
        """A piece of a tool call: its id and name come once, its arguments bit by bit."""
        function = _dict(piece.get("function"))
        index = piece.get("index")
        call = self._calls.setdefault(index if type(index) is int else len(self._calls), {"name": "", "arguments": ""})
        call["id"] = piece.get("id") or call.get("id")
        for name in ("name", "arguments"):
            if isinstance(function.get(name), str):
                call[name] += function[name]

    def completion(self) -> dict[str, Any]:
        if not (self.ended or self._finish or self._error):
            raise GarbledAnswer("the stream ended before the answer did", read_usage(self.usage))
        message = {
            "content": "".join(self._content),
            "refusal": "".join(self._refusal),
            "reasoning": "".join(self._reasoning),
            "tool_calls": [{"id": call["id"], "function": call} for call in self._calls.values()],
        }
        choice = {
            "message": message,
            "finish_reason": self._finish,
            "logprobs": {"content": self._logprobs},
            "token_ids": self._token_ids,
        }
        return {"choices": [choice], "usage": self.usage, "error": self._error}


def _events(text: str) -> list[str]:
    """The data of each server-sent event (WHATWG HTML, 9.2.6)."""
    events: list[str] = []
    data: list[str] = []
    for line in [*_LINE_END.split(text), ""]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            events.append("\n".join(data))
            data = []
    return events


def _error(content: dict[str, Any], choice: dict[str, Any], finish: str) -> Any:
    """The provider's error, wherever it stands; nothing if there is none."""
    error = content.get("error") or choice.get("error")
    if error:
        return error
    if finish in TROUBLES:
        return {"message": f"the answer ended with finish_reason '{finish}'", "code": 502}
    if "choices" not in content and (content.get("message") or content.get("detail") or content.get("msg")):
        return content
    return None


def _text_of(content: Any) -> str:
    """A message's text: a string, or the text parts of a list (thoughts and other parts are not the reply).

    Raises `GarbledAnswer`.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return _part_text(content)
    if isinstance(content, list):
        return "".join(map(_part_text, content))
    raise GarbledAnswer(f"a message whose content is a {type(content).__name__}")


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, dict) and part.get("type", "text") in ("text", "output_text") else None
    return text if isinstance(text, str) else ""


def _reasoning(message: dict[str, Any]) -> str:
    """What the model thought, told apart from its reply: `reasoning` (vLLM, OpenRouter), `reasoning_content` (DeepSeek,
    Qwen, older vLLM).
    """
    told = (message.get(name) for name in ("reasoning", "reasoning_content"))
    return well_formed(next((text for text in told if isinstance(text, str) and text), ""))


def _tool_calls(message: dict[str, Any]) -> tuple[ToolCall, ...]:
    """The calls of a message, in their order; each has an id that no other of them has. `function_call` is what older
    servers send.
    """
    found = [(_dict(call).get("id"), _dict(_dict(call).get("function"))) for call in _list(message.get("tool_calls"))]
    if not found and isinstance(message.get("function_call"), dict):
        found = [(None, message["function_call"])]
    calls: dict[str, ToolCall] = {}
    for number, (told, function) in enumerate(found):
        wanted = [well_formed(told)] if isinstance(told, str) and told else []
        own = next(name for name in chain(wanted, (f"call-{n}" for n in count(number))) if name not in calls)
        name, arguments = function.get("name"), function.get("arguments")
        if not isinstance(arguments, str):
            arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
        one = ToolCall(own, well_formed(name) if isinstance(name, str) else "", well_formed(arguments))
        calls[one.id] = one
    return tuple(calls.values())


def read_usage(value: Any) -> Usage | None:
    """What the provider says was used; None if it says nothing, or something that cannot be."""
    if not isinstance(value, dict):
        return None
    prompt, completion = _count(value.get("prompt_tokens")), _count(value.get("completion_tokens"))
    if prompt is None or completion is None or not ("prompt_tokens" in value or "completion_tokens" in value):
        return None
    total = _count(value.get("total_tokens")) or 0
    details = value.get("prompt_tokens_details")
    told = (
        details.get("cached_tokens") if isinstance(details, dict) else value.get("prompt_cache_hit_tokens")
    )  # DeepSeek's name
    # Gemini and Grok count thoughts in the total alone, and charge for them.
    return Usage(prompt, min(_count(told) or 0, prompt), max(completion, total - prompt))


def _count(value: Any) -> int | None:
    """A count of tokens, zero where none is given; None for what is no such count."""
    if value is None:
        return 0
    return math.ceil(value) if type(value) in (int, float) and 0 <= value <= TOKEN_LIMIT else None


def _token_ids(value: Any) -> list[int] | None:
    """vLLM's, with `return_token_ids`."""
    return (
        value if isinstance(value, list) and value and all(type(item) is int and item >= 0 for item in value) else None
    )


def _logprobs(value: Any) -> list[float] | None:
    if value is None:
        return None
    found: list[Any] = [_dict(token).get("logprob") for token in _list(_dict(value).get("content"))]
    logprobs = [float(item) for item in found if type(item) in (int, float) and math.isfinite(item)]
    return logprobs if found and len(logprobs) == len(found) else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _beginning(body: bytes) -> str:
    return body[:1000].decode("utf-8", "replace")
