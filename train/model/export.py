"""The trained model as a Hugging Face folder, streamed: tensors are gathered one by one, merged, and written by the
first rank.

What is beside the weights (tokenizer, template, generation config) is the source model's, made to say what was trained.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor

from actors.files.atomic_folder import atomic_folder, write_manifest
from actors.program.user_error import UserError
from train.model.export_metadata import write_adapter_config, write_metadata
from train.model.lora import ADAPTERS, LoraLinear, merged
from train.model.model import PackedModel
from train.model.safetensors_file import Entry, SafetensorsWriter
from train.model.weights import INDEX, fingerprint, targets

KIND = "model"
ADAPTER_FOLDER = "adapter"


class Planned(NamedTuple):
    """A tensor of the export: what it will be, and how to get it (all ranks must ask, in the same order)."""

    entry: Entry
    gather: Callable[[], torch.Tensor]


def export(
    model: PackedModel,
    source_dir: str,
    out: Path,
    dtype: torch.dtype,
    max_shard_bytes: int = 5 * 10**9,
    *,
    stop_ids: Sequence[int] = (),
    chat_template: str | None = None,
    trained: Mapping[str, Any] | None = None,
) -> None:
    """Write `model` to the folder `out`, whole or not at all; called by all ranks, of which the first writes.

    `stop_ids` end a generation besides the source's own; `chat_template` takes the place of the source's; `trained`
    goes into the manifest, for who serves the folder. Adapters are merged into the weights, and kept by themselves, as
    peft reads them, in `out`/adapter. Raises `UserError` on every rank if it fails.
    """
    parts = [*_model_parts(model, dtype, max_shard_bytes), *_adapter_parts(model)]
    tensors = (planned.gather() for _, plan in parts for planned in plan)
    writing = not dist.is_initialized() or dist.get_rank() == 0
    failure: Exception | None = None
    if writing:
        try:
            with atomic_folder(out, KIND) as draft:
                _write(draft, parts, tensors)
                write_metadata(draft, Path(source_dir).expanduser(), dtype, stop_ids, chat_template)
                _write_manifest(draft, model, source_dir, dtype, trained)
        except Exception as error:  # raised below, when the other ranks have been told
            failure = error
    for _ in tensors:  # the others' part in the gathering, and what a failure left
        pass
    _agree(failure, out)


def _model_parts(model: PackedModel, dtype: torch.dtype, max_shard_bytes: int) -> list[tuple[str, list[Planned]]]:
    """The files and their tensors, in the model's order."""
    shards: list[list[Planned]] = [[]]
    for planned in _model_tensors(model, dtype):
        filled = sum(other.entry.size_bytes for other in shards[-1])
        if shards[-1] and filled + planned.entry.size_bytes > max_shard_bytes:
            shards.append([])
        shards[-1].append(planned)
    if len(shards) == 1:
        return [("model.safetensors", shards[0])]
    return [(f"model-{number:05}-of-{len(shards):05}.safetensors", shard) for number, shard in enumerate(shards, 1)]


def _model_tensors(model: PackedModel, dtype: torch.dtype) -> Iterator[Planned]:
    """Tied weights once, under the name that transformers looks for."""
    tied = model.causal_lm.all_tied_weights_keys
    adapted = {
        f"{name}.weight": module for name, module in model.causal_lm.named_modules() if isinstance(module, LoraLinear)
    }
    for names, tensor in targets(model):
        name = next(name for name in names if name not in tied)
        yield Planned(Entry(name, tuple(tensor.shape), dtype), _gathering(tensor, adapted.get(name), dtype))


def _gathering(tensor: torch.Tensor, adapted: LoraLinear | None, dtype: torch.dtype) -> Callable[[], torch.Tensor]:
    @torch.no_grad()
    def gather() -> torch.Tensor:
        whole = _whole(tensor)
        if adapted is not None:
            whole = merged(whole, _whole(adapted.lora_A), _whole(adapted.lora_B), adapted.scale)
        return whole.to(dtype)

    return gather


def _adapter_parts(model: PackedModel) -> list[tuple[str, list[Planned]]]:
    plan = []
    for name, module in model.causal_lm.named_modules():
        if isinstance(module, LoraLinear):
            for adapter in ADAPTERS:
                tensor = module.get_parameter(adapter)
                entry = Entry(f"base_model.model.{name}.{adapter}.weight", tuple(tensor.shape), torch.float32)
                plan.append(Planned(entry, _gathering(tensor, None, torch.float32)))
    return [(f"{ADAPTER_FOLDER}/adapter_model.safetensors", plan)] if plan else []


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor.detach()


def _write(draft: Path, parts: list[tuple[str, list[Planned]]], tensors: Iterator[torch.Tensor]) -> None:
    for file_name, plan in parts:
        (draft / file_name).parent.mkdir(exist_ok=True)
        with SafetensorsWriter(draft / file_name, [planned.entry for planned in plan]) as writer:
            for _ in plan:
                writer.write(next(tensors))
    files = {
        planned.entry.name: file for file, plan in parts for planned in plan if not file.startswith(ADAPTER_FOLDER)
    }
    if len(set(files.values())) > 1:
        size = sum(planned.entry.size_bytes for _, plan in parts for planned in plan if planned.entry.name in files)
        (draft / INDEX).write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": files}, indent=2) + "\n")


def _write_manifest(
    draft: Path, model: PackedModel, source_dir: str, dtype: torch.dtype, trained: Mapping[str, Any] | None
) -> None:
    adapted = {
        name.rpartition(".")[2]: module
        for name, module in model.causal_lm.named_modules()
        if isinstance(module, LoraLinear)
    }
    if adapted:
        write_adapter_config(draft / ADAPTER_FOLDER, source_dir, adapted)
    manifest = {"kind": KIND, "schema_version": 1, "source": source_dir, "dtype": str(dtype).removeprefix("torch.")}
    prints = {"weights": fingerprint(str(draft))}
    write_manifest(draft, {**manifest, **prints, **({"trained": dict(trained)} if trained else {})})


def _agree(failure: Exception | None, out: Path) -> None:
    """Raise the first rank's failure there, and word of it on the others."""
    if dist.is_initialized() and dist.get_world_size() > 1:
        told = [str(failure) if failure else ""]
        dist.broadcast_object_list(told, src=0)
        if told[0] and dist.get_rank() != 0:
            raise UserError(f"the first rank could not write '{out}': {told[0]}")
    if failure is not None:
        raise failure
