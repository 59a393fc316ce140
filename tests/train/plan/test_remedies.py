from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from transformers import AutoConfig

from actors.program.configuration import with_overrides
from actors.program.user_error import UserError
from tests.train.planned import TINY, settings
from train.model.model import build_on_meta
from train.model.shapes import Config, config_of
from train.plan import refusals
from train.plan.memory import GIB, predict
from train.plan.refusals import most_workers
from train.plan.remedies import Change, cheapest_change
from train.settings import TrainSettings

SEVENTY = config_of("llama-2-70b")
H100 = int(79.1 * GIB)


def test_the_first_change_that_fits_alone_is_taken_though_a_later_one_saves_more() -> None:
    change = cheapest_change(settings(compute={"checkpointing": "none"}), SEVENTY, 64, H100, cuda=True)
    assert change is not None
    assert change.set == ("compute.checkpointing=every",)  # 'alternate' does not fit
    assert change.fits


def test_what_one_change_cannot_do_several_do_together() -> None:
    change = cheapest_change(settings(), SEVENTY, 8, H100, cuda=True)
    assert change is not None
    assert change.set == ("compute.checkpointing=every", "compute.precision=bfloat16", "optimizer.offload=true")
    assert change.fits


def test_what_a_change_saves_is_the_difference_of_the_predictions() -> None:
    plain, recomputed = (settings(compute={"checkpointing": policy}) for policy in ("none", "every"))
    change = cheapest_change(plain, SEVENTY, 64, H100, cuda=True)
    totals = [predict(asked, SEVENTY, 64, cuda=True).total for asked in (plain, recomputed)]
    assert change is not None
    assert change.saves == totals[0] - totals[1]


def test_where_nothing_is_enough_the_most_that_can_be_saved_is_told_so() -> None:
    change = cheapest_change(settings(), SEVENTY, 1, GIB, cuda=False)
    assert change is not None
    assert not change.fits
    assert change.advice.endswith("and not enough")
    assert "workers.number" not in change.advice  # more processes on the same machine give no memory
    assert "optimizer.offload" not in change.advice


def test_nothing_is_advised_where_everything_is_done() -> None:
    least = settings(
        compute={"checkpointing": "every", "precision": "bfloat16", "loss_chunk_tokens": 64},
        optimizer={"state_bits": 8, "offload": True},
        lora={},
        batch={"sequences": 1},
    )
    assert cheapest_change(least, TINY, 1, 1, cuda=True) is None


@pytest.mark.parametrize(("fits", "words"), [(True, "set a=1 (−2.0 GiB)"), (False, "set a=1 (−2.0 GiB), which is")])
def test_advice_is_a_clause_with_what_to_type(fits: bool, words: str) -> None:
    assert Change(("a=1",), 2 * GIB, fits).advice.startswith(words)


WIDE = TINY | {"hidden_size": 512, "intermediate_size": 1376, "num_hidden_layers": 8, "vocab_size": 32000}
NAMED_OTHERWISE = [WIDE | {"model_type": kind, "pad_token_id": None} for kind in ("phi3", "glm4", "starcoder2")]


@pytest.mark.parametrize("cuda", [True, False])
@pytest.mark.parametrize(
    ("config", "number"),
    [*((WIDE, number) for number in (1, 2, 8, (1, 8), (2, 4))), *((config, 2) for config in NAMED_OTHERWISE)],
    ids=lambda value: value["model_type"] if isinstance(value, dict) else str(value),
)
def test_every_change_that_is_advised_is_one_that_a_run_takes(config: Config, number: Any, cuda: bool) -> None:
    """On devices from far too small to large enough, for configs that have made some of the changes already."""
    seen = set[str]()
    done: list[dict[str, Any]] = [
        {},
        {"optimizer": {"state_bits": 8}},
        {"compute": {"checkpointing": "every", "precision": "bfloat16"}},
    ]
    for fields in done:
        for gib in (0.2, 0.7, 1.2, 2, 4, 40):
            asked = settings(workers={"number": number}, batch={"sequences": 64, "micro_sequences": 2}, **fields)
            least = number if isinstance(number, int) else number[0]
            change = cheapest_change(asked, config, least, int(gib * GIB), cuda=cuda)
            if change is None:
                continue
            seen.update(change.set)
            taken = TrainSettings.model_validate(with_overrides(asked.model_dump(mode="json"), change.set))
            if (
                fields != done[1] or most_workers(asked) == 1
            ):  # what was refused before is not mended by advice about memory
                refusals.of_config(taken)
                if taken.lora:
                    build_on_meta(
                        AutoConfig.for_model(**config), precision="float32", sequence_tokens=4096, lora=taken.lora
                    )
    assert any(words.startswith("lora.rank") for words in seen)
    assert not any(words == "optimizer.state_bits=8" for words in seen) or number == 1


@pytest.mark.skipif(importlib.util.find_spec("torchao") is not None, reason="torchao is installed")
def test_advice_that_needs_a_package_says_so_where_it_is_not() -> None:
    told = Change(("compute.precision=bfloat16",), 2 * GIB, True).advice
    assert told == "set compute.precision=bfloat16 (−2.0 GiB; needs torchao: pip install 'torchao>=0.18')"
    with pytest.raises(UserError, match=r"bfloat16 need torchao: pip install 'torchao>=0.18'"):
        refusals.of_packages(settings(compute={"precision": "bfloat16"}))


def test_eight_bits_on_several_workers_are_refused_by_plan_and_run_alike() -> None:
    for number in (2, (1, 2)):
        with pytest.raises(UserError, match=r"optimizer.state_bits=8 on 2 workers.*or one worker"):
            refusals.of_config(settings(workers={"number": number}, optimizer={"state_bits": 8}))
