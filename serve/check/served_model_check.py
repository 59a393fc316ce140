"""The whole check, finding by finding: the folder, then (when the trainer's forward has freed its memory) what serves
it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from actors.program.user_error import UserError
from actors.records.training_record import Record
from serve.check import compare, folder, reference, rendered
from serve.check.conversations import conversations, spells_special_tokens
from serve.check.finding import Finding, Outcome
from serve.check.rendered import Rendered
from serve.check.served import CannotTell, Served
from train.renderers import Renderer
from train.renderers.text_encoder import TextEncoder

_IDS = "token ids"
_LOGPROBS = "log-probabilities"
_STOP = "stop token"


class RenderingRecord(NamedTuple):
    """What training had, to hold the server against.

    Without `scores` the folder's weights could not be computed with.
    """

    renderer: Renderer
    written: list[Rendered]
    scores: list[list[float]] | None
    bos: int | None


Report = Callable[[Finding], None]
Question = Callable[[Served, RenderingRecord], Awaitable[Finding]]


def of_folder(record: Record, model_dir: str, report: Report) -> RenderingRecord | None:
    """Report on the folder alone. None where nothing is left to compare a server with."""
    encoder = TextEncoder(model_dir)
    report(folder.files(record, model_dir))
    renderer = rendered.of_source(record, model_dir) or _own(record, encoder, report)
    if renderer is None:
        return None
    written = _fitting(rendered.all_written(renderer, conversations(encoder.specials)), model_dir)
    report(folder.template(encoder, renderer, written))
    for note in folder.notes(record, encoder, rendered.written(renderer, spells_special_tokens(encoder.specials))):
        report(note)
    try:
        scores = reference.log_probabilities(model_dir, [one.ids for one in written])
    except UserError as error:
        report(Finding(Outcome.FAILED, _LOGPROBS, f"{error}; whatever serves it fills in something of its own"))
        scores = None
    return RenderingRecord(renderer, written, scores, encoder.tokenizer.bos_token_id)


def _own(record: Record, encoder: TextEncoder, report: Report) -> Renderer | None:
    """The renderer over the folder itself, where its record does not speak against that."""
    changed = folder.changed_tokenizer(record, encoder)
    if changed is not None:
        report(changed)
        return None
    try:
        renderer = rendered.of_folder(record, encoder.model_dir)
    except UserError as error:
        report(Finding(Outcome.FAILED, "chat template", str(error)))
        return None
    doubt = folder.unvouched(record, renderer)
    if doubt is not None:
        report(doubt)
    return renderer


def _fitting(written: list[Rendered], model_dir: str) -> list[Rendered]:
    """Those that the model's context holds, with room for a reply."""
    limit = reference.context_tokens(model_dir)
    fitting = [one for one in written if limit is None or len(one.ids) < limit]
    if not fitting:
        raise UserError(f"the context of '{model_dir}' ({limit} tokens) is too short for any conversation of the check")
    return fitting


async def of_server(
    served: Served, rendering: RenderingRecord | None, so_far: Sequence[Finding], report: Report
) -> None:
    """Start a server and report on it.

    Raises `UserError` where it does not start, unless the folder's faults are the reason.
    """
    if rendering is None:
        report(
            Finding(
                Outcome.UNCHECKED,
                "server",
                "how it was trained is not known, so that there is nothing to compare it with",
            )
        )
        return
    try:
        await served.start()
    except UserError as error:
        if not any(finding.outcome is Outcome.FAILED for finding in so_far):
            raise
        report(Finding(Outcome.UNCHECKED, "server", str(error)))
        return
    questions: dict[str, Question] = {_IDS: _ids, _LOGPROBS: _log_probabilities, _STOP: _stop}
    if rendering.scores is None:
        del questions[_LOGPROBS]  # of which has been spoken
    for check, question in questions.items():
        try:
            report(await question(served, rendering))
        except CannotTell as error:
            report(Finding(Outcome.UNCHECKED, check, f"{served.name}: {error}"))


async def _ids(served: Served, rendering: RenderingRecord) -> Finding:
    pairs = [(one, await served.prompt_ids(one.sent)) for one in rendering.written]
    remedy = f"{served.name} applies another template or adds tokens to it: have it use the folder's own, and add none"
    return compare.ids(_IDS, pairs, rendering.bos, rendering.renderer.encoder.decode, remedy)


async def _log_probabilities(served: Served, rendering: RenderingRecord) -> Finding:
    scored = [
        compare.Scored(one.name, one.ids, trained, await served.log_probabilities(one.ids))
        for one, trained in zip(rendering.written, rendering.scores or [], strict=True)
    ]
    return compare.log_probabilities(scored, served.dtype, rendering.renderer.encoder.decode)


async def _stop(served: Served, rendering: RenderingRecord) -> Finding:
    stop = rendering.renderer.stop_token_ids[0]
    return compare.ending(await served.forced(rendering.written[0].sent, stop), stop, rendering.renderer.encoder.decode)
