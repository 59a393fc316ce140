"""Weights from a Hugging Face folder into a model that is already sharded: every rank reads its own rows and no others.

So no process ever holds the model (70B in float32 is 276 GB), and the file system's cache serves the ranks of one
machine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from torch.distributed.tensor import DTensor
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset
from transformers import PreTrainedModel

from actors.program.user_error import UserError
from actors.records.trajectory import digest
from train.model.lora import ADAPTERS, LoraLinear
from train.model.model import PackedModel

INDEX = "model.safetensors.index.json"
_READ_AT_ONCE = 64 * 2**20  # bytes
_BLOCKS, _BLOCK_BYTES = 256, 2**12  # of a file's fingerprint: the first and the last among them
_OLD_BUFFERS = re.compile(r"rotary_emb\.inv_freq$")  # Llama 2's files hold them; they are computed


class _Index(msgspec.Struct):
    """Which file has which tensor."""

    weight_map: dict[str, str]


class Target(NamedTuple):
    """A tensor of the model, with all the names under which a file may hold it (several where weights are tied)."""

    names: tuple[str, ...]
    tensor: torch.Tensor


@torch.no_grad()
def load(model: PackedModel, model_dir: str, device: torch.device, *, offload: bool = False) -> None:
    """Fill `model`, which is on the meta device; `offload` leaves the parameters on the CPU, as the sharding was told.

    Raises `UserError` if the folder has no safetensors, one is damaged, or they are not exactly this model's.
    """
    folder = Path(model_dir).expanduser()
    places = _places(folder)
    _compare(model, folder, places)
    model.to_empty(device="cpu" if offload else device)
    _keep_tied(model.causal_lm)
    _recompute_buffers(model.causal_lm, device)
    for target in targets(model):
        _fill(target, folder, places)
    for module in model.modules():
        if isinstance(module, LoraLinear):
            _start_adapter(module)


def targets(model: PackedModel) -> list[Target]:
    """What a checkpoint must hold: parameters and persistent buffers under transformers' names, without the
    adapters.
    """
    named: dict[int, Target] = {}
    for name, tensor in model.causal_lm.state_dict(keep_vars=True).items():
        if name.rpartition(".")[2] not in ADAPTERS:
            known = named.get(id(tensor), Target((), tensor))
            named[id(tensor)] = Target((*known.names, name), tensor)
    return list(named.values())


def rows(tensor: torch.Tensor) -> tuple[torch.Tensor, int]:
    """This rank's part of `tensor` and the number of its first row."""
    if not isinstance(tensor, DTensor):
        return tensor, 0
    _, offsets = compute_local_shape_and_global_offset(tensor.shape, tensor.device_mesh, tensor.placements)
    return tensor.to_local(), offsets[0] if offsets else 0


def fingerprint(model_dir: str) -> str:
    """A hash of the model's config and, of each weight file, of name, size and some blocks spread over it: whether it
    is the same model, without reading all of it. (Fine-tuned siblings have the same names and sizes.)"""
    folder = Path(model_dir).expanduser()
    files = sorted(set(_places(folder).values()))
    return digest((folder / "config.json").read_text(), *((name, *_sampled(folder / name)) for name in files))


