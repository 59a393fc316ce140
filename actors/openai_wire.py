"""The chat-completions format, as thin as it gets: one request serialised once, one answer decoded into what is kept.

The openai package's ordinary call spends milliseconds on walking the messages; this spends microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.llm import Reply, Sampling
from actors.trajectory import Usage
from environments.contract import Message


class GarbledAnswer(Exception):
    """The provider said 200 and sent something that is no chat completion. `usage` is what it charged, where it says."""

    def __init__(self, reason: str, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.usage = usage


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek's name for cached tokens


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _TokenLogprob(msgspec.Struct):
    logprob: float


class _Logprobs(msgspec.Struct):
    content: list[_TokenLogprob] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None
    token_ids: list[int] | None = None  # vLLM, with return_token_ids


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


_decoder = msgspec.json.Decoder(_Completion)
_encoder = msgspec.json.Encoder()


class RequestWriter:
    """Writes request bodies for one model and sampling. What never changes is serialised here, once.

    `extra_body` wins over the fields written here; a null in it leaves the field out (a model that takes no `temperature`).
    """

    def __init__(self, model: str, sampling: Sampling, max_tokens_field: str, extra_body: dict[str, Any]) -> None:
        fields: dict[str, Any] = {"temperature": sampling.temperature, max_tokens_field: sampling.max_tokens}
        if sampling.top_p != 1.0:
            fields["top_p"] = sampling.top_p
        if sampling.stop:
            fields["stop"] = list(sampling.stop)
        fields.update(extra_body)
        self._seed = sampling.seed if "seed" not in extra_body else None
        fields = {name: value for name, value in fields.items() if value is not None}
        self._head = b'{"model":' + _encoder.encode(model) + b',"messages":'
        self._tail = b"," + _encoder.encode(fields)[1:] if fields else b"}"

    def body(self, messages: Sequence[Message], attempt: int) -> bytes:
        """The request for the reply after `messages`. A seed is shifted by the attempt: attempts are not to be the same."""
        conversation = [{"role": message.role, "content": message.content} for message in messages]
        try:
            written = _encoder.encode(conversation)
        except UnicodeEncodeError:  # a lone surrogate: what a program wrote that is no text
            written = _encoder.encode([{name: _as_text(value) for name, value in entry.items()} for entry in conversation])
        if self._seed is None:
            return self._head + written + self._tail
        return self._head + written + b',"seed":%d' % (self._seed + attempt) + self._tail


def read_reply(body: bytes) -> Reply:
    """The reply in a response body. Raises `GarbledAnswer` when there is none."""
    try:
        completion = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise GarbledAnswer(f"no chat completion: {error}") from error
    usage = _usage(completion.usage)
    if not completion.choices:
        raise GarbledAnswer("an answer without choices", usage)
    choice = completion.choices[0]
    logprobs = choice.logprobs.content if choice.logprobs is not None else None
    return Reply(
        text=choice.message.content or choice.message.refusal or "",
        finish_reason=choice.finish_reason or "stop",
        usage=usage or Usage(),
        token_ids=choice.token_ids,
        logprobs=None if logprobs is None else [token.logprob for token in logprobs],
    )


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details is not None else usage.prompt_cache_hit_tokens
    return Usage(usage.prompt_tokens or 0, cached or 0, usage.completion_tokens or 0)


def _as_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
