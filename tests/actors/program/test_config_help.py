"""What `--help-config` says of a config."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from actors.program.command_line import Command
from actors.program.config_help import keys
from actors.service.settings import RolloutSettings
from agenttuning.__main__ import COMMANDS, run
from environments.registry import all_registered
from train.__main__ import COMMANDS as TRAINING


class Inner(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: Literal["inner"] = "inner"
    """Which."""
    size: float | None = Field(default=None, gt=0)
    """How
    large."""


class Other(BaseModel):
    kind: Literal["other"] = "other"


class Outer(BaseModel):
    name: str
    one: Annotated[Inner | Other, Field(discriminator="kind")] = Inner()
    several: dict[str, tuple[Inner, ...]] = {}
    hidden: str = Field(default="", exclude=True)


def test_keys_of_models_inside_are_named_by_the_path_to_them() -> None:
    assert [key.name for key in keys(Outer)] == [
        "name",
        "one",
        "one.[inner].kind",
        "one.[inner].size",
        "one.[other].kind",
        "several",
        "several.*.*.kind",
        "several.*.*.size",
    ]


def test_a_key_has_its_kind_its_default_and_its_meaning_on_one_line() -> None:
    found = {key.name: key for key in keys(Outer)}
    assert found["name"][1:] == ("text", "(required)", "")
    assert found["several.*.*.size"][1:] == ("number | null", "= null", "How large.")
    assert found["several"].kind == "mapping to list of mapping"


def test_each_environments_own_settings_are_among_those_of_a_rollout() -> None:
    names = {key.name for key in keys(RolloutSettings)}
    for name, environment in all_registered().items():
        assert {f"environments.{name}.settings.{field}" for field in environment.settings_type.model_fields} <= names


WITH_CONFIG = {name: command for name, command in COMMANDS.items() if isinstance(command, Command) and command.config}


@pytest.mark.parametrize(
    "words", [*([name] for name in WITH_CONFIG), *(["train", name] for name in TRAINING if TRAINING[name].config)]
)
def test_every_command_that_reads_a_config_prints_its_keys(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = TRAINING[words[1]] if words[0] == "train" else WITH_CONFIG[words[0]]
    with pytest.raises(SystemExit) as ended:
        run([*words, "--help-config"])
    assert ended.value.code == 0
    module, _, model = command.config.partition(":")
    said = capsys.readouterr().out
    assert all(f"{name}  " in said for name in getattr(import_module(module), model).model_fields)


def test_every_key_that_a_command_reads_has_a_meaning() -> None:
    models = {command.config for command in [*WITH_CONFIG.values(), *TRAINING.values()] if command.config}
    for place in models:
        module, _, model = place.partition(":")
        assert not [key.name for key in keys(getattr(import_module(module), model)) if not key.doc]
