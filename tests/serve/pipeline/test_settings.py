from __future__ import annotations

import copy
import stat
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from actors.llms.vllm_settings import VLLMSettings
from actors.program.configuration import check, load
from actors.program.user_error import UserError
from actors.service.episode_list import scoring_settings
from actors.service.settings import RolloutSettings
from serve.evaluation.playing import Playing, playing
from serve.pipeline.evaluations import ENGINE
from serve.pipeline.layout import FREE_IN_ROLLOUTS, FREE_IN_TRAINING, Layout
from serve.pipeline.settings import GeneralCheck, PipelineSettings
from serve.pipeline.stage import said
from serve.pipeline.stages import missing_teacher, stages, train_settings
from train.run.identity import identity
from train.settings import TrainSettings

ROOT = Path(__file__).parents[3]
PIPELINES = [path for path in sorted((ROOT / "configs").glob("*.yaml")) if "\nact:" in path.read_text()]
CONFIG: dict[str, Any] = {
    "out": "runs/tiny",
    "base": "models/tiny",
    "general": {"path": "chat.jsonl", "label_field": "model"},
    "act": {
        "tasks": [{"environment": "practice", "generate": 4}],
        "llm": {"kind": "openai", "model": "gpt-4o", "sampling": {"temperature": 0.7}},
    },
    "train": {"steps": 4, "data": {"eta": 0.5}},
    "evaluate": {
        "suite": "suite.yaml",
        "llm": {"kind": "vllm", "dtype": "float32", "threads": 2},
        "models": ["base", "tuned", "teacher"],
    },
    "general_check": {"items": 20, "form": "letters"},
}


def settings(**changed: Any) -> PipelineSettings:
    """The config with `key__inner=value` put in."""
    content = copy.deepcopy(CONFIG)
    for name, value in changed.items():
        node, *keys = [content], 0, *name.split("__")
        for key in keys[:-1]:
            node = node[key]  # type: ignore[assignment,index]
        node[keys[-1]] = value  # type: ignore[index]
    return check(content, PipelineSettings, "this.yaml")


