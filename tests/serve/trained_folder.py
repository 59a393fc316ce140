"""A tiny model as the trainer exports it, and copies of it with one thing spoilt: what the tests of the check share."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tests.train import tokenizers_of_families
from tests.train.tiny_model import load_packed, write_model
from train.model.export import export
from train.model.trained_model import rendering_record
from train.renderers import create

SYSTEM_PROMPT = "You are an assistant in a shop."


def write_source(
    folder: Path, template: str | None = tokenizers_of_families.CHATML_TEMPLATE, *, tied: bool = True, **fields: Any
) -> Path:
    """A model before its training, with a ChatML tokenizer."""
    tokenizers_of_families.chatml(folder, template)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (stop,) = [token["id"] for token in tokenizer["added_tokens"] if token["content"] == "<|im_end|>"]
    tokens = len(tokenizer["model"]["vocab"]) + 16
    return write_model(folder, tied=tied, vocab_size=tokens, max_position_embeddings=1024, eos_token_id=stop, **fields)


def write_trained(source: Path, out: Path, *, renderer: str = "auto", system_prompt: str | None = None) -> Path:
    """What the trainer writes at the end of a run, the weights being others than the source's."""
    chosen = create(renderer, str(source), system_prompt)
    model = load_packed(source)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    stops, template = chosen.stop_token_ids, chosen.missing_template
    export(
        model, str(source), out, torch.float32, stop_ids=stops, chat_template=template, trained=rendering_record(chosen)
    )
    return out


def copied(folder: Path, out: Path) -> Path:
    shutil.copytree(folder, out)
    return out


def edited(folder: Path, name: str, **changes: Any) -> Path:
    """Change fields of one of its JSON files; None takes one away."""
    path = folder / name
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return folder


def with_template(folder: Path, template: str) -> Path:
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    return edited(folder, "tokenizer_config.json", chat_template=template)


def with_weights(folder: Path, **factors: float) -> Path:
    """Scale the tensors whose names contain a key."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    for part, factor in factors.items():
        tensors = {name: tensor * factor if part in name else tensor for name, tensor in tensors.items()}
    save_file(tensors, path, metadata={"format": "pt"})
    return folder
