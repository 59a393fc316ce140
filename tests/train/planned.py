"""Settings and configs that the tests of the planning share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from train.model.shapes import Config
from train.plan.shards import Shards, by_rule
from train.settings import TrainSettings

TINY: Config = {
    "model_type": "llama",
    "num_hidden_layers": 3,
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "vocab_size": 512,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}


def settings(**fields: Any) -> TrainSettings:
    """Of a run of one step; whole parts may be given."""
    content = {
        "model": "models/none",
        "out": "runs/none",
        "steps": 1,
        "data": {"eta": 1.0, "agent": [{"path": "runs/none/filtered"}]},
    }
    return TrainSettings.model_validate(content | fields)


def by_rules(config: Config, asked: TrainSettings, ranks: Iterable[int]) -> dict[int, Shards]:
    """What `train.plan.shards.counted` gives (test_shards.py), without a process of its own."""
    return {number: by_rule(config, asked, number) for number in ranks}
