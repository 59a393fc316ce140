"""The chat-completions request, as thin as it gets: what never changes is serialised once. `answer` reads what comes
back.

The openai package's ordinary call spends milliseconds on walking the messages; this spends microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.llms.llm import Sampling
from environments.half_characters import well_formed
from environments.message import Message

EMPTY = "(empty)"  # stands for a message without text, where a provider refuses those

_encoder = msgspec.json.Encoder()


class RequestWriter:
    """Writes request bodies for one model and sampling. What never changes is serialised here, once.

    `extra_body` wins over the fields written here; a null in it leaves the field out (a model that takes no
    `temperature`). `stream` asks for the answer in pieces, with the usage at its end.
    """

    def __init__(
        self, model: str, sampling: Sampling, max_tokens_field: str, extra_body: dict[str, Any], stream: bool = False
    ) -> None:
        fields: dict[str, Any] = {"temperature": sampling.temperature, max_tokens_field: sampling.max_tokens}
        if stream:
            fields |= {"stream": True, "stream_options": {"include_usage": True}}
        if sampling.top_p != 1.0:
            fields["top_p"] = sampling.top_p
        if sampling.stop:
            fields["stop"] = list(sampling.stop)
        fields.update(extra_body)
        self._seed = sampling.seed if "seed" not in extra_body else None
        fields = {name: value for name, value in fields.items() if value is not None}
        self._head = b'{"model":' + _encoder.encode(model) + b',"messages":'
        self._tail = b"," + _encoder.encode(fields)[1:] if fields else b"}"

    def body(self, messages: Sequence[Message], attempt: int, fill_empty: bool = False) -> bytes:
        """The request for the reply after `messages`.

        A seed is shifted by the attempt: attempts are not to be the same.
        """
        conversation = [{"role": message.role, "content": message.content} for message in messages]
        if fill_empty:
            conversation = [
                entry if entry["content"].strip() else {**entry, "content": EMPTY} for entry in conversation
            ]
        try:
            written = _encoder.encode(conversation)
        except UnicodeEncodeError:  # a lone surrogate: what a program wrote that is no text
            written = _encoder.encode(
                [{name: well_formed(value) for name, value in entry.items()} for entry in conversation]
            )
        if self._seed is None:
            return self._head + written + self._tail
        return self._head + written + b',"seed":%d' % (self._seed + attempt) + self._tail
