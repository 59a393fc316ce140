"""The general check of one model: loss on held-out chat, then the items of both kinds, each as a share of right
answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from actors.program.user_error import UserError
from actors.records.training_record import read as read_record
from serve.general import arithmetic, multiple_choice
from serve.general.general_result import (
    FILE,
    ChatLoss,
    ConversationLoss,
    GeneralCheck,
    loss_estimate,
    read,
    share_estimate,
    write,
)
from serve.general.items import PLACES, Item, conversation
from serve.general.readings import Reading, answers, rows, whole
from serve.general.scoring import Dtype, Scorer
from serve.general.untrained_chats import Training, Unseen, trained_on, training_of, unseen
from train.data.source_content import content_of
from train.model import weights
from train.model.devices import cpu_multiplies_bfloat16
from train.model.model import configuration
from train.model.ranks import device_kind
from train.renderers import Renderer, RenderError, create
from train.renderers.conversation import Conversation
from train.settings import Source

VERSION = 1  # grows when the same settings would give other numbers
ROW_TOKENS = 1024
Say = Callable[[str], None]


class Wanted(NamedTuple):
    """What to check, and with what. `items` of each kind, `shots` worked examples before each. `system_prompt` None:
    what the model was trained with."""

    model: str
    name: str
    out: str
    chats: str
    training: str | None
    chat_tokens: int
    items: int
    shots: int
    seed: int
    form: multiple_choice.Form
    dtype: Literal["auto", "float32", "bfloat16"]
    device: Literal["auto", "cpu", "cuda"]
    system_prompt: str | None = None


class Examined(NamedTuple):
    """The items of one kind, and the worked examples before each."""

    kind: str
    items: list[Item]
    examples: Sequence[tuple[str, str]]


def check(wanted: Wanted, say: Say) -> GeneralCheck:
    """Check the model and write the result, unless `wanted.out` has it already. `say` gets a line now and then.

    Raises `UserError` for what is no model, one that the trainer does not compute, and chat of which nothing is left to
    measure.
    """
    began = time.monotonic()
    longest = min(ROW_TOKENS, getattr(configuration(wanted.model), "max_position_embeddings", None) or ROW_TOKENS)
    training = training_of(wanted.training) if wanted.training else None
    renderer = renderer_of(wanted, training)
    dtype = dtype_of(wanted.dtype, device_kind(wanted.device))
    identity = _identity(wanted, training, renderer, dtype)
    there = _there(wanted, identity, say)
    if there is not None:
        return there
    scorer = Scorer(wanted.model, dtype, wanted.device, longest)
    examined = _examined(wanted)
    seen = trained_on(training, say) if training else frozenset[int]()
    chat = _chat_loss(scorer, unseen(wanted.chats, seen, renderer, wanted.chat_tokens, longest), say)
    right = {one.kind: _right(scorer, renderer, one, say) for one in examined}
    result = GeneralCheck(
        name=wanted.name,
        model=wanted.model,
        dtype=dtype,
        seconds=round(time.monotonic() - began, 1),
        chat=chat,
        items={kind: share_estimate(kind, found) for kind, found in right.items()},
        answers=[(item.id, found) for one in examined for item, found in zip(one.items, right[one.kind], strict=True)],
        identity=identity,
    )
    write(wanted.out, result)
    return result


def dtype_of(asked: Literal["auto", "float32", "bfloat16"], device: str) -> Dtype:
    """'auto' is bfloat16 where the device multiplies it faster than float32: CUDA, and CPUs with AVX512-BF16 or AMX."""
    if asked != "auto":
        return asked
    return "bfloat16" if device == "cuda" or cpu_multiplies_bfloat16() else "float32"


def renderer_of(wanted: Wanted, training: Training | None) -> Renderer:
    """As the training rendered, system prompt and all: the training that is named, else the one that the model's folder
    tells of. A model of no training's is rendered as its own chat template says."""
    record = read_record(Path(wanted.model).expanduser(), None)
    trained = training.settings.data if training else record
    prompt = trained.system_prompt if wanted.system_prompt is None else wanted.system_prompt
    return create(trained.renderer, wanted.model, prompt, trained.chat_template)


