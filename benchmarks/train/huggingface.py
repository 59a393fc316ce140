"""transformers' Trainer (padded) and TRL's SFTTrainer (packed) as contenders, on the same token ids and labels.

Both are used as their documentation says: for the padded one `DataCollatorForSeq2Seq` pads each batch to its longest
conversation, in random order or in the order of length. Nothing is written, logged or evaluated meanwhile; the learning
rate is 0.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    PreTrainedModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from benchmarks.train.measured import Measured, peak_memory
from benchmarks.train.workload import SEED, Workload
from train.data.batch import IGNORED

Record = dict[str, list[int]]


def records(workload: Workload) -> list[Record]:
    """Token ids and labels, not shifted: transformers does that itself."""
    dataset, found = workload.dataset, []
    for number in workload.documents:
        ids, trained = dataset.document(number)
        labels = [int(i) if t else IGNORED for i, t in zip(ids, trained, strict=True)]
        found.append({"input_ids": ids.tolist(), "labels": labels})
    return found


class _Clock(TrainerCallback):
    """Notes when steps begin and end, and the losses that the trainer logs."""

    def __init__(self, into: Measured) -> None:
        self._into = into
        self._first = self._begun = self._cpu = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._begun = time.perf_counter()
        if not self._first:
            self._first, self._cpu = self._begun, time.process_time()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        now = time.perf_counter()
        self._into.seconds.append(now - self._begun)
        self._into.wall_s, self._into.cpu_s = now - self._first, time.process_time() - self._cpu

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if logs and "loss" in logs:
            self._into.losses.append(logs["loss"])


class _Counting:
    """A collator that counts what it hands out: every token that will be computed, and by batch those that are trained
    on.
    """

    def __init__(self, inner: Callable[[list[Any]], Any]) -> None:
        self._inner = inner
        self.computed = 0
        self.trained: list[int] = []

    def __call__(self, features: list[Any]) -> Any:
        batch = self._inner(features)
        self.computed += batch["input_ids"].numel()
        self.trained.append(int((batch["labels"][..., 1:] != IGNORED).sum()))
        return batch


def _arguments(workload: Workload, folder: str, batch: int, accumulated: int) -> dict[str, Any]:
    return {
        "output_dir": folder,
        "per_device_train_batch_size": batch,
        "gradient_accumulation_steps": accumulated,
        "num_train_epochs": 1,
        "learning_rate": 0.0,
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": True,
        "seed": SEED,
        "gradient_checkpointing": False,
        "bf16": False,
        "dataloader_pin_memory": False,
    }


def _warmed(workload: Workload, found: list[Record]) -> PreTrainedModel:
    """The model, after a forward and backward of the shortest conversation."""
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(workload.model, dtype=torch.float32)
    model.train()
    shortest = min(found, key=lambda record: len(record["input_ids"]))
    model(**{name: torch.tensor([numbers]) for name, numbers in shortest.items()}).loss.backward()
    model.zero_grad()
    return model


def run_padded(workload: Workload, ordered: bool) -> Measured:
    """`transformers.Trainer` in random order; `ordered`: in that of length, the best that `group_by_length` comes to.

    (That one sorts a quarter of the data at once at most: of a few dozen conversations next to nothing.)
    """
    found = records(workload)
    if ordered:
        found.sort(key=lambda record: len(record["input_ids"]))
    tokenizer = AutoTokenizer.from_pretrained(workload.model)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    counting = _Counting(DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=IGNORED))
    measured = Measured("padded")
    accumulated = -(-workload.batch // workload.micro_batch)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            **_arguments(workload, folder, workload.micro_batch, accumulated),
            train_sampling_strategy="sequential" if ordered else "random",
        )
        trainer = Trainer(
            model=_warmed(workload, found),
            args=arguments,
            data_collator=counting,
            train_dataset=found,
            processing_class=tokenizer,
            callbacks=[_Clock(measured)],
        )
        trainer.train()
    return _finished(measured, counting, accumulated)


def run_packed(workload: Workload) -> Measured:
    """TRL's `SFTTrainer` with `packing`, best fit decreasing."""
    from datasets import Dataset  # type: ignore[import-not-found]
    from trl import SFTConfig, SFTTrainer  # type: ignore[import-not-found]

    found = records(workload)
    tokenizer = AutoTokenizer.from_pretrained(workload.model)
    accumulated = workload.bins(sum(len(record["input_ids"]) for record in found))
    measured = Measured("packed")
    with tempfile.TemporaryDirectory() as folder:
        trainer = SFTTrainer(
            model=_warmed(workload, found),
            args=SFTConfig(
                **_arguments(workload, folder, 1, accumulated),
                packing=True,
                packing_strategy="bfd",
                max_length=workload.sequence_tokens,
            ),
            train_dataset=Dataset.from_list(found),
            processing_class=tokenizer,
            callbacks=[_Clock(measured)],
        )
        counting = _Counting(trainer.data_collator)
        trainer.data_collator = counting
        trainer.train()
    return _finished(measured, counting, accumulated)


def _finished(measured: Measured, counting: _Counting, accumulated: int) -> Measured:
    measured.computed = counting.computed
    batches = counting.trained
    measured.trained = [sum(batches[i : i + accumulated]) for i in range(0, len(batches), accumulated)]
    measured.peak_bytes = peak_memory()
    return measured
