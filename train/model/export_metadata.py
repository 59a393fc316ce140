"""What stands beside an exported model's weights: config, generation config, tokenizer, chat template, adapter
config.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from actors.program.user_error import UserError
from train.model.lora import LoraLinear

_TOKENIZER = (
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "chat_template.json"),
)
_PAPERS = ("LICENSE*", "USE_POLICY*", "NOTICE*")
_SAMPLING = {
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
    "min_p": None,
    "typical_p": 1.0,
}  # transformers' neutral values


def write_metadata(
    out: Path, source: Path, dtype: torch.dtype, stop_ids: Sequence[int], chat_template: str | None
) -> None:
    """Everything but weights, from the model folder `source`. Raises `UserError` if a file of it cannot be read."""
    config = _read(source / "config.json")
    _write(out / "config.json", _config(config, dtype))
    generation = _read(source / "generation_config.json") if (source / "generation_config.json").exists() else {}
    _write(out / "generation_config.json", _generation(generation, config, stop_ids))
    for name in _TOKENIZER:
        if (source / name).is_file():
            shutil.copyfile(source / name, out / name)
    for path in (path for pattern in _PAPERS for path in source.glob(pattern) if path.is_file()):
        shutil.copyfile(path, out / path.name)
    if chat_template is not None:
        _replace_template(out, chat_template)


def write_adapter_config(folder: Path, source_dir: str, adapted: Mapping[str, LoraLinear]) -> None:
    """peft's adapter_config.json; `adapted` has one layer of each adapted name."""
    layer = next(iter(adapted.values()))
    rank = layer.lora_A.shape[0]
    settings = {
        "r": rank,
        "lora_alpha": layer.scale * rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted(adapted),
    }
    _write(
        folder / "adapter_config.json",
        {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": source_dir,
            "inference_mode": True,
            **settings,
        },
    )


def _config(source: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    name = str(dtype).removeprefix("torch.")
    return {**source, "dtype": name} | ({"torch_dtype": name} if "torch_dtype" in source else {})


def _generation(source: dict[str, Any], config: Mapping[str, Any], stop_ids: Sequence[int]) -> dict[str, Any]:
    """The source's, stopping at the trained stop tokens too; sampling parameters without `do_sample` would not be
    valid: they win.
    """
    stops = source.get("eos_token_id", config.get("eos_token_id"))
    stops = [] if stops is None else [stops] if isinstance(stops, int) else list(stops)
    stops = list(dict.fromkeys([*stops, *stop_ids]))
    samples = any(source.get(name, neutral) not in (neutral, None) for name, neutral in _SAMPLING.items())
    written = {**source, **({"eos_token_id": stops if len(stops) > 1 else stops[0]} if stops else {})}
    return {**written, "do_sample": True} if samples else written


def _replace_template(out: Path, chat_template: str) -> None:
    (out / "chat_template.json").unlink(missing_ok=True)
    (out / "chat_template.jinja").write_text(chat_template, encoding="utf-8")
    if (out / "tokenizer_config.json").exists():
        tokenizer = _read(out / "tokenizer_config.json")
        tokenizer.pop("chat_template", None)
        _write(out / "tokenizer_config.json", tokenizer)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read '{path}': {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"'{path}' holds no JSON object: it is not a model's")
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
