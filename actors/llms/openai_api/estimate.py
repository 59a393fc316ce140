"""What a call will use, before it is made."""

from __future__ import annotations

import math

from actors.records.trajectory import Usage


class TokenEstimate:
    """What a call will use, learned from what calls have used: prompt tokens by bytes of the body, and completions.

    Half a deviation is added for calls under way: it costs little of the allowance (it is settled when they end), and
    keeps a run of long replies from being refused.
    """

    def __init__(self, max_tokens: int, requested: bool) -> None:
        self._max_tokens = max_tokens
        self._requested = requested
        self._per_byte = 0.3
        self._completion = float(max_tokens)
        self._deviation = 0.0

    def tokens(self, body: bytes) -> Usage:
        completion = (
            self._max_tokens
            if self._requested
            else min(self._max_tokens, math.ceil(self._completion + self._deviation / 2))
        )
        return Usage(math.ceil(len(body) * self._per_byte), 0, completion)

    def learn(self, body: bytes, usage: Usage) -> None:
        if usage.prompt_tokens:
            self._per_byte += 0.05 * (usage.prompt_tokens / len(body) - self._per_byte)
            self._deviation += 0.05 * (1.25 * abs(usage.completion_tokens - self._completion) - self._deviation)
            self._completion += 0.05 * (usage.completion_tokens - self._completion)

    def counted(self, estimate: Usage, usage: Usage) -> int:
        """What the provider holds against the limit: `requested` counting gives nothing back."""
        completion = (
            max(estimate.completion_tokens, usage.completion_tokens) if self._requested else usage.completion_tokens
        )
        return usage.prompt_tokens + completion