def _identity(wanted: Wanted, training: Training | None, renderer: Renderer, dtype: Dtype) -> dict[str, Any]:
    return {
        "version": VERSION,
        "model": weights.fingerprint(wanted.model),
        "renderer": renderer.fingerprint,
        "chats": content_of(Source(path=wanted.chats)),
        "training": training.fingerprint if training else None,
        "dtype": dtype,
        **{name: getattr(wanted, name) for name in ("chat_tokens", "items", "shots", "seed", "form")},
    }


def _there(wanted: Wanted, identity: dict[str, Any], say: Say) -> GeneralCheck | None:
    """The finished check of the very same, under today's name."""
    if not (Path(wanted.out) / FILE).is_file():
        return None
    found = read(wanted.out)
    other = [key for key in identity if found.identity.get(key) != identity[key]]
    if other:
        say(f"'{wanted.out}' has a check of other settings ({', '.join(other)}): it is made anew")
        return None
    say(f"'{wanted.out}' has this check already: nothing is computed")
    renamed = msgspec.structs.replace(found, name=wanted.name, model=wanted.model)
    if renamed != found:
        write(wanted.out, renamed)
    return renamed


def _examined(wanted: Wanted) -> list[Examined]:
    arithmetic_items = arithmetic.generate(wanted.items, wanted.seed)
    choice_items = multiple_choice.generate(wanted.items, wanted.seed, wanted.form)
    choice_examples = multiple_choice.examples(wanted.form)
    return [
        Examined(arithmetic.KIND, arithmetic_items, arithmetic.EXAMPLES[: wanted.shots]),
        Examined(multiple_choice.KIND, choice_items, choice_examples[: wanted.shots]),
    ]


def _chat_loss(scorer: Scorer, conversations: Sequence[Unseen], say: Say) -> ChatLoss:
    readings = [whole(one.ids, one.trained, number) for number, one in enumerate(conversations)]
    likely = scorer.log_probabilities(
        readings, len(readings), _progress(f"chat, {len(readings)} conversations", readings, scorer, say)
    )
    each = [
        ConversationLoss(one.id, -float(total), len(reading.targets))
        for one, total, reading in zip(conversations, likely, readings, strict=True)
    ]
    return ChatLoss(len(each), sum(loss.tokens for loss in each), loss_estimate(each), each)


def _right(scorer: Scorer, renderer: Renderer, examined: Examined, say: Say) -> list[int]:
    readings = [
        reading
        for number, item in enumerate(examined.items)
        for reading in asked(renderer, examined.examples, item, number)
    ]
    label = f"{examined.kind}, {len(examined.items)} items"
    likely = scorer.log_probabilities(readings, PLACES * len(examined.items), _progress(label, readings, scorer, say))
    best = np.argmax(likely.reshape(-1, PLACES), axis=1)
    return [int(place == item.right) for place, item in zip(best, examined.items, strict=True)]


def asked(renderer: Renderer, examples: Sequence[tuple[str, str]], item: Item, number: int) -> list[Reading]:
    """The readings that tell how likely each of the item's replies is, without the token that ends it; reply i counts
    for the owner `number` * 4 + i. Raises `UserError` where the question's tokens depend on the reply."""
    prompts, candidates = set(), []
    talks = [Conversation(item.id, "", conversation(examples, item.question, reply), {}) for reply in item.replies]
    for rendered in renderer.render_many(talks):
        if isinstance(rendered, RenderError):
            raise rendered
        first = rendered.trained.index(True)
        prompts.add(tuple(rendered.token_ids[:first]))
        said = [token for token, trained in zip(rendered.token_ids, rendered.trained, strict=True) if trained]
        candidates.append(said[:-1] if said[-1] in renderer.stop_token_ids else said)
    if len(prompts) > 1:
        raise UserError(
            f"'{item.question}' becomes other tokens before other replies: this tokenizer cannot be checked so"
        )
    return answers(prompts.pop(), candidates, PLACES * number)


def _progress(
    what: str, readings: Sequence[Reading], scorer: Scorer, say: Say, every_s: float = 10.0
) -> Callable[[int], None]:
    """A line at the beginning, and one every ten seconds."""
    total = sum(len(row.batch.ids_T) for row in rows(readings, scorer.row_tokens))
    done, told = 0, time.monotonic()
    say(f"{what}: {total:,} tokens")

    def step(tokens: int) -> None:
        nonlocal done, told
        done += tokens
        if time.monotonic() - told > every_s and done < total:
            told = time.monotonic()
            say(f"{what}: {done:,} of {total:,} tokens")

    return step
