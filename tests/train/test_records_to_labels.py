"""From a file of records to the labels of a packed batch, through every part between: only the trained replies' own
text is trained on.

The oracle is the text alone: what each family writes, and which of it is trained (`conversations.py`), found again in
the batch by decoding each document's tokens, with the prefix that it shares, run by run.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.records.trajectory import Message
from tests.train import tokenizers_of_families as families
from tests.train.renderers.conversations import (
    Run,
    expected_chatml,
    expected_llama2,
    expected_llama3,
    runs_of,
    same_space,
)
from train.data.batch import IGNORED
from train.data.collate import collate
from train.data.documents import Dataset
from train.data.steps import Step, StepPlan
from train.data.tokenized import prepare
from train.renderers import Rendered, Renderer, create
from train.settings import Batch, Data, Packing, Source

FRAGMENTS = (
    "hello ",
    "</s>",
    "<|im_end|>",
    "<|eot_id|>",
    " [/INST] ",
    "\n\n",
    " ",
    "漢字",
    "😀",
    "x",
    "Act: go\n",
    "<think>no</think>",
)
FAMILIES = {
    "llama-2": (families.llama2, expected_llama2),
    "llama-3": (families.llama3, expected_llama3),
    "chatml": (families.chatml, expected_chatml),
}
OPENING = [
    ("system", "You are in a shop.", None),
    ("user", "Rules: " + "buy things " * 20, None),
    ("assistant", "Ok.", False),
]


def said(numbers: random.Random, most: int = 8) -> str:
    """It ends with a letter, so that no family's stripping changes it."""
    return "".join(numbers.choice(FRAGMENTS) for _ in range(numbers.randint(1, most))) + numbers.choice("abc")


def trajectory(numbers: random.Random) -> list[tuple[str, str, bool | None]]:
    """Mostly with the common opening, whose reply is seldom trained; then turns, some not trained."""
    turns = list(OPENING[numbers.choice((0, 0, 1)) :] if numbers.random() < 0.8 else [])
    if turns and numbers.random() < 0.2:
        turns[-1] = ("assistant", "Ok.", True)
    for _ in range(numbers.randint(1, 4)):
        turns += [("user", said(numbers), None), ("assistant", said(numbers), numbers.random() < 0.6)]
    return turns


def write_records(folder: Path, seed: int) -> dict[str, tuple[Message, ...]]:
    """Two files; the messages of each record by its id.

    Two trajectories are copies of others, one is the beginning of another.
    """
    numbers = random.Random(seed)
    agent = [trajectory(numbers) for _ in range(26)]
    agent += [agent[0], agent[1], agent[2][: 2 + len(agent[2]) // 2 * 2 - 2]]
    general = [
        [(who, said(numbers), None) for _ in range(numbers.randint(1, 4)) for who in ("user", "assistant")]
        for _ in range(30)
    ]
    for name, prefix, chats in (("agent", "os_", agent), ("general", "g", general)):
        records: list[dict[str, Any]] = [
            {
                "id": f"{prefix}{i}",
                "conversations": [{"role": who, "content": text, "loss": loss} for who, text, loss in turns],
            }
            for i, turns in enumerate(chats)
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    named = [(f"os_{i}", turns) for i, turns in enumerate(agent)] + [
        (f"g{i}", turns) for i, turns in enumerate(general)
    ]
    return {name: tuple(Message(who, text, loss) for who, text, loss in turns) for name, turns in named}  # type: ignore[arg-type]


def documents_in(dataset: Dataset, step: Step) -> Iterator[tuple[str, Rendered]]:
    """Every document of a step's batch as the model gets it: its ids, and by the labels which of them are trained
    on.
    """
    batch = collate(dataset, step.bins)
    segments = [segment for one in step.bins for segment in one.segments]
    for number, segment in enumerate(segments):
        if number in batch.parents_S:
            continue  # a prefix: it comes with its continuations
        parts = [part for part in (int(batch.parents_S[number]), number) if part >= 0]
        places = [place for part in parts for place in range(batch.starts_S1[part], batch.starts_S1[part + 1])]
        ids, labels = batch.ids_T[places].tolist(), batch.labels_T[places].tolist()
        assert batch.positions_T[places].tolist() == list(range(len(places)))
        assert labels[-1] == IGNORED
        assert all(label in (IGNORED, following) for label, following in zip(labels, ids[1:], strict=False))
        yield dataset.name(segment.document), Rendered(ids, [False, *(label != IGNORED for label in labels[:-1])], [])


def is_cut(found: list[Run], whole: list[Run]) -> bool:
    """Whether it is the beginning of the whole, up to a trained reply's end (and the newline that ChatML has behind
    it).
    """
    *before, (text, trained) = found
    tail = whole[len(before)]
    return (
        before == whole[: len(before)]
        and tail[1] == trained
        and (tail[0] == text if trained else text == "\n" == tail[0][:1])
    )


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("overlong", "tokens"), [("drop", 420), ("cut", 200)])
def test_exactly_the_trained_replies_are_trained_on(name: str, overlong: Any, tokens: int, tmp_path: Path) -> None:
    messages, (write, expected) = write_records(tmp_path, seed=tokens), FAMILIES[name]
    renderer: Renderer = create("auto", str(write(tmp_path / "model")), None)
    sources = {
        "agent": (Source(path=str(tmp_path / "agent.jsonl")),),
        "general": (Source(path=str(tmp_path / "general.jsonl")),),
    }
    data = Data(**sources, eta=0.5, held_out=2, overlong=overlong, cache=str(tmp_path / "cache"))
    dataset = prepare(data, tokens, renderer, lambda line: None)
    seen, shared, cuts = set(), 0, 0
    for step in itertools.islice(
        StepPlan(dataset, data, Packing(), Batch(sequences=4, sequence_tokens=tokens), 3).walk(), 12
    ):
        shared += sum(segment.parent >= 0 for one in step.bins for segment in one.segments)
        for document, rendered in documents_in(dataset, step):
            found, whole = same_space(runs_of(renderer, rendered)), same_space(expected(messages[document]))
            assert found == whole or (overlong == "cut" and is_cut(found, whole)), document
            seen.add(document)
            cuts += found != whole
    held_out = {dataset.name(number) for stream in dataset.streams for number in stream.held_out}
    assert held_out
    assert not held_out & seen
    assert len(seen) > 30
    assert shared > 5 or name == "llama-2"
    assert (cuts > 0) == (overlong == "cut")