@pytest.fixture(autouse=True)
def _suite_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite of two columns, one of them of a file, in the current folder."""
    columns = {
        "new": [{"environment": "practice", "generate": 6, "seed": 7}],
        "old": [{"environment": "practice", "file": "tasks.jsonl"}],
    }
    (tmp_path / "suite.yaml").write_text(
        yaml.safe_dump({"name": "tiny", "columns": columns, "sampling_max_tokens": 64})
    )
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_the_pipelines_that_come_with_the_project_resolve(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    found = load(str(path), [], PipelineSettings)
    if found.evaluate and not Path(found.evaluate.suite).exists():
        pytest.skip(f"its suite {found.evaluate.suite} is not here")
    names = [stage.name for stage in stages(found, Path("/out"))]
    assert {"act", "filter", "dataset", "train", "check", "report"} <= set(names)
    assert len(set(names)) == len(names)


def test_the_stages_stand_in_an_order_in_which_each_finds_what_it_reads():
    made: set[Path] = {Path("models/tiny"), Path("chat.jsonl"), Path("tasks.jsonl")}
    found = stages(settings(), Path("/out"))
    for stage in found:
        for path in stage.reads.values():
            assert any(path.is_relative_to(there) for there in made), f"{stage.name} reads {path}"
        made |= {stage.writes} - {None}  # type: ignore[arg-type]
    order = (
        "act filter dataset evaluate-base train check evaluate-tuned evaluate-teacher general-base general-tuned report"
    )
    assert [stage.name for stage in found] == order.split()


def test_models_and_chats_of_packages_are_built_first():
    found = stages(
        settings(base={"package": "smollm2"}, general={"package": "sharegpt", "label": "chat"}), Path("/out")
    )
    assert [(stage.name, stage.command) for stage in found[:2]] == [
        ("model", "python -m actors.llms.smollm2 /out/base"),
        ("chat", "python -m train.data.sharegpt_package /out/chat.jsonl"),
    ]


def test_every_config_is_one_that_its_command_takes(tmp_path: Path):
    config: dict[str, type] = {"act": RolloutSettings, "train": TrainSettings}
    found = {stage.name: stage for stage in stages(settings(), tmp_path / "out")}
    for name, stage in found.items():
        stage.write_config()
        if stage.config_path is not None:
            assert str(stage.config_path) in stage.words
            assert load(str(stage.config_path), [], config.get(name, Playing)) == stage.config
    assert load(str(tmp_path / "out/configs/act.yaml"), [], RolloutSettings).store == str(tmp_path / "out/act")


def test_a_password_in_an_address_goes_into_the_commands_config_only_which_is_its_owners(tmp_path: Path):
    llm = {"kind": "openai", "model": "m", "base_url": "https://me:pass-0123@host/v1", "api_key_env": []}
    act = {stage.name: stage for stage in stages(settings(act__llm=llm), tmp_path)}["act"]
    assert act.config_path is not None
    act.config_path.parent.mkdir(parents=True)
    act.config_path.write_text("left by an earlier version")
    act.config_path.chmod(0o644)
    act.write_config()
    assert load(str(act.config_path), [], RolloutSettings) == act.config
    assert stat.S_IMODE(act.config_path.stat().st_mode) == 0o600
    basis = act.basis(tmp_path)
    assert basis.config["llm"]["base_url"] == "https://…@host/v1"
    assert b"pass-0123" not in msgspec.json.encode(basis)


def test_what_a_dry_run_misses_of_the_teacher_is_what_the_run_would_refuse(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("BLANK", " ")
    monkeypatch.setenv("WHOLE", "key\nkey")
    llm = {
        "kind": "openai",
        "model": "m",
        "api_key_env": ["BLANK"],
        "headers": {"x-auth": "${NO_A}"},
        "query": {"key": "${NO_B}"},
    }
    missing = list(missing_teacher(settings(act__llm=llm)))
    assert missing == [
        f"'act.llm' wants the environment variable {name}, which is not set" for name in ("BLANK", "NO_A", "NO_B")
    ]
    two_lines = {"kind": "openai", "model": "m", "api_key_env": ["WHOLE"]}
    assert [line[:35] for line in missing_teacher(settings(act__llm=two_lines))] == [
        "'act.llm': environment variable WHOL"[:35]
    ]


def test_the_trainer_reads_what_the_stages_before_it_wrote():
    config = settings()
    trained = train_settings(config, Layout(config, Path("/out")))
    assert (trained.model, trained.out) == ("models/tiny", "/out/train")
    assert [(source.path, source.label_field) for source in (*trained.data.agent, *trained.data.general)] == [
        ("/out/dataset", ""),
        ("chat.jsonl", "model"),
    ]


def test_a_teacher_is_measured_greedily_whatever_it_acted_with(tmp_path: Path):
    found = {stage.name: stage for stage in stages(settings(), tmp_path)}["evaluate-teacher"]
    found.write_config()
    player = playing(str(found.config_path), [], max_tokens=64)  # as `serve evaluate` reads it
    assert (player.llm.model, player.llm.sampling.temperature, player.llm.sampling.max_tokens) == ("gpt-4o", 0.0, 64)  # type: ignore[union-attr]


def test_the_check_serves_as_the_evaluation_will_and_by_transformers_where_there_is_none():
    words = {stage.name: stage.words for stage in stages(settings(), Path("/out"))}["check"]
    assert words == ["serve", "check", "/out/train/model", "--run", "/out/train", "dtype=float32", "threads=2"]
    alone = settings(evaluate={"suite": "suite.yaml", "models": ["teacher"]})
    assert {stage.name: stage.words for stage in stages(alone, Path("/out"))}["check"][-2:] == [
        "--engine",
        "transformers",
    ]
    assert set(VLLMSettings.model_fields) >= ENGINE


def test_the_general_check_s_options_are_those_of_the_command():
    import argparse

    from serve.general import general_command

    parser = argparse.ArgumentParser()
    general_command.add_arguments(parser)
    stage = {stage.name: stage for stage in stages(settings(), Path("/out"))}["general-base"]
    given = parser.parse_args(stage.words[2:])
    assert (given.items, given.form, given.training, given.name) == (20, "letters", "/out/train", "base")
    assert all(parser.get_default(name) == getattr(GeneralCheck(), name) for name in GeneralCheck.model_fields)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"tain": 1}, "this.yaml: unknown key 'tain': did you mean 'train'?"),
        (
            {"act__tasks": [{"environment": "practice", "genrate": 4}]},
            "unknown key 'act.tasks.0.genrate': did you mean 'generate'?",
        ),
        (
            {"act__store": "x"},
            "'act.store' is not said in a pipeline: it follows from 'out', 'base' and 'general'; remove it",
        ),
        ({"train__model": "x"}, "'train.model' is not said in a pipeline"),
        ({"train__data__general": []}, "'train.data.general' is not said in a pipeline"),
        ({"evaluate__llm": {"kind": "vllm", "model": "x"}}, "'evaluate.llm.model' is not said in a pipeline"),
        ({"evaluate__llm": None}, "'llm' is missing: say how base and tuned model are served"),
        ({"evaluate__models": ["base", "base"]}, "'models' names one of them twice"),
        ({"general": None, "general_check": None}, "train.data.eta is 0.5, but 'general' names no chats"),
        ({"general": None, "train__data__eta": 1}, "'general_check' has no chats to measure"),
        ({"act__split": "test"}, "act.tasks.0 is of split 'test', and suites draw from every split but 'train'"),
        ({"base": {}}, "'base': give the 'path' of a model directory, or 'package: smollm2'"),
        ({"base": {"path": "mine", "package": "smollm2"}}, "'path: mine' and 'package: smollm2' are two sources"),
        ({"general": {"path": "mine", "package": "sharegpt"}}, "'path: mine' and 'package: sharegpt' are two sources"),
        ({"filter": {"min_reward": 2.0}}, "'filter.min_reward': input should be less than or equal to 1"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(changed: dict[str, Any], told: str):
    with pytest.raises(UserError) as error:
        settings(**changed)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_an_agent_side_alone_needs_no_chats():
    found = settings(general=None, general_check=None, train__data__eta=1)
    assert stages(found, Path("/out"))
    assert train_settings(found, Layout(found, Path("/out"))).data.general == ()


def free(key: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def test_what_a_training_run_s_identity_holds_counts():
    trained = stages(settings(), Path("/out"))[4].config
    assert isinstance(trained, TrainSettings)
    held = set(identity(trained, "data", "model", 4, "float32")) - {"model", "data"}  # whose content is read
    assert not [key for key in held if free(key, FREE_IN_TRAINING)]
    assert all(
        free(key, FREE_IN_TRAINING)
        for key in ("workers.number", "checkpoints.keep", "compute.device", "optimizer.offload", "out")
    )


def test_what_makes_an_episode_another_counts():
    act = settings().act
    held = {f"limits.{key}" for key in scoring_settings(act)} | {f"llm.{key}" for key in act.llm.identity()}
    held |= {
        "llm.sampling.temperature",
        "llm.dtype",
        "llm.max_model_len",
        "llm.chat_template",
        "tasks.0.generate",
        "seed",
        "attempts",
    }
    assert not [key for key in held if free(key, FREE_IN_ROLLOUTS)]
    assert all(
        free(key, FREE_IN_ROLLOUTS)
        for key in ("llm_actors.concurrency", "budget", "llm.requests_per_minute", "retries.max_tries")
    )


def test_an_engine_s_free_settings_are_none_of_its_identity(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    plain = VLLMSettings(model=str(tmp_path))
    other = plain.model_copy(
        update={"threads": 2, "gpu_memory_utilization": 0.5, "kv_cache_gib": 1.0, "start_timeout_s": 5.0}
    )
    assert plain.identity() == other.identity()


def test_the_kind_of_an_llm_is_said_although_it_is_a_default():
    assert said(settings().act)["llm"]["kind"] == "openai"
    assert said(settings(act__llm={"kind": "reference"}).act)["llm"] == {"kind": "reference"}
