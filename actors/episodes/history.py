"""AgentBench's history trimming (`src/agent.py`, `Session`; SPEC 2.0.1): what of a long conversation the model is
shown.

The record always keeps every message; only what the model sees is trimmed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from environments.message import Message

LIMIT_SEGMENTS = 3500
_LETTERS_PER_SEGMENT = 7
_WORDS = re.compile(r"[^\W\d_]+")


class Trimmed(NamedTuple):
    """The messages to show, and how many were left out."""

    messages: Sequence[Message]
    omitted: int


def segments(text: str) -> int:
    """AgentBench's length unit: each started run of 7 letters is one, and every character that is neither letter, space
    nor newline.
    """
    letters = pieces = 0
    for word in _WORDS.findall(text):
        # \w without digits and underscore also admits a few marks and numerals that str.isalpha() does not
        if word.isalpha():
            letters += len(word)
            pieces += -(-len(word) // _LETTERS_PER_SEGMENT)
        else:
            return _segments_by_character(text)
    return pieces + len(text) - letters - text.count(" ") - text.count("\n")


def _segments_by_character(text: str) -> int:
    count = run = 0
    for character in text:
        if character.isalpha():
            count += run % _LETTERS_PER_SEGMENT == 0
            run += 1
        else:
            run = 0
            count += character not in " \n"
    return count


def trim(messages: Sequence[Message], limit: int = LIMIT_SEGMENTS) -> Trimmed:
    """Keep message 0 and the newest messages whose segments stay under `limit`; where some are left out, after message
    0 comes an assistant's, so that no answer stands without its tool call.

    A notice in message 0 says how many were left out.
    """
    total = segments(messages[0].said)
    oldest = len(messages)
    while oldest > 1:
        total += segments(messages[oldest - 1].said)
        if total >= limit:
            break
        oldest -= 1
    while 1 < oldest < len(messages) and messages[oldest].role != "assistant":
        oldest += 1
    omitted = oldest - 1
    if omitted == 0:
        return Trimmed(messages, 0)
    first = msgspec.structs.replace(
        messages[0], content=f"{messages[0].content}\n\n[NOTICE] {omitted} messages are omitted."
    )
    return Trimmed([first, *messages[oldest:]], omitted)
