"""What a pipeline's record is read as."""

from __future__ import annotations

from pathlib import Path

import pytest

from serve.pipeline import ledger
from serve.pipeline.decision import Action, Basis, Record, decide, digest_of


@pytest.mark.parametrize(
    ("then", "now"),
    [("actors.smollm2", "actors.llms.smollm2"), ("train.sharegpt_package", "train.data.sharegpt_package")],
)
def test_a_stage_that_ran_under_its_modules_old_name_is_unchanged(then: str, now: str, tmp_path: Path) -> None:
    before = Basis([then, "OUT/made"], {}, {})
    record = Record(before, digest_of(before, ()), started=1.0, ended=2.0, exit_code=0)
    ledger.write(tmp_path, ledger.Ledger("c.yaml", {"made": record}))
    read = ledger.read(tmp_path).stages["made"]
    decision = decide(Basis([now, "OUT/made"], {}, {}), read, output=True, in_place=True, free=())
    assert (decision.action, decision.reason) == (Action.SKIP, "unchanged")
