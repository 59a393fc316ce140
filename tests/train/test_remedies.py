from __future__ import annotations

import pytest

from tests.train.planned import TINY, settings
from train.memory import GIB, predict
from train.remedies import Change, cheapest_change
from train.shapes import config_of

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
    assert change.set == ("compute.checkpointing=every", "optimizer.state_bits=8", "compute.precision=bfloat16")
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
