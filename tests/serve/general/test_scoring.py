"""What the general check asks of a model is what a plain transformers forward says, one sequence after the other,
without packing.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, PreTrainedModel

from serve.general import arithmetic, multiple_choice
from serve.general.check import asked
from serve.general.items import PLACES, conversation
from serve.general.readings import Reading, answers, rows, shared_tokens, whole
from serve.general.scoring import Scorer
from tests.train import tokenizers_of_families
from tests.train.tiny_model import write_model
from train.renderers import create
from train.renderers.conversation import Conversation

IDS = st.lists(st.integers(0, 3), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("model")
    tokenizers_of_families.chatml(folder)
    vocabulary = len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]) + 16
    return write_model(folder, vocab_size=vocabulary, max_position_embeddings=1024)


def plain(model: PreTrainedModel, prompt: list[int], said: list[int]) -> float:
    """The log-probability of `said` behind `prompt`, by transformers alone."""
    with torch.no_grad():
        likely = model(torch.tensor([[*prompt, *said]])).logits[0].double().log_softmax(-1)
    return sum(float(likely[len(prompt) - 1 + i, token]) for i, token in enumerate(said))


def load(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")


@pytest.mark.parametrize("shots", [0, 3])
@pytest.mark.parametrize("form", ["words", "letters"])
def test_replies_are_scored_as_transformers_scores_them(
    model_dir: Path, shots: int, form: multiple_choice.Form
) -> None:
    renderer, reference = create("auto", str(model_dir), None), load(model_dir)
    items = (
        multiple_choice.generate(6, 0, form)
        if form == "letters"
        else [*arithmetic.generate(6, 0), *multiple_choice.generate(6, 0)]
    )
    examples = multiple_choice.examples(form)[:shots]
    readings = [reading for number, item in enumerate(items) for reading in asked(renderer, examples, item, number)]
    found = (
        Scorer(str(model_dir), "float32", "cpu", 512)
        .log_probabilities(readings, PLACES * len(items))
        .reshape(-1, PLACES)
    )
    for item, likely in zip(items, found, strict=True):
        for reply, value in zip(item.replies, likely, strict=True):
            talk = conversation(examples, item.question, reply)
            text = [{"role": message.role, "content": message.content} for message in talk[:-1]]
            prompt = renderer.encoder.tokenizer.apply_chat_template(text, add_generation_prompt=True)["input_ids"]
            said = renderer.encoder.tokenizer(reply, add_special_tokens=False)["input_ids"]
            assert value == pytest.approx(plain(reference, prompt, said), abs=1e-4)


def test_chat_loss_is_transformers_own(model_dir: Path) -> None:
    renderer, reference = create("auto", str(model_dir), None), load(model_dir)
    talks = [
        conversation([("one two", "three"), ("a", "b")][:number], f"why {number}", "because\nof this " * (number + 1))
        for number in range(3)
    ]
    rendered = [renderer.render(Conversation("x", "", talk, {})) for talk in talks]
    readings = [whole(one.token_ids, one.trained, number) for number, one in enumerate(rendered)]
    found = Scorer(str(model_dir), "float32", "cpu", 64).log_probabilities(readings, len(readings))
    for one, total in zip(rendered, found, strict=True):
        labels = torch.tensor(
            [[token if trained else -100 for token, trained in zip(one.token_ids, one.trained, strict=True)]]
        )
        with torch.no_grad():
            loss = reference(torch.tensor([one.token_ids]), labels=labels).loss
        assert -total / sum(one.trained) == pytest.approx(float(loss), abs=1e-4)


def test_a_model_that_was_taught_the_answers_knows_them_all(model_dir: Path, tmp_path: Path) -> None:
    renderer, model = create("auto", str(model_dir), None), load(model_dir)
    items = [*arithmetic.generate(4, 0), *multiple_choice.generate(4, 0, "letters")]
    taught = [
        renderer.render(Conversation("x", "", conversation((), item.question, item.replies[item.right]), {}))
        for item in items
    ]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(15):
        for one in taught:
            labels = [token if trained else -100 for token, trained in zip(one.token_ids, one.trained, strict=True)]
            model(torch.tensor([one.token_ids]), labels=torch.tensor([labels])).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    tokenizers_of_families.chatml(tmp_path)
    model.save_pretrained(tmp_path)
    readings = [reading for number, item in enumerate(items) for reading in asked(renderer, (), item, number)]
    found = {
        str(folder): Scorer(str(folder), "float32", "cpu", 512)
        .log_probabilities(readings, PLACES * len(items))
        .reshape(-1, PLACES)
        for folder in (tmp_path, model_dir)
    }
    knows, untaught = (
        [int(place) == item.right for place, item in zip(row.argmax(1), items, strict=True)] for row in found.values()
    )
    assert all(knows)
    assert not all(untaught)


@given(IDS, st.lists(IDS, min_size=2, max_size=4))
def test_every_token_of_every_candidate_is_asked_for_behind_what_came_before(
    prompt: list[int], candidates: list[list[int]]
) -> None:
    readings = answers(prompt, candidates, 10)
    for number, candidate in enumerate(candidates):
        asked_for = [
            (reading, target) for reading in readings for target in reading.targets if target.owner == 10 + number
        ]
        assert [target.label for _, target in asked_for] == candidate
        for i, (reading, target) in enumerate(asked_for):
            assert list(reading.ids[: target.at + 1]) == [*prompt, *candidate[:i]]


@given(st.lists(st.lists(st.integers(0, 1), min_size=2, max_size=9), min_size=1, max_size=8), st.integers(4, 30))
def test_rows_hold_every_question_once_and_share_what_is_alike(sequences: list[list[int]], row_tokens: int) -> None:
    readings = [whole(ids, [True] * len(ids), number) for number, ids in enumerate(sequences)]
    shared, seen = shared_tokens(readings), []
    for row in rows(readings, row_tokens):
        batch = row.batch
        ends = list(batch.starts_S1[1:])
        for at, label, owner in zip(row.at_N, row.labels_N, row.owners_N, strict=True):
            segment = next(s for s, end in enumerate(ends) if at < end)
            parent = batch.parents_S[segment]
            before = batch.ids_T[: batch.starts_S1[1]] if parent == 0 else batch.ids_T[:0]
            context = np.concatenate([before, batch.ids_T[batch.starts_S1[segment] : at + 1]])
            assert [*context, label] == sequences[owner][: len(context) + 1]
            assert batch.positions_T[at] == len(context) - 1
            seen.append((owner, len(context)))
        assert len(batch.ids_T) <= max(row_tokens, *(len(reading.ids) for reading in readings))
    assert sorted(seen) == sorted((number, i) for number, ids in enumerate(sequences) for i in range(1, len(ids)))
    assert shared == 0  # the first token behind the first is asked for already


def test_what_questions_begin_with_alike_is_read_once() -> None:
    readings = [
        Reading((7, 7, 7, number, 5), tuple(whole((7, 7, 7, number, 5, 9), [False] * 5 + [True], number).targets))
        for number in range(4)
    ]
    (row,) = rows(readings, 100)
    assert shared_tokens(readings) == 3
    assert list(row.batch.ids_T) == [7, 7, 7, 0, 5, 1, 5, 2, 5, 3, 5]
