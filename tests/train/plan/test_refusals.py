"""What cannot be trained is said before anything runs, by every command alike, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ray

from actors.program.command_line import main
from tests.train.tiny_model import write_model
from tests.train.tiny_run import changed, write_inputs
from train.__main__ import COMMANDS


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {**write_inputs(tmp_path_factory.mktemp("refused"), agent=4, general=4), "out": "OUT"}


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def give(name: str, config: dict[str, Any]) -> tuple[int, str]:
        path = tmp_path / "config.json"
        capsys.readouterr()
        path.write_text(json.dumps({**config, "out": str(tmp_path / "out")}))
        code = main("train", "", COMMANDS, [name, str(path)])
        assert not (tmp_path / "out").exists()
        assert not ray.is_initialized()
        return code, capsys.readouterr().err

    return give


def model_like(inputs: dict[str, Any], folder: Path) -> Path:
    folder.mkdir()
    for path in Path(inputs["model"]).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("name", ["preview", "plan", "run"])
def test_a_tokenizer_with_ids_beyond_the_embedding_is_refused(
    name: str, inputs: dict[str, Any], command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    model = model_like(inputs, tmp_path / "model")
    tokenizer = json.loads((model / "tokenizer.json").read_text())
    rows, last = len(tokenizer["model"]["vocab"]), max(token["id"] for token in tokenizer["added_tokens"])
    for path in model.glob("*.safetensors"):
        path.unlink()
    write_model(model, tied=True, vocab_size=rows)
    code, said = command(name, {**inputs, "model": str(model)})
    assert code == 2
    assert f"the tokenizer's ids reach {last} (" in said
    assert f"has {rows} rows" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["plan", "run"])
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"workers": {"number": 2}, "optimizer": {"state_bits": 8}}, "optimizer.state_bits=8 on 2 workers"),
        ({"data__renderer": "llama-3"}, "has no <|begin_of_text|>, which 'llama-3' needs"),
        ({"data__chat_template": "{% for"}, "the chat template refuses it"),
    ],
)
def test_what_no_run_can_do_is_refused_by_the_plan_too(
    name: str, fields: dict[str, Any], words: str, inputs: dict[str, Any], command: Callable[..., tuple[int, str]]
) -> None:
    code, said = command(name, changed(inputs, **fields))
    assert (code, said.count("\n")) == (2, 1)
    assert words in said


def test_a_tracker_that_is_missing_is_noticed_before_ray_starts(
    inputs: dict[str, Any], command: Callable[..., tuple[int, str]]
) -> None:
    code, said = command("run", changed(inputs, logging__trackers=["mlflow"]))
    assert code == 2
    assert "logging.trackers names 'mlflow', which is not installed" in said


Spoil = Callable[[Path], object]
SPOILT: list[tuple[Spoil, str, int]] = [  # what is said, and the exit code of preview, for which a tokenizer is enough
    (lambda model: (model / "config.json").unlink(), "config", 0),
    (lambda model: (model / "config.json").write_bytes(b"\xff\xfe"), "config.json", 2),
    (lambda model: (model / "config.json").write_text("[]"), "config.json", 2),
    (lambda model: (model / "config.json").write_text('{"model_type": "nothing"}'), "config", 0),
    (lambda model: (model / "config.json").write_text('{"model_type": "llama", "vocab_size": "many"}'), "config", 2),
    (lambda model: (model / "tokenizer.json").write_bytes(b"\0" * 100), "tokenizer", 2),
    (lambda model: (model / "tokenizer_config.json").write_text("{"), "tokenizer", 2),
]


@pytest.mark.parametrize("name", ["preview", "plan", "run"])
@pytest.mark.parametrize(("spoil", "words", "of_preview"), SPOILT)
def test_a_damaged_model_folder_is_one_line(
    name: str,
    spoil: Spoil,
    words: str,
    of_preview: int,
    inputs: dict[str, Any],
    command: Callable[..., tuple[int, str]],
    tmp_path: Path,
) -> None:
    model = model_like(inputs, tmp_path / "model")
    spoil(model)
    code, said = command(name, {**inputs, "model": str(model)})
    if name == "preview" and of_preview == 0:
        assert code == 0
        return
    assert code == 2, said
    assert words in said
    assert said.count("\n") == 1
