"""What can be said of a folder before anything serves it: its files, and what its own chat template writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actors.program.user_error import UserError
from actors.records.training_record import Record
from actors.records.trajectory import Message
from serve.check import compare
from serve.check.finding import Finding, Outcome
from serve.check.rendered import Rendered
from train.model import weights
from train.model.trained_model import tokenizer_fingerprint
from train.renderers import Renderer
from train.renderers.text_encoder import TextEncoder

_TEMPLATE = "chat template"
_AGAIN = "export the model again with 'python -m train export'"


def files(record: Record, model_dir: str) -> Finding:
    """Whether config.json and weights are still those that the trainer wrote."""
    check = "files"
    if not record.found:
        said = (
            f"no trainer's manifest says how '{model_dir}' was trained: its own template stands for that (--run RUN"
            " names the run)"
        )
        return Finding(Outcome.UNCHECKED, check, said)
    if not record.weights:
        said = (
            f"'{model_dir}' was exported before fingerprints were kept, so that changed weights would not show:"
            f" {_AGAIN}"
        )
        return Finding(Outcome.UNCHECKED, check, said)
    if weights.fingerprint(model_dir) != record.weights:
        said = (
            f"config.json or the weights in '{model_dir}' are not those that the trainer wrote: {_AGAIN}, or fetch it"
            " again"
        )
        return Finding(Outcome.FAILED, check, said)
    return Finding(
        Outcome.OK,
        check,
        "config.json and weights are those that the trainer wrote (size, and 256 blocks of each file)",
    )


def changed_tokenizer(record: Record, encoder: TextEncoder) -> Finding | None:
    """What is wrong with a tokenizer that has to stand for training's own, which is not here; None if nothing is known
    to be.
    """
    if not record.tokenizer or record.tokenizer == tokenizer_fingerprint(encoder, encoder.chat_template):
        return None
    said = f"tokenizer or chat template in '{encoder.model_dir}' were changed since the trainer wrote them"
    return Finding(
        Outcome.FAILED,
        _TEMPLATE,
        f"{said}, and the model before training ('{record.source}') is not here to compare: {_AGAIN}",
    )


def unvouched(record: Record, renderer: Renderer) -> Finding | None:
    """That nothing proves such a tokenizer to be training's own, of a folder whose record has no fingerprint of it."""
    if not record.found or record.tokenizer or record.renderer_fingerprint == renderer.fingerprint:
        return None
    said = (
        f"whether tokenizer and template are training's own: the model before training ('{record.source}') is not here"
        " or has changed"
    )
    return Finding(Outcome.UNCHECKED, "tokenizer", f"{said}: {_AGAIN}")


def template(encoder: TextEncoder, renderer: Renderer, written: Sequence[Rendered]) -> Finding:
    """Whether the folder's own template writes every prompt as it was trained."""
    remedy = f"put back the chat template that the trainer wrote to '{encoder.model_dir}', or {_AGAIN}"
    try:
        pairs = [(rendered, template_ids(encoder, rendered.sent)) for rendered in written]
    except UserError as error:
        return Finding(Outcome.FAILED, _TEMPLATE, f"{error}; {remedy}")
    return compare.ids(_TEMPLATE, pairs, encoder.tokenizer.bos_token_id, renderer.encoder.decode, remedy)


def template_ids(encoder: TextEncoder, messages: Sequence[Message]) -> list[int]:
    """A prompt as the folder's own tokenizer and template make it. Raises `UserError` where the template refuses."""
    return encoder.template_ids(encoder.template_text(messages, generation=True))


def notes(record: Record, encoder: TextEncoder, markup: Rendered | None) -> Iterator[Finding]:
    """What is no fault of the folder, but has to be known by who uses it."""
    if record.system_prompt is not None:
        said = (
            f"it was trained with '{compare.shortened(record.system_prompt)}': no template has that, so every client"
            " must send it"
        )
        yield Finding(Outcome.NOTE, "system prompt", f"{said} (this check, rollouts and evaluations of the folder do)")
    try:
        same = markup is None or template_ids(encoder, markup.sent) == list(markup.prompt_ids)
    except UserError:
        return
    if not same:
        said = "a message that spells a special token was trained as its characters, and is served as the token"
        yield Finding(Outcome.NOTE, "special tokens", f"{said}: have clients take them out of what strangers wrote")
