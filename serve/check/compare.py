"""The comparisons themselves, of plain numbers: what training had on the one side, what is served on the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from actors.program.terminal import one_line
from serve.check.finding import Finding, Outcome
from serve.check.rendered import Rendered
from serve.check.served import Ending

Decode = Callable[[Sequence[int]], str | None]


class Tolerance(NamedTuple):
    """Absolute differences of log-probabilities, in nats a token."""

    mean: float
    largest: float


# Against the trainer's forward in float32. Measured with several times as much room: docs/serving.md.
TOLERANCES = {
    "float32": Tolerance(1e-3, 1e-2),
    "float16": Tolerance(3e-2, 5e-1),
    "bfloat16": Tolerance(0.15, 2.0),
}
_SAME = "serve exactly the folder that the trainer wrote"


class Scored(NamedTuple):
    """Log-probabilities of the ids behind the first, by the trainer and as served."""

    name: str
    ids: Sequence[int]
    trained: Sequence[float]
    served: Sequence[float]


def ids(
    check: str, pairs: Sequence[tuple[Rendered, Sequence[int]]], bos: int | None, decode: Decode, remedy: str
) -> Finding:
    """Whether every prompt has exactly the ids of training; `remedy` is what to do where one has not."""
    for expected, found in pairs:
        if list(found) != list(expected.prompt_ids):
            return Finding(Outcome.FAILED, check, f"{_difference(expected, found, bos, decode)}: {remedy}")
    tokens = sum(len(expected.prompt_ids) for expected, _ in pairs)
    return Finding(Outcome.OK, check, f"{len(pairs)} conversations, {tokens} token ids, all as in training")


def log_probabilities(scored: Sequence[Scored], dtype: str, decode: Decode) -> Finding:
    """Whether the served model is the trained one, up to the rounding of its dtype."""
    check = "log-probabilities"
    for one in scored:
        if not len(one.served) == len(one.trained) == len(one.ids) - 1:
            said = (
                f"'{one.name}' has {len(one.ids)} tokens, the server gave {len(one.served)} log-probabilities for them"
            )
            return Finding(Outcome.FAILED, check, f"{said}: ask it for all of the prompt")
    differences = [[abs(a - b) for a, b in zip(one.trained, one.served, strict=True)] for one in scored]
    tokens = sum(len(row) for row in differences)
    mean = math.fsum(value for row in differences for value in row) / tokens
    largest, place, at = max(
        (_unknown_is_most(value), i, j) for i, row in enumerate(differences) for j, value in enumerate(row)
    )
    allowed = TOLERANCES[dtype]
    limits = f"{allowed.mean:g} and {allowed.largest:g} are allowed for {dtype}"
    measured = f"mean {mean:.2g}, largest {largest:.2g} nats a token over {tokens} tokens; {limits}"
    if mean <= allowed.mean and largest <= allowed.largest:
        return Finding(Outcome.OK, check, measured)
    one = scored[place]
    where = f"in '{one.name}' token {at + 1} '{_shown(decode, one.ids[at + 1 : at + 2])}'"
    seen = f"the trainer has {one.trained[at]:.4g}, the server {one.served[at]:.4g}"
    return Finding(
        Outcome.FAILED, check, f"{measured}; {where} {seen}: other weights, output head, positions or dtype; {_SAME}"
    )


def ending(found: Ending, stop_id: int, decode: Decode) -> Finding:
    """Whether a reply ends where the model says the token that ended every trained reply; it was made to say it at
    once.
    """
    check, token = "stop token", f"{stop_id} '{_shown(decode, [stop_id])}'"
    obeyed = not found.text.strip() if found.token_ids is None else set(found.token_ids) <= {stop_id}
    if not obeyed:
        said = (
            f"the server does not let itself be made to say a token (logit_bias), so whether {token} ends a reply is"
            " not known"
        )
        return Finding(Outcome.UNCHECKED, check, said)
    if found.finish_reason != "stop":
        remedy = "name it in eos_token_id of generation_config.json, and start the server again"
        return Finding(
            Outcome.FAILED,
            check,
            f"{token} ends a trained reply, but served it goes on behind it ({found.finish_reason}): {remedy}",
        )
    if found.text:
        said = f"{token} ends a reply, but is part of its text ('{one_line(found.text, 40)}')"
        return Finding(
            Outcome.FAILED,
            check,
            f"{said}: mark it as special in the tokenizer, or have the server skip special tokens",
        )
    return Finding(Outcome.OK, check, f"{token} ends a reply at once, and is no part of its text")


def _difference(expected: Rendered, found: Sequence[int], bos: int | None, decode: Decode) -> str:
    """The first place where ids differ, and what that looks like."""
    wanted = expected.prompt_ids
    at = next(
        (i for i, (one, other) in enumerate(zip(wanted, found, strict=False)) if one != other),
        min(len(wanted), len(found)),
    )
    trained, served = (_shown(decode, ids[at : at + 8]) or "(its end)" for ids in (wanted, found))
    twice = bos is not None and list(found[:2]) == [bos, bos] and list(wanted[:2]) != [bos, bos]
    hint = " (the beginning-of-sequence token stands there twice)" if twice else ""
    return (
        f"'{expected.name}' differs at token {at} of {len(wanted)}: training had '{trained}', served is"
        f" '{served}'{hint}"
    )


def _shown(decode: Decode, some: Sequence[int]) -> str:
    text = decode(some)
    return one_line(text.replace("\n", "\\n"), 60) if text is not None else f"ids {list(some)}"


def shortened(text: str) -> str:
    """A text on one line, for a finding."""
    return one_line(text, 60)


def _unknown_is_most(value: float) -> float:
    return math.inf if math.isnan(value) else value
