from __future__ import annotations

import json
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from tests.train.planned import settings
from tests.train.tokenizers_of_families import chatml
from tests.train.written_dataset import data_of, mixed_documents, write_dataset
from train.data.collate import collate
from train.data.steps import StepPlan
from train.plan.flops import pairs_in
from train.plan.workload import SAMPLED_STEPS, bound, of_data, of_dataset


def test_without_data_a_step_is_the_most_that_it_can_be() -> None:
    work = bound(settings(batch={"sequences": 4, "sequence_tokens": 100}), "why")
    assert (work.steps, work.tokens, work.trained_tokens, work.unknown) == (1, 400, 400, "why")
    assert work.pairs == (4 * 5050, 4 * 10000)


@pytest.mark.parametrize("shared", [True, False])
def test_with_data_a_step_is_what_the_run_will_compute(tmp_path: Path, shared: bool) -> None:
    dataset = write_dataset(
        tmp_path / "cache", mixed_documents({("agent", "os"): 60, ("general", "chat"): 60}, prefix=100), 256
    )
    batch = {"sequences": 3, "sequence_tokens": 256}
    data = data_of(eta=0.5)
    asked = settings(data=data.model_dump(), batch=batch, packing={"shared_prefixes": shared}, steps=100)
    work = of_dataset(asked, dataset)
    walk = StepPlan(dataset, asked.data, asked.packing, asked.batch, asked.seed).walk()
    steps = [next(walk) for _ in range(SAMPLED_STEPS)]
    batches = [collate(dataset, step.bins) for step in steps]
    assert work.tokens == sum(len(row.ids_T) for row in batches) / SAMPLED_STEPS
    assert work.trained_tokens == sum(row.trained for row in batches) / SAMPLED_STEPS
    assert work.pairs.causal == sum(pairs_in(row).causal for row in batches) // SAMPLED_STEPS
    assert work.pairs.causal < bound(asked, "").pairs.causal
    assert (work.represented > work.tokens) == shared
    assert {stream.name: stream.conversations for stream in work.streams} == {"agent/os": 60, "general/chat": 60}


def test_epochs_become_steps_where_the_data_is_there(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "cache", mixed_documents({("agent", "os"): 40, ("general", "chat"): 40}), 128)
    asked = settings(
        data=data_of().model_dump(), batch={"sequences": 2, "sequence_tokens": 128}, steps=None, epochs=2.0
    )
    steps = of_dataset(asked, dataset).steps
    assert steps is not None
    assert steps > 2


def test_data_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match="'runs/none/filtered' is not there"):
        of_data(settings(), print)


def test_data_that_is_there_is_tokenised_and_counted(tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "What is two and two?"}, {"from": "gpt", "value": "Four."}]
    records = [
        {"id": str(number), "conversations": [{**turn, "value": f"{turn['value']} {number}"} for turn in turns]}
        for number in range(9)
    ]
    source = tmp_path / "chat.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records))
    general = {"path": str(source), "label": "chat"}
    data = {"eta": 0.0, "general": [general], "held_out": 0, "cache": str(tmp_path / "cache")}
    asked = settings(model=str(chatml(tmp_path / "model")), data=data, batch={"sequences": 2, "sequence_tokens": 256})
    work = of_data(asked, lambda line: None)
    assert [(stream.name, stream.conversations) for stream in work.streams] == [("general/chat", 9)]
    assert 0 < work.trained_tokens < work.tokens < 2 * 256
