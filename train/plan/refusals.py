"""What a run refuses before anything of it begins: said by `plan`, `preview` and `run` alike, and never advised by
either.

`of_config` needs the settings alone; `of_model` what lies in the model's folder; `before_start` is all of it that the
machine where the command is given can know, before Ray starts: a model or data that only the workers reach is left to
them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from actors.program.user_error import UserError
from train.log.trackers import refuse_missing
from train.model import low_memory
from train.settings import TrainSettings

if TYPE_CHECKING:
    from train.renderers import Renderer

_ADVICE = "take the model's own tokenizer, or a model whose embedding was resized to this one"


def of_config(settings: TrainSettings, workers: int | None = None) -> None:
    """Raises `UserError` for settings that no model can be trained with on so many workers (None: the most that they
    name).
    """
    most = workers or most_workers(settings)
    low_memory.refuse_shards(settings.optimizer, most)
    if settings.lora is not None and "lm_head" in settings.lora.targets:
        raise UserError("lora.targets: 'lm_head' is the output layer, whose loss takes no adapter: leave it out")


def of_packages(settings: TrainSettings) -> None:
    """Raises `UserError` for a package that the settings need and that is not installed here."""
    refuse_missing(settings.logging.trackers)
    if (settings.optimizer.state_bits == 8 or settings.compute.precision == "bfloat16") and low_memory.lacks_torchao():
        raise UserError(low_memory.MISSING)


def most_workers(settings: TrainSettings) -> int:
    number = settings.workers.number
    return number if isinstance(number, int) else number[1]


def of_vocabulary(renderer: Renderer, rows: int) -> None:
    """Raises `UserError` where the tokenizer has ids for which the embedding, of `rows` rows, has none."""
    tokenizer = renderer.encoder.tokenizer
    last = max(tokenizer.get_vocab().values(), default=-1)
    if last >= rows:
        token = tokenizer.convert_ids_to_tokens(last)
        raise UserError(
            f"the tokenizer's ids reach {last} ('{token}'), the model '{renderer.encoder.model_dir}' has {rows} rows "
            f"(vocab_size in its config.json): {_ADVICE}"
        )


def of_model(settings: TrainSettings) -> Renderer:
    """The run's renderer. Raises `UserError` for a tokenizer that is not there, cannot be trained with, or is not the
    model's.
    """
    from train.model.shapes import read_config
    from train.renderers import of_settings

    there = (Path(settings.model).expanduser() / "config.json").is_file()
    rows = read_config(settings.model).get("vocab_size") if there else None
    if rows is not None and type(rows) is not int:
        raise UserError(
            f"the model's config '{settings.model}/config.json' has vocab_size {rows!r:.40}, which is no number"
        )
    renderer = of_settings(settings)
    if rows is not None:
        of_vocabulary(renderer, rows)
    return renderer


def before_start(settings: TrainSettings) -> None:
    """Raises `UserError` for what is wrong with the settings, the trackers, the data's places or the model, as far as
    they are here.
    """
    of_config(settings)
    of_packages(settings)
    if not Path(settings.model).expanduser().is_dir():
        return
    from train.model.model import configuration
    from train.model.model_support import check

    check(configuration(settings.model), settings.batch.sequence_tokens)
    of_model(settings)
