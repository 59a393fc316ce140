"""What a training run computes: steps, tokens, trained tokens, pairs of attention; counted on the data where it is
there, else a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actors.program.user_error import UserError
from train.plan.flops import Pairs, pairs_of, pairs_of_segments
from train.settings import TrainSettings

if TYPE_CHECKING:
    from train.data.documents import Dataset

SAMPLED_STEPS = 4  # of the run's beginning, for the means


class StreamCount(NamedTuple):
    """One label's conversations, as far as they are trained on."""

    name: str
    conversations: int
    tokens: int
    trained_tokens: int


class Workload(NamedTuple):
    """Means of one step. `steps` is None where epochs are asked for and the data is not known.

    `streams` are empty without data: then a step is the most that it can be (full rows of one document, every token
    trained on), and `unknown` says why.
    """

    steps: int | None
    tokens: float
    represented: float
    trained_tokens: float
    pairs: Pairs
    streams: tuple[StreamCount, ...] = ()
    unknown: str = ""


def bound(settings: TrainSettings, unknown: str) -> Workload:
    """The most that a step can be."""
    sequences, length = settings.batch.sequences, settings.batch.sequence_tokens
    tokens, pairs = sequences * length, pairs_of(length)
    return Workload(
        steps=settings.steps,
        tokens=tokens,
        represented=tokens,
        trained_tokens=tokens,
        pairs=Pairs(sequences * pairs.causal, sequences * pairs.square),
        unknown=unknown,
    )


def of_data(settings: TrainSettings, say: Callable[[str], None]) -> Workload:
    """Counted on the data, which is tokenised where it was not yet. Raises `UserError` where that cannot be done."""
    from train.data.tokenized import prepare
    from train.plan import refusals

    missing = [source.path for source in (*settings.data.agent, *settings.data.general) if not _there(source.path)]
    if missing:
        raise UserError(f"'{missing[0]}' is not there")
    renderer = refusals.of_model(settings)
    return of_dataset(settings, prepare(settings.data, settings.batch.sequence_tokens, renderer, say))


def of_dataset(settings: TrainSettings, dataset: Dataset) -> Workload:
    """Counted on tokenised data: means of the run's first steps."""
    from train.data.steps import StepPlan

    plan = StepPlan(
        dataset=dataset, data=settings.data, packing=settings.packing, batch=settings.batch, seed=settings.seed
    )
    steps = settings.steps or plan.steps_in(settings.epochs or 1.0)
    sampled = list(islice(plan.walk(), min(SAMPLED_STEPS, steps)))
    pairs = [
        pairs_of_segments([part.end - part.begin for part in bin.segments], [part.parent for part in bin.segments])
        for step in sampled
        for bin in step.bins
    ]
    number = len(sampled)
    return Workload(
        steps=steps,
        tokens=sum(step.tokens for step in sampled) / number,
        represented=sum(step.represented for step in sampled) / number,
        trained_tokens=sum(step.trained for step in sampled) / number,
        pairs=Pairs(sum(p.causal for p in pairs) // number, sum(p.square for p in pairs) // number),
        streams=tuple(
            StreamCount(stream.name, stream.conversations, stream.tokens, stream.trained_tokens)
            for stream in dataset.streams
        ),
    )


def _there(path: str) -> bool:
    return "://" in path or Path(path).expanduser().exists()
