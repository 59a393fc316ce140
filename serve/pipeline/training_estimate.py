"""What training will need, by the trainer's own `plan`: steps, tokens, memory of a worker, hours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from actors.program.user_error import UserError
from serve.pipeline.layout import Layout
from serve.pipeline.settings import PipelineSettings
from serve.pipeline.stages import train_settings
from train.model.devices import GIB
from train.model.shapes import SHAPES, Config, config_of, read_config
from train.plan.memory import USABLE
from train.plan.workload import Workload, bound
from train.settings import TrainSettings


def training_lines(settings: PipelineSettings, places: Layout) -> Iterator[str]:
    """The plan in a few lines, and what it assumes. Raises `UserError` for what cannot be trained."""
    from train.model.model import configuration
    from train.model.model_support import check
    from train.plan.plan import chosen_device, plan

    if (places.base / "config.json").is_file():
        check(configuration(str(places.base)), settings.train.batch.sequence_tokens)
    config, source = model_config(places.base, settings.base.package)
    if config is None:
        yield f"   not planned: {source}"
        return
    resolved = train_settings(settings, places)
    work = _work(resolved, places)
    made = plan(resolved, config, work, chosen_device(resolved, None))
    row, counted = made.rows[0], made.counted.whole
    lora = f", {counted.trained:,} of them trained" if counted.frozen else ""
    yield f"   model: {counted.both:,} parameters{lora} ({source})"
    most = "at most " if work.unknown else ""
    why = f" ({work.unknown}: full sequences of one document are assumed)" if work.unknown else ""
    steps = "steps unknown without the data" if work.steps is None else f"{work.steps:,} steps"
    yield f"   {steps} of {most}{work.tokens:,.0f} tokens{why}"
    has = f"{made.device.title}, {USABLE * made.device_bytes / GIB:.1f} GiB counted on"
    advice = "" if row.fits or made.change is None else f"; {made.change.advice}"
    verdict = "fits" if row.fits else "does not fit"
    yield f"   memory: {row.prediction.total / GIB:.1f} GiB a worker of {row.world}: {verdict} ({has}){advice}"
    span, reached = made.time.hours, made.time.reached
    hours = "unknown" if span is None else f"{most}{span.least:,.2f} to {span.most:,.2f}"
    yield f"   hours: {hours}, at {100 * reached.low:.0f} to {100 * reached.high:.0f} % of the peak ({reached.source})"
    disk = made.storage
    yield f"   disk: {disk.disk / 1e9:,.1f} GB for {disk.on_disk} checkpoints of {disk.checkpoint / 1e9:,.1f} GB"


def model_config(base: Path, package: str | None) -> tuple[Config | None, str]:
    """The base model's config and where it is from: its folder, or a known shape of that name; None and why not."""
    if (base / "config.json").is_file():
        return read_config(base), "its own config.json"
    name = f"{package}-135m" if package else base.name.lower()
    near = next((shape for shape in SHAPES if shape in name), None)
    if near is None:
        return None, f"'{base}' is not here, and no known shape has its name ({', '.join(SHAPES)})"
    return config_of(near), f"the shape of {near}; '{base}' is not here yet"


def _work(settings: TrainSettings, places: Layout) -> Workload:
    """Counted where all of the data is here, else the most that it can be."""
    from train.plan import workload

    missing = [
        place
        for place in (places.dataset, places.chat)
        if place is not None and "://" not in str(place) and not place.exists()
    ]
    if missing or not places.base.is_dir():
        return bound(settings, f"'{(missing or [places.base])[0].name}' is not there yet")
    try:
        return workload.of_data(settings, lambda _: None)
    except UserError as error:
        return bound(settings, str(error))
