"""A config that cannot be meant is refused in one line, before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actors.program.configuration import check
from actors.program.user_error import UserError
from train.settings import Data, TrainSettings

SOURCE = {"path": "chats.jsonl"}
WHOLE: dict[str, Any] = {"model": "m", "out": "o", "steps": 2, "data": {"agent": [SOURCE], "general": [SOURCE]}}


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("data", {"agent": [SOURCE], "general": [SOURCE], "eta": 1.5}, "data.eta"),
        ("data", {"agent": [SOURCE]}, "'general' names no source"),
        ("data", {"general": [SOURCE]}, "'agent' names no source"),
        (
            "data",
            {"agent": [SOURCE], "eta": 1, "renderer": "vicuna"},
            "'auto', 'llama-2', 'llama-3', 'chatml' or 'template'",
        ),
        ("data", {"agent": [SOURCE], "general": [SOURCE], "label_weights": {"a": -1}}, "must not be negative"),
        ("data", {"agent": [SOURCE], "general": [SOURCE], "label_weights": {"a": float("nan")}}, "finite number"),
        ("optimizer", {"learning_rate": float("inf")}, "finite number"),
        ("optimizer", {"betas": [0.9, 1.0]}, "optimizer.betas.1"),
        ("optimizer", {"lr": 1e-5}, "unknown key 'optimizer.lr'"),
        ("workers", {"number": 0}, "greater than or equal to 1"),
        ("workers", {"number": [4, 2]}, "the fewest and the most workers, found 4 and 2"),
        ("epochs", 1.0, "exactly one of 'steps' and 'epochs'"),
        ("steps", None, "exactly one of 'steps' and 'epochs'"),
    ],
)
def test_what_cannot_be_meant_is_one_line(part: str, value: object, said: str) -> None:
    with pytest.raises(UserError) as caught:
        check({**WHOLE, part: value}, TrainSettings, "run.yaml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_defaults_are_agenttunings() -> None:
    settings = check(WHOLE, TrainSettings, "run.yaml")
    assert (settings.data.eta, settings.data.ratio_counts) == (0.2, "conversations")
    assert (settings.batch.sequences, settings.batch.sequence_tokens) == (64, 4096)
    assert (settings.optimizer.learning_rate, settings.optimizer.warmup, settings.optimizer.final) == (5e-5, 0.02, 0)


def test_a_chat_template_is_a_text_or_what_a_file_holds(tmp_path: Path) -> None:
    data = {"agent": [{"path": "a"}], "eta": 1.0}
    (tmp_path / "t.jinja").write_text("\ufeff{{ messages }}\n", encoding="utf-8")
    assert Data(**data, chat_template=str(tmp_path / "t.jinja")).chat_template == "{{ messages }}\n"
    assert Data(**data, chat_template="{% for m in messages %}").chat_template == "{% for m in messages %}"
    (tmp_path / "none.jinja").write_text("no template")
    (tmp_path / "binary.jinja").write_bytes(b"\xff\xfe\x00")
    for name, why in (
        ("none", "holds no chat template"),
        ("binary", "not UTF-8 text"),
        ("away", "No such file"),
        ("a\0b", "nor a file"),
    ):
        with pytest.raises(UserError, match=rf"data\.chat_template.*{why}") as caught:
            check(
                {
                    "model": "m",
                    "out": "o",
                    "steps": 1,
                    "data": {**data, "chat_template": str(tmp_path / f"{name}.jinja")},
                },
                TrainSettings,
                "c",
            )
        assert "\n" not in str(caught.value)
