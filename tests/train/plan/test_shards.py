from __future__ import annotations

import pytest
import torch.distributed as dist

from actors.program.user_error import UserError
from tests.train.planned import TINY, settings
from train.model.shapes import config_of
from train.plan.shards import by_rule, counted
from train.settings import Lora


def test_the_rule_gives_what_fully_shard_gives() -> None:
    asked = settings(lora=Lora(rank=3))
    found = counted(TINY, asked, [1, 2, 7, 64])
    assert found == {ranks: by_rule(TINY, asked, ranks) for ranks in (1, 2, 7, 64)}
    assert found[7].local.both * 7 > found[7].whole.both  # what does not divide is rounded up
    assert not dist.is_initialized()


def test_llama_2_70b_is_counted_on_the_real_modules() -> None:
    asked, config = settings(), config_of("llama-2-70b")
    found = counted(config, asked, [8, 16, 64])
    assert found == {ranks: by_rule(config, asked, ranks) for ranks in (8, 16, 64)}
    assert found[64].whole.both == 68_976_648_192
    assert found[64].local.both * 64 == found[64].whole.both
    assert found[64].root.both == 2 * 32000 * 8192 + 8192


def test_a_model_that_the_trainer_refuses_is_refused_in_its_words() -> None:
    with pytest.raises(
        UserError, match=r"it has 4096 positions: set batch.sequence_tokens \(now 8192\) to at most that"
    ):
        counted(TINY, settings(batch={"sequence_tokens": 8192}), [2])


def test_a_kind_of_model_that_transformers_lacks_is_told() -> None:
    with pytest.raises(UserError, match="knows no model of type 'perceptron'"):
        by_rule(TINY | {"model_type": "perceptron"}, settings(), 1)