def _sampled(path: Path) -> tuple[int, str]:
    """A file's size, and a hash of blocks of it."""
    size, content = path.stat().st_size, hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        for place in range(_BLOCKS):
            file.seek(max(0, size - _BLOCK_BYTES) * place // (_BLOCKS - 1))
            content.update(file.read(_BLOCK_BYTES))
    return size, content.hexdigest()


def _places(folder: Path) -> dict[str, str]:
    """The file of every tensor. Raises `UserError` where there are none."""
    if (folder / INDEX).is_file():
        try:
            places = msgspec.json.decode((folder / INDEX).read_bytes(), type=_Index).weight_map
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UserError(f"'{folder / INDEX}' is no index of safetensors: fetch the model again") from error
        if missing := sorted({file for file in places.values() if not (folder / file).is_file()}):
            raise UserError(
                f"model '{folder}' lacks '{missing[0]}', which its index names ({len(missing)} such): fetch the model"
                " again"
            )
        return places
    if (folder / "model.safetensors").is_file():
        with _open(folder / "model.safetensors") as file:
            return dict.fromkeys(file.keys(), "model.safetensors")
    if pickles := sorted(folder.glob("*.bin")):
        raise UserError(
            f"model '{folder}' has its weights as pickles only ({pickles[0].name}), which could run any code: save it"
            " as safetensors first"
        )
    raise UserError(f"model '{folder}' has no weights: neither model.safetensors nor {INDEX} is there")


def _open(path: Path) -> Any:
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise UserError(f"'{path}' is damaged or cut off ({error}): fetch it again") from error


def _compare(model: PackedModel, folder: Path, places: Mapping[str, str]) -> None:
    """Every name and shape, before anything is read."""
    wanted = targets(model)
    missing = [target.names[0] for target in wanted if not any(name in places for name in target.names)]
    if missing:
        raise UserError(
            f"model '{folder}' lacks the tensor '{missing[0]}' ({len(missing)} are missing): it is not what its"
            " config.json says"
        )
    known = {name for target in wanted for name in target.names}
    patterns = [_OLD_BUFFERS, *map(re.compile, model.causal_lm._keys_to_ignore_on_load_unexpected or ())]
    strange = sorted(
        name for name in places if name not in known and not any(pattern.search(name) for pattern in patterns)
    )
    if strange:
        raise UserError(
            f"model '{folder}' holds '{strange[0]}' ({len(strange)} unknown tensors): it is not what its config.json"
            " says"
        )
    shapes = dict(_shapes(folder, places))
    for target in wanted:
        for name in target.names:
            if name in places and shapes.get(name) != tuple(target.tensor.shape):
                found, made = _times(shapes.get(name)), _times(target.tensor.shape)
                raise UserError(f"'{folder / places[name]}': '{name}' is {found}, but config.json makes it {made}")


def _shapes(folder: Path, places: Mapping[str, str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for file_name in sorted(set(places.values())):
        with _open(folder / file_name) as file:
            for name in file.keys():  # noqa: SIM118 (not a dict)
                if places.get(name) == file_name:
                    yield name, tuple(file.get_slice(name).get_shape())


def _times(shape: tuple[int, ...] | torch.Size | None) -> str:
    return "not there" if shape is None else "x".join(map(str, shape)) or "a number"


def _keep_tied(causal_lm: PreTrainedModel) -> None:
    """`to_empty` gives every name a tensor of its own, unless it is sharded: tie again."""
    for name, source in causal_lm.all_tied_weights_keys.items():
        if causal_lm.get_parameter(name) is not causal_lm.get_parameter(source):
            parent, _, attribute = name.rpartition(".")
            setattr(causal_lm.get_submodule(parent), attribute, causal_lm.get_parameter(source))


def _recompute_buffers(causal_lm: PreTrainedModel, device: torch.device) -> None:
    """What no file holds, the rotary frequencies above all: computed by transformers itself, in the dtype that it
    chose.
    """
    for name, module in causal_lm.named_modules():
        own = {key: buffer for key, buffer in module.named_buffers(recurse=False) if buffer.is_floating_point()}
        for key, buffer in own.items():
            module.register_buffer(
                key,
                torch.full_like(buffer, torch.nan, device=device),
                persistent=key not in module._non_persistent_buffers_set,
            )
        volatile = [key for key in own if key in module._non_persistent_buffers_set]
        if volatile:
            causal_lm._init_weights(module)  # type: ignore[no-untyped-call]  # of its parameters too, where it has some: they are filled from the file after this
        for key in volatile:
            if module.get_buffer(key).isnan().any():
                raise UserError(
                    f"a '{causal_lm.config.model_type}' model cannot be trained here: transformers does not compute"
                    f" '{name}.{key}'"
                )


def _fill(target: Target, folder: Path, places: Mapping[str, str]) -> None:
    first, *others = [name for name in target.names if name in places]
    part, start = rows(target.tensor)
    for here, read in _read(folder / places[first], first, part, start):
        with torch.no_grad():
            here.copy_(read)
    for other in others:  # tied by the config, but the file has it twice
        for here, read in _read(folder / places[other], other, part, start):
            if not torch.equal(here.cpu(), read.to(here.dtype)):
                raise UserError(
                    f"model '{folder}': config.json ties '{first}' and '{other}', but they differ: set"
                    " tie_word_embeddings to false"
                )


def _read(path: Path, name: str, part: torch.Tensor, start: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Pieces of `part` (its own memory) beside the rows of the file that belong there, some at a time."""
    if part.numel() == 0:
        return
    with _open(path) as file:
        if part.ndim == 0:
            yield part, file.get_tensor(name)
            return
        view = file.get_slice(name)
        at_once = max(1, _READ_AT_ONCE // (part[0].numel() * 8))
        for at in range(0, len(part), at_once):
            end = min(at + at_once, len(part))
            yield part[at:end], view[start + at : start + end]


def _start_adapter(module: LoraLinear) -> None:
    for adapter in ADAPTERS:
        part, start = rows(module.get_parameter(adapter))
        with torch.no_grad():
            part.copy_(module.initial(adapter)[start : start + len(part)])
