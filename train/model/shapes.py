"""The shape of a dense decoder: the few numbers of its config that memory and FLOPs follow from, and those of known
models.

With a built-in shape a plan needs neither weights nor network. The numbers are those of the `config.json` that the
models' makers published.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any, NamedTuple

from actors.program.user_error import UserError

Config = dict[str, Any]


class Shape(NamedTuple):
    """Sizes in elements. `queries` and `keys` are the widths of one token's queries and keys over all heads."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    queries: int
    keys: int
    vocabulary: int
    tied: bool  # the output matrix is the embedding


def _llama(
    layers: int, hidden: int, intermediate: int, heads: int, kv_heads: int, vocabulary: int, positions: int, **more: Any
) -> Config:
    return {
        "model_type": "llama",
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "tie_word_embeddings": False,
    } | more


SHAPES: dict[str, Config] = {
    "llama-2-7b": _llama(32, 4096, 11008, 32, 32, 32000, 4096),
    "llama-2-13b": _llama(40, 5120, 13824, 40, 40, 32000, 4096),
    "llama-2-70b": _llama(80, 8192, 28672, 64, 8, 32000, 4096),
    "llama-3-8b": _llama(32, 4096, 14336, 32, 8, 128256, 8192),
    "llama-3-70b": _llama(80, 8192, 28672, 64, 8, 128256, 8192),
    "smollm2-135m": _llama(30, 576, 1536, 9, 3, 49152, 8192, tie_word_embeddings=True),
}


def config_of(name: str) -> Config:
    """The config of a built-in shape. Raises `UserError` for an unknown name."""
    if name in SHAPES:
        return dict(SHAPES[name])
    near = difflib.get_close_matches(name.lower(), SHAPES, n=1, cutoff=0.5)
    raise UserError(
        f"unknown shape '{name}': " + (f"did you mean '{near[0]}'?" if near else f"known are {', '.join(SHAPES)}")
    )


def read_config(path: str | Path) -> Config:
    """The Hugging Face config of a model directory, or of the `config.json` itself. Raises `UserError`."""
    file = Path(path).expanduser()
    file = file / "config.json" if file.is_dir() else file
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UserError(f"cannot read the model's config '{file}': {reason}") from error
    except json.JSONDecodeError as error:
        raise UserError(f"the model's config '{file}' is not JSON: {error}") from error
    if not isinstance(content, dict) or "model_type" not in content:
        raise UserError(f"'{file}' is not a Hugging Face config: it has no 'model_type'")
    return content


def shape_of(config: Config) -> Shape:
    """The shape that a config describes. Raises `UserError` where it is not a dense decoder with Llama's names."""
    for key in ("num_local_experts", "num_experts", "n_routed_experts"):
        if config.get(key):
            raise UserError(
                f"the model's config has {key}={config[key]}: plans are made for dense decoders only, not for mixtures"
                " of experts"
            )
    wanted = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "vocab_size")
    missing = [key for key in wanted if not isinstance(config.get(key), int)]
    if missing:
        raise UserError(
            f"the model's config (model_type '{config.get('model_type')}') has no {missing[0]}: plans are made for"
            " Llama-like decoders"
        )
    heads = int(config["num_attention_heads"])
    width = config.get("head_dim") or config["hidden_size"] // heads
    return Shape(
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        intermediate=config["intermediate_size"],
        heads=heads,
        queries=heads * width,
        keys=(config.get("num_key_value_heads") or heads) * width,
        vocabulary=config["vocab_size"],
        tied=bool(config.get("tie_word_embeddings", False)),
    )
