"""Conversations to token ids and loss masks, once: a cache that every later run, rank and restart opens at once.

`prepare` reads every source a single time, renders it, and writes a folder (`documents` says what is in it) named by a
fingerprint of all that it depends on: the sources' bytes, the renderer, the lengths. It appears whole or not at all,
and two processes that need it make it once. Nothing is left out unseen: what was dropped, cut, held out or skipped
stands in its manifest.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.files.atomic_folder import MANIFEST, atomic_folder, write_manifest
from actors.files.file_lock import file_lock
from actors.program.user_error import UserError
from actors.records.trajectory import digest
from train.data import sources
from train.data.documents import KIND, Dataset, Manifest, SourceEntry, checksum_of, open_dataset
from train.data.source_content import content_of
from train.data.tokenized_writer import OVERLONG, TokenizedWriter
from train.renderers.conversation import Conversation
from train.renderers.per_reply import documents
from train.renderers.renderer import Renderer
from train.settings import Data, Source

log = logging.getLogger(__name__)

FORMAT = 3  # grows when the files, what they mean, or how sources are read and mended change
WAIT_S = 3600.0
_RENDERED_AT_ONCE = 256  # conversations


def prepare(
    data: Data, sequence_tokens: int, renderer: Renderer, say: Callable[[str], None] = log.info, wait_s: float = WAIT_S
) -> Dataset:
    """The tokenised `data`, from the cache or made now. No document is longer than `sequence_tokens`. `say` gets a line
    now and then, and what was left out.

    Raises `UserError` for a source that cannot be read or changes meanwhile, a cache that cannot be written or is
    damaged, and data without one trained token.
    """
    job = _job(data, sequence_tokens, renderer, say)
    cache = Path(data.cache).expanduser()
    folder = cache / job.fingerprint
    if not (folder / MANIFEST).exists():
        with file_lock(cache / f".{job.fingerprint}.lock", "tokenises the same data", "data.cache", wait_s, say):
            if not (folder / MANIFEST).exists():  # else the process waited for has made it
                with atomic_folder(folder, KIND) as draft:
                    _make(draft, job)
    dataset = open_dataset(folder)
    for line in _losses(dataset.manifest):
        say(line)
    return dataset


def _losses(manifest: Manifest) -> Iterator[str]:
    """What is not trained on, or not whole, a line each source and stream: also where the cache was there already."""
    for source in manifest.sources:
        if source.skipped:
            yield f"'{source.path}': left out {_listed(source.skipped)}"
    for stream in manifest.streams:
        if stream.dropped or stream.cut:
            dropped = f", dropped {_listed(stream.dropped)}" if stream.dropped else ""
            cut = f", cut {stream.cut} at a turn" if stream.cut else ""
            yield (
                f"{stream.side}/{stream.label}: {stream.documents} of {stream.conversations} conversations"
                f" kept{dropped}{cut}"
            )
        if stream.retokenised:
            yield (
                f"{stream.side}/{stream.label}: {stream.retokenised} replies tokenised anew: their sampled ids are"
                " another tokenizer's"
            )


def _listed(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{count} × {reason}" for reason, count in Counter(reasons).most_common())


class _Job(NamedTuple):
    """What is to be tokenised: `sources` and, for the manifest, the `entries` that belong to them."""

    data: Data
    sequence_tokens: int
    renderer: Renderer
    say: Callable[[str], None]
    sources: list[tuple[sources.Side, Source]]
    entries: list[SourceEntry]
    fingerprint: str


def _job(data: Data, sequence_tokens: int, renderer: Renderer, say: Callable[[str], None]) -> _Job:
    named: list[tuple[sources.Side, Source]] = [("agent", source) for source in data.agent]
    named += [("general", source) for source in data.general]
    entries = [SourceEntry(side, source.path, content_of(source)) for side, source in named]
    read = [
        (side, entry.content, Path(source.path).name, source.label, source.label_field, source.limit)
        for (side, source), entry in zip(named, entries, strict=True)
    ]
    fingerprint = digest(
        FORMAT,
        read,
        renderer.fingerprint,
        data.system_prompt,
        sequence_tokens,
        data.overlong,
        data.held_out,
        data.rewritten,
    )
    return _Job(
        data=data,
        sequence_tokens=sequence_tokens,
        renderer=renderer,
        say=say,
        sources=named,
        entries=entries,
        fingerprint=fingerprint,
    )


def _make(draft: Path, job: _Job) -> None:
    with closing(TokenizedWriter(draft, job.data, job.sequence_tokens)) as writer:
        for (side, source), entry in zip(job.sources, job.entries, strict=True):
            _add(writer, side, source, entry, job)
        if not any(stream.documents for stream in writer.streams):
            raise UserError(_nothing(writer, job))
        files = writer.finish()
    streams = writer.streams
    checksums = {name: checksum_of(draft / name) for name in files}
    manifest = Manifest(
        fingerprint=job.fingerprint,
        format=FORMAT,
        renderer=job.renderer.name,
        renderer_fingerprint=job.renderer.fingerprint,
        sequence_tokens=job.sequence_tokens,
        overlong=job.data.overlong,
        sources=job.entries,
        streams=streams,
        documents=sum(stream.documents for stream in streams),
        tokens=sum(stream.tokens for stream in streams),
        trained_tokens=sum(stream.trained_tokens for stream in streams),
        files=files,
        checksums=checksums,
    )
    fields: dict[str, Any] = msgspec.to_builtins(manifest)
    write_manifest(draft, fields)


def _add(writer: TokenizedWriter, side: sources.Side, source: Source, entry: SourceEntry, job: _Job) -> None:
    conversations = sources.read(source, side)
    for batch in _batches(iter(conversations)):
        for conversation, rendered in documents(job.renderer, batch, job.data.rewritten):
            writer.add(side, conversation, rendered)
        entry.conversations += len(batch)
    entry.skipped, entry.noted = dict(conversations.skipped), dict(+conversations.noted)
    if content_of(source) != entry.content:
        raise UserError(f"'{source.path}' changed while it was read: start again when nothing writes there any more")
    job.say(f"tokenised {entry.conversations} conversations of '{source.path}'")


def _batches(conversations: Iterator[Conversation]) -> Iterator[list[Conversation]]:
    while batch := list(islice(conversations, _RENDERED_AT_ONCE)):
        yield batch


def _nothing(writer: TokenizedWriter, job: _Job) -> str:
    reasons: Counter[str] = Counter()
    for counted in (*(entry.skipped for entry in job.entries), *(stream.dropped for stream in writer.streams)):
        reasons.update(counted)
    read = sum(entry.conversations for entry in job.entries)
    why = _listed(reasons) or "the sources are empty"
    advice = (
        f": raise 'batch.sequence_tokens' above {job.sequence_tokens} or say 'data.overlong=cut'"
        if OVERLONG in reasons
        else ""
    )
    return (
        f"nothing to train on in {', '.join(repr(entry.path) for entry in job.entries)}: {read} conversations read,"
        f" {why}{advice}"
    )
