"""What a resumed run must share with its checkpoint, and what it may change."""

from __future__ import annotations

from typing import Any

import pytest

from actors.program.user_error import UserError
from tests.train.test_settings import WHOLE
from tests.train.tiny_run import changed
from train.run.identity import identity, refuse_other
from train.settings import TrainSettings


def of(precision: str = "float32", data: str = "d", model: str = "m", **changes: Any) -> dict[str, Any]:
    return identity(TrainSettings.model_validate(changed(WHOLE, **changes)), data, model, 2, precision)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (of(seed=1), "seed=0, this run has 1"),
        (of(model="n"), "model='m'"),
        (of(data="e"), "the data, the tokenizer or the renderer have changed"),
        (of("mixed"), "compute.precision='float32', this run has 'mixed'"),
        (of(data__eta=0.3), "data.eta=0.2"),
        (of(data__ratio_counts="tokens"), "data.ratio_counts"),
        (of(data__label_weights={"a": 1.0}), "data.label_weights"),
        (of(batch__sequences=8), "batch.sequences=64"),
        (of(packing__window=2), "packing.window=1024"),
        (of(packing__shared_prefixes=False), "packing.shared_prefixes=True"),
        (of(optimizer__clip_norm=2.0), "optimizer.clip_norm=1.0"),
        (of(lora={"rank": 2}), "lora=None"),
    ],
)
def test_what_changes_the_numbers_is_refused_by_its_name(now: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match="another 'out'") as caught:
        refuse_other("step-2", of(), now)
    assert said in str(caught.value)


def test_what_changes_no_number_may_change() -> None:
    free = of(
        workers__number=4,
        compute__checkpointing="every",
        batch__micro_sequences=4,
        optimizer__offload=True,
        logging__every_steps=9,
    )
    refuse_other("step-2", of(), free)
