"""The result of a general check: `general.json` in a folder of its own, and the paired difference of two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from actors.files import json_files
from actors.program.user_error import UserError
from serve.evaluation.bootstrap import Floats, Resampled, mean
from serve.evaluation.bootstrap import difference as paired

FILE = "general.json"
SCHEMA_VERSION = 1
PAIRED_ONLY_ALIKE = ("version", "dtype", "shots")  # of an identity; what else may differ shows in the ids


class Estimate(msgspec.Struct, frozen=True):
    """A value over `number` conversations or items, and its 95 % interval."""

    value: float
    low: float
    high: float
    number: int


class ConversationLoss(msgspec.Struct, frozen=True, array_like=True):
    """One held-out conversation: a hash of what was said, its cross-entropy summed over the trained tokens in nats,
    their number.
    """

    id: str
    loss_sum: float
    tokens: int


class ChatLoss(msgspec.Struct, frozen=True):
    """`loss` is the mean cross-entropy of an assistant's token in nats, over `tokens` of them."""

    conversations: int
    tokens: int
    loss: Estimate
    each: list[ConversationLoss]


class GeneralCheck(msgspec.Struct, frozen=True):
    """`items` is the share answered right, by kind; `answers` says of every item whether it was (1) or not (0).
    `identity` is all that the numbers depend on: model, data and settings."""

    name: str
    model: str
    dtype: str
    seconds: float
    chat: ChatLoss
    items: dict[str, Estimate]
    answers: list[tuple[str, int]]
    identity: dict[str, Any] = {}
    kind: Literal["general check"] = "general check"
    schema_version: int = SCHEMA_VERSION


class Difference(NamedTuple):
    """What the second check has more than the first: loss in nats a token (less is better), shares of items (more is
    better). Each over what both have measured."""

    chat: Estimate
    items: dict[str, Estimate]


def write(folder: str | Path, check: GeneralCheck) -> None:
    """Write `general.json` at once or not at all. Raises `UserError` where the folder cannot be written."""
    path = Path(folder) / FILE
    draft = path.with_name(f".{FILE}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(check), indent=1) + b"\n")
        draft.replace(path)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error


def read(folder: str | Path) -> GeneralCheck:
    """A finished check. Raises `UserError` where there is none, or none that can be read."""
    path = Path(folder) / FILE
    check = json_files.read(
        path, GeneralCheck, "a general check", "make it again with 'python -m serve general'", SCHEMA_VERSION
    )
    if check is None:
        raise UserError(f"'{folder}' holds no general check: no {FILE} there; make one with 'python -m serve general'")
    return check


def difference(first: GeneralCheck, second: GeneralCheck) -> Difference:
    """`second` less `first`, paired by conversation and by item.

    Raises `UserError` where they measured otherwise, or nothing in common.
    """
    for key in PAIRED_ONLY_ALIKE:
        one, other = first.identity.get(key), second.identity.get(key)
        if one != other:
            raise UserError(
                f"the general checks '{first.name}' and '{second.name}' differ in {key} ({one}, {other}): make one"
                " again"
            )
    losses = {loss.id: loss for loss in first.chat.each}
    shared = [(losses[loss.id], loss) for loss in second.chat.each if loss.id in losses]
    if not shared:
        raise _nothing_shared(first, second, "conversation")
    right = dict(first.answers)
    answers: dict[str, list[tuple[int, int]]] = {}
    for item, answer in second.answers:
        if item in right:
            answers.setdefault(kind_of(item), []).append((right[item], answer))
    if not answers:
        raise _nothing_shared(first, second, "item")
    return Difference(
        _loss_difference(shared), {kind: _share_difference(kind, pairs) for kind, pairs in answers.items()}
    )


def loss_estimate(each: Sequence[ConversationLoss]) -> Estimate:
    """Mean loss of a token over all of `each`, resampled by conversation."""
    sums, tokens = _columns(each)
    return _of_losses(sums / tokens, lambda: mean(sums, tokens, "chat"))


def share_estimate(kind: str, answers: Sequence[int]) -> Estimate:
    """Share of right ones among `answers`, at least one."""
    return _estimate(mean(np.array(answers, np.float64), np.ones(len(answers)), kind), len(answers))


def _loss_difference(shared: Sequence[tuple[ConversationLoss, ConversationLoss]]) -> Estimate:
    one, other = (_columns(side) for side in zip(*shared, strict=True))
    return _of_losses(other[0] / other[1] - one[0] / one[1], lambda: paired(one, other, "chat"))


def _of_losses(values: Floats, resampled: Callable[[], Resampled]) -> Estimate:
    """Where all agree (a model with itself) the bootstrap takes the exact bound of shares, which a loss is not."""
    if np.ptp(values) == 0:
        return Estimate(float(values[0]), float(values[0]), float(values[0]), len(values))
    return _estimate(resampled(), len(values))


def _share_difference(kind: str, pairs: Sequence[tuple[int, int]]) -> Estimate:
    ones = np.ones(len(pairs))
    first, second = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
    return _estimate(paired((first, ones), (second, ones), kind), len(pairs))


def _columns(each: Sequence[ConversationLoss]) -> tuple[Floats, Floats]:
    return np.array([loss.loss_sum for loss in each]), np.array([loss.tokens for loss in each], np.float64)


def _estimate(resampled: Resampled, number: int) -> Estimate:
    return Estimate(*resampled.interval(), number)


def kind_of(item_id: str) -> str:
    """The kind of an item: its id is `<kind>/<hash of what it asks>`."""
    return item_id.partition("/")[0]


def _nothing_shared(first: GeneralCheck, second: GeneralCheck, what: str) -> UserError:
    advice = "check both models with the same --chats, --training, --seed and --items"
    return UserError(f"the general checks '{first.name}' and '{second.name}' have no {what} in common: {advice}")
