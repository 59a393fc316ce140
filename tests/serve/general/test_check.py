"""The general check as a user starts it, on a tiny model and a real training run: what it measures, what it refuses,
what it does again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from actors.program.user_error import UserError
from serve.__main__ import COMMANDS, main
from serve.general.check import Wanted, dtype_of, renderer_of
from serve.general.general_result import (
    ChatLoss,
    ConversationLoss,
    Estimate,
    GeneralCheck,
    difference,
    loss_estimate,
    read,
    share_estimate,
    write,
)
from serve.general.untrained_chats import trained_on, training_of
from tests.serve.trained_folder import SYSTEM_PROMPT, write_source, write_trained
from tests.train.tiny_run import changed, run_here, write_inputs
from train.data.sources import read as conversations
from train.data.splits import content_hash
from train.settings import Source


class Trained(NamedTuple):
    config: dict[str, Any]
    chats: str
    run: str


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One step of a run that holds four of its chats out."""
    folder = tmp_path_factory.mktemp("run")
    config = changed(write_inputs(folder), data__held_out=4)
    run_here(config, stop_after=1)
    return Trained(config, str(folder / "general.jsonl"), config["out"])


def general(trained: Trained, out: Path, *more: str) -> int:
    words = [
        "general",
        trained.config["model"],
        "--chats",
        trained.chats,
        "--out",
        str(out),
        "--items",
        "8",
        "--dtype",
        "float32",
    ]
    return main("serve", "", COMMANDS, [*words, *more])


