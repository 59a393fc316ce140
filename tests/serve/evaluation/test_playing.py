"""What `--llm` may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.vllm_settings import VLLMSettings
from actors.program.user_error import UserError
from serve.evaluation.playing import is_playing, playing


def model(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def test_a_model_directory_is_played_by_vllm_greedily(tmp_path: Path) -> None:
    found = playing(str(model(tmp_path / "tuned")), ["llm.threads=1", "llm_actors.concurrency=3"], max_tokens=99)
    assert isinstance(found.llm, VLLMSettings)
    assert found.name == "tuned"
    assert (found.llm.model, found.llm.threads, found.llm_actors.concurrency) == (str(tmp_path / "tuned"), 1, 3)
    assert (found.llm.sampling.temperature, found.llm.sampling.max_tokens) == (0.0, 99)


def test_a_server_of_ones_own_gets_nobodys_key() -> None:
    own = playing("http://127.0.0.1:8000/v1/", ["llm.model=tuned"]).llm
    assert isinstance(own, OpenAISettings)
    assert (own.base_url, own.model, own.api_key_env) == ("http://127.0.0.1:8000/v1", "tuned", ())
    theirs = playing("https://api.openai.com/v1", ["llm.model=o9"]).llm
    assert isinstance(theirs, OpenAISettings)
    assert theirs.api_key_env == ("OPENAI_API_KEY",)


def test_a_model_of_the_price_table_is_the_providers() -> None:
    found = playing("gpt-4o", [])
    assert (found.llm.kind, found.name) == ("openai", "gpt-4o")


def test_the_reference_takes_no_settings() -> None:
    assert playing("reference", [], max_tokens=5).name == "reference"
    with pytest.raises(UserError, match=r"unknown key 'llm.reference.sampling'"):
        playing("reference", ["llm.sampling.temperature=0"])


def test_a_rollouts_config_lends_its_player_and_nothing_else(tmp_path: Path) -> None:
    config = tmp_path / "teacher.yaml"
    config.write_text(
        "store: runs/x\ntasks: []\nllm: {kind: openai, model: m}\nbudget: 5\nllm_actors: {concurrency: 2}\n"
    )
    found = playing(str(config), ["budget=7"])
    assert (found.name, found.budget, found.llm_actors.concurrency) == ("m", 7.0, 2)
    config.write_text("store: runs/x\n")
    with pytest.raises(UserError, match="'llm' is missing"):
        playing(str(config), [])


def test_what_would_not_be_greedy_or_not_the_suites_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"llm.sampling.temperature is 0.7, but an evaluation is greedy"):
        playing("gpt-4o", ["llm.sampling.temperature=0.7"])
    config = tmp_path / "warm.yaml"
    config.write_text("llm: {kind: openai, model: m, sampling: {temperature: 1}}\n")
    with pytest.raises(UserError, match="temperature is 1"):
        playing(str(config), [])
    assert playing(str(config), ["llm.sampling.temperature=0"]).llm.sampling.temperature == 0
    with pytest.raises(UserError, match="max_tokens is 64, but the suite pins"):
        playing("gpt-4o", ["llm.sampling.max_tokens=64"], max_tokens=128)


@pytest.mark.parametrize("override", ["llm.sampling=warm", "llm.sampling.temperature=cold", "llm=gpt", "llm.kind=gpt"])
def test_an_override_of_the_wrong_kind_is_one_line(override: str) -> None:
    with pytest.raises(UserError) as refused:
        playing("gpt-4o", [override])
    assert "llm" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_llm_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "notes.txt").touch()
    inside = model(tmp_path / "run").rename(tmp_path / "weights" / "final")
    cases = {
        str(tmp_path / "weights"): f"is a directory without a config.json: did you mean '{inside}'?",
        str(tmp_path / "weights" / "nowhere"): "is nothing known: give a model directory",
        str(tmp_path / "notes.txt"): "is a file: give a model directory",
        str(tmp_path / "nowhere.yaml"): "cannot read config",
        "gpt-4oo": "did you mean 'gpt-4o'?",
        "http://127.0.0.1:8000/v1": "add llm.model=NAME",
    }
    for chosen, said in cases.items():
        with pytest.raises(UserError) as refused:
            playing(chosen, [])
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)


def test_an_override_is_the_players_by_its_first_part() -> None:
    words = [
        "llm.threads=2",
        "llm_actors.actors=1",
        "budget=3",
        "retries.environment=0",
        "limits.max_turns=3",
        "llms=1",
        "name=llm.x",
    ]
    assert [word for word in words if is_playing(word)] == words[:4]
