"""Where everything of a pipeline lies, decided here and nowhere else, and which settings change nothing of what comes
out.

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

from pathlib import Path

from serve.pipeline.settings import PipelineSettings, Who

SCHEDULING = ("llm_actors.*", "environments.*.actors", "environments.*.cpus", "environments.*.resources*")
WAITING = ("retries.*", "flush_interval_s", "lease_timeout_s", "limits.turn_timeout_s", "limits.episode_timeout_s")
CALLING = (
    "llm.api_key_env*",
    "llm.base_url",
    "llm.organization",
    "llm.project",
    "llm.*_per_minute",
    "llm.tokens_counted",
    "llm.prices",
    "llm.max_retries",
    "llm.max_connections",
)
SERVING = (
    "llm.backoff*",
    "llm.*timeout_s",
    "llm.deadline_s",
    "llm.gpu_memory_utilization",
    "llm.threads",
    "llm.kv_cache_gib",
)
PATHS = (
    "store",
    "tasks.*.file",
    "out",
    "model",
    "data.agent.*.path",
    "data.general.*.path",
)  # what lies there is read, and counts
FREE_IN_ROLLOUTS = (*SCHEDULING, *WAITING, *CALLING, *SERVING, *PATHS, "budget", "keep_going", "allow_unscored")
# What `train.run.identity` leaves out: it may change, and the run goes on from its checkpoint.
FREE_IN_TRAINING = (
    *PATHS,
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


class Layout:
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