def test_a_check_is_written_shown_and_not_made_twice(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert general(trained, tmp_path, "--name", "tiny", "--chat-tokens", "400") == 0
    shown = capsys.readouterr()
    assert "loss on held-out chat" in shown.out
    found = read(tmp_path)
    assert (found.name, found.dtype, found.kind) == ("tiny", "float32", "general check")
    assert len(found.answers) == len(dict(found.answers)) == 16
    assert found.items.keys() == {"arithmetic", "multiple_choice"}
    assert sum(loss.tokens for loss in found.chat.each) == found.chat.tokens > 0
    assert found.chat.loss.low < found.chat.loss.value < found.chat.loss.high

    before = (tmp_path / "general.json").stat().st_mtime_ns
    assert general(trained, tmp_path, "--name", "tiny", "--chat-tokens", "400") == 0
    assert "nothing is computed" in capsys.readouterr().err
    assert (tmp_path / "general.json").stat().st_mtime_ns == before
    assert general(trained, tmp_path, "--name", "other", "--chat-tokens", "400") == 0
    assert read(tmp_path) == msgspec.structs.replace(found, name="other")

    assert general(trained, tmp_path, "--chat-tokens", "400", "--seed", "1") == 0
    assert "(seed)" in capsys.readouterr().err
    again = read(tmp_path)
    assert again.chat == found.chat
    assert not set(dict(again.answers)) & set(dict(found.answers))


def test_a_model_is_measured_as_it_was_trained_unless_told_otherwise(tmp_path: Path) -> None:
    source = write_source(tmp_path / "base")
    tuned = write_trained(source, tmp_path / "tuned", system_prompt=SYSTEM_PROMPT)
    rest = Wanted(str(source), "m", "", "", None, 1, 1, 0, 0, "words", "auto", "cpu")
    for model, said, prompt in (
        (source, None, None),
        (tuned, None, SYSTEM_PROMPT),
        (tuned, "Be kind.", "Be kind."),
        (source, "Hi", "Hi"),
    ):
        assert renderer_of(rest._replace(model=str(model), system_prompt=said), None).system_prompt == prompt


def test_what_a_run_trained_on_is_not_measured(trained: Trained, tmp_path: Path) -> None:
    assert general(trained, tmp_path / "held out", "--training", trained.run) == 0
    assert general(trained, tmp_path / "all") == 0
    held_out, everything = ([loss.id for loss in read(tmp_path / name).chat.each] for name in ("held out", "all"))
    hashes = {content_hash(one.messages) for one in conversations(Source(path=trained.chats), "general")}
    assert len(held_out) == 4
    assert {int(one, 16) for one in held_out} == hashes - trained_on(training_of(trained.run), print)
    assert set(held_out) == set(sorted(everything)[:4])  # by the rule alone they are the first


def test_tokenised_data_that_is_gone_is_made_again_and_must_be_the_same(trained: Trained, tmp_path: Path) -> None:
    training = training_of(trained.run)
    elsewhere = training.settings.data.model_copy(update={"cache": str(tmp_path / "cache")})
    moved = training._replace(settings=training.settings.model_copy(update={"data": elsewhere}))
    said: list[str] = []
    assert trained_on(moved, said.append) == trained_on(training, print)
    assert "made again" in said[0]
    other = elsewhere.model_copy(update={"held_out": 3, "cache": str(tmp_path / "other")})
    with pytest.raises(UserError, match="no longer what the run read"):
        trained_on(training._replace(settings=training.settings.model_copy(update={"data": other})), said.append)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--training", "NOWHERE"], "is no training run"),
        (["--chats", "NOWHERE"], "does not exist"),
        (["--chats", "EMPTY"], "holds no conversation"),
        (["--chats", "SEEN", "--training", "RUN"], "no conversation that the training did not train on"),
        (["--chat-tokens", "20"], "raise it, or give more chat"),
        (["--items", "0"], "give at least 1"),
        (["--shots", "4"], "there are 3 worked examples"),
    ],
)
def test_what_cannot_be_checked_is_told_in_a_line(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    seen = trained_on(training_of(trained.run), print)
    lines = Path(trained.chats).read_text().splitlines()
    kept = [
        one
        for one, line in zip(conversations(Source(path=trained.chats), "general"), lines, strict=True)
        if content_hash(one.messages) in seen
    ]
    (tmp_path / "seen.jsonl").write_text(
        "".join(line + "\n" for line in lines if json.loads(line)["id"] in {one.id for one in kept})
    )
    (tmp_path / "empty.jsonl").write_text('{"conversations": []}\n')
    places = {"NOWHERE": "nowhere", "EMPTY": "empty.jsonl", "SEEN": "seen.jsonl"}
    given = [
        str(tmp_path / places[word]) if word in places else trained.run if word == "RUN" else word for word in words
    ]
    capsys.readouterr()
    assert general(trained, tmp_path / "out", *given) == 2
    error = capsys.readouterr().err
    assert told in error.splitlines()[-1]
    assert "Traceback" not in error
    assert not (tmp_path / "out" / "general.json").exists()


def test_a_folder_that_is_no_model_and_a_family_that_is_not_computed(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing, strange = tmp_path / "nothing", tmp_path / "strange"
    strange.mkdir()
    for file in Path(trained.config["model"]).iterdir():
        (strange / file.name).write_bytes(file.read_bytes())
    (strange / "config.json").write_text(json.dumps({"model_type": "gpt_neox"}))
    for model, told in (
        (nothing, "is no model folder: it has no config.json"),
        (strange, "cannot train a 'gpt_neox' model"),
    ):
        assert general(trained._replace(config={"model": str(model)}), tmp_path / "out") == 2
        assert told in capsys.readouterr().err.splitlines()[-1]


def made(name: str, losses: list[tuple[str, float, int]], answers: list[tuple[str, int]]) -> GeneralCheck:
    each = [ConversationLoss(*loss) for loss in losses]
    chat = ChatLoss(len(each), sum(loss.tokens for loss in each), loss_estimate(each), each)
    return GeneralCheck(
        name, name, "float32", 1.0, chat, {"arithmetic": share_estimate("arithmetic", [a for _, a in answers])}, answers
    )


def test_a_difference_is_paired_by_conversation_and_item() -> None:
    first = made(
        "a", [("x", 10.0, 5), ("y", 40.0, 10), ("z", 1.0, 1)], [(f"arithmetic/{i}", int(i < 30)) for i in range(40)]
    )
    second = made("b", [("y", 45.0, 10), ("x", 11.0, 5)], [(f"arithmetic/{i}", int(i < 20)) for i in range(2, 42)])
    found = difference(first, second)
    assert found.chat.value == pytest.approx((45 + 11) / 15 - (40 + 10) / 15)
    assert found.chat.low <= found.chat.value <= found.chat.high
    assert found.items["arithmetic"].number == 38
    assert found.items["arithmetic"].value == pytest.approx(-10 / 38)
    assert found.items["arithmetic"].high < 0


def test_a_model_against_itself_differs_by_nothing() -> None:
    one = made("a", [("x", 10.0, 5), ("y", 40.0, 10)], [("arithmetic/1", 1), ("arithmetic/2", 0)])
    assert difference(one, one).chat == Estimate(0.0, 0.0, 0.0, 2)
    assert difference(one, one).items["arithmetic"].value == 0


def test_checks_of_other_conversations_or_items_are_not_compared() -> None:
    one = made("a", [("x", 10.0, 5)], [("arithmetic/1", 1)])
    for other, what in (([("y", 1.0, 1)], "conversation"), ([("x", 1.0, 1)], "item")):
        with pytest.raises(UserError, match=f"have no {what} in common"):
            difference(one, made("b", other, [("arithmetic/2", 1)]))


def test_checks_in_another_dtype_or_with_other_examples_are_not_compared() -> None:
    one = made("a", [("x", 4.0, 2), ("y", 3.0, 1)], [("arithmetic/1", 1)])
    for key, value in (("dtype", "bfloat16"), ("shots", 0)):
        with pytest.raises(UserError, match=rf"differ in {key} \(None, {value}\): make one again"):
            difference(one, msgspec.structs.replace(one, identity={key: value}))


def test_the_interval_of_a_loss_is_over_conversations() -> None:
    random = np.random.default_rng(0)
    each = [ConversationLoss(str(i), float(mean) * 50, 50) for i, mean in enumerate(random.normal(2.0, 0.4, 100))]
    found = loss_estimate(each)
    spread = float(np.std([loss.loss_sum / 50 for loss in each])) / 10
    assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.1)


def test_a_result_is_read_as_it_was_written_or_refused(tmp_path: Path) -> None:
    one = made("a", [("x", 10.0, 5), ("y", 4.0, 1)], [("arithmetic/1", 1)])
    write(tmp_path / "new", one)
    assert read(tmp_path / "new") == one
    with pytest.raises(UserError, match="holds no general check"):
        read(tmp_path)
    (tmp_path / "new" / "general.json").write_text("{}")
    with pytest.raises(UserError, match="cannot be read as a general check"):
        read(tmp_path / "new")
    write(tmp_path / "new", msgspec.structs.replace(one, schema_version=99))
    with pytest.raises(UserError, match="newer version"):
        read(tmp_path / "new")


def test_the_dtype_is_what_was_asked_for_or_what_the_device_is_fast_at() -> None:
    assert dtype_of("float32", "cuda") == "float32"
    assert dtype_of("auto", "cuda") == "bfloat16"
