"""Who plays an evaluation, as `--llm` and the overrides name it, at temperature 0.

--llm build/smollm2                             a model directory: vLLM in the pool
--llm reference                                 the tasks' own solutions
--llm gpt-4o                                    a model of the OpenAI provider that configs/prices.yaml knows
--llm http://127.0.0.1:8000/v1 llm.model=name   any OpenAI-compatible server; a key by llm.api_key_env=[NAME]
--llm configs/gpt-4.yaml                        the keys `llm`, `llm_actors`, `retries`, `budget` of a rollout's config
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from actors.episodes.placement import Retries
from actors.llms.llm_kinds import LLMSettings
from actors.llms.openai_api.settings import OpenAISettings
from actors.llms.vllm_settings import VLLMSettings, check_model
from actors.program.configuration import check, load, with_overrides
from actors.program.user_error import UserError
from actors.service.settings import LLMActors

OPENAI_URL = OpenAISettings.model_fields["base_url"].default


class Playing(BaseModel):
    """The part of a rollout's config that is no matter of the suite."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    llm: LLMSettings
    """Who plays."""
    llm_actors: LLMActors = LLMActors()
    """How many LLM actors, and how much each does at once."""
    retries: Retries = Retries()
    """How often an episode that infrastructure ended is played again."""
    budget: float | None = Field(default=None, gt=0)
    """Money that the evaluation may cost, in the price table's currency; null: no limit."""
    allow_unscored: bool = False
    """Whether the exit code is 0, not 1, though some episodes have no reward."""

    @property
    def name(self) -> str:
        """What reports call it unless the user says otherwise."""
        if isinstance(self.llm, VLLMSettings):
            return Path(self.llm.model).name or self.llm.model
        return self.llm.model if isinstance(self.llm, OpenAISettings) else self.llm.kind


def is_playing(override: str) -> bool:
    """Whether a `key=value` is about the player; others are about the suite."""
    return override.partition("=")[0].partition(".")[0] in Playing.model_fields


def playing(chosen: str, overrides: Sequence[str], max_tokens: int | None = None) -> Playing:
    """What `--llm` and `overrides` say, greedy, with replies of at most `max_tokens` where the suite pins them. Raises
    `UserError`.
    """
    content = with_overrides(_content(chosen), overrides)
    llm = content.get("llm")
    if isinstance(llm, dict) and llm.get("kind") != "reference" and isinstance(llm.get("sampling", {}), dict):
        llm["sampling"] = {**llm.get("sampling", {})}
        _pin(llm["sampling"], "temperature", 0.0, "an evaluation is greedy")
        if max_tokens is not None:
            _pin(llm["sampling"], "max_tokens", max_tokens, "the suite pins sampling_max_tokens")
    if isinstance(llm, dict) and llm.get("kind") == "openai" and not llm.get("model"):
        raise UserError(f"--llm {chosen}: which of its models? add llm.model=NAME")
    found = check(content, Playing, f"--llm {chosen}")
    if isinstance(found.llm, VLLMSettings):
        check_model(found.llm.model)
    return found


def _pin(sampling: dict[str, Any], key: str, value: float, why: str) -> None:
    if sampling.get(key, value) != value:
        raise UserError(
            f"llm.sampling.{key} is {sampling[key]}, but {why}: leave it out, or add llm.sampling.{key}={value}"
        )
    sampling[key] = value


def _content(chosen: str) -> dict[str, Any]:
    if chosen == "reference":
        return {"llm": {"kind": "reference"}}
    if chosen.startswith(("http://", "https://")):
        llm: dict[str, Any] = {"kind": "openai", "base_url": chosen.rstrip("/")}
        if llm["base_url"] != OPENAI_URL:  # nobody's key goes to a server that it is not for
            llm["api_key_env"] = []
        return {"llm": llm}
    path = Path(chosen).expanduser()
    if path.is_dir():
        _check_directory(chosen, path)
        return {"llm": {"kind": "vllm", "model": str(path.absolute())}}
    if path.suffix in (".yaml", ".yml"):
        return _of_config(str(path))
    if chosen in _priced():
        return {"llm": {"kind": "openai", "model": chosen}}
    raise UserError(f"--llm '{chosen}' is {'a file' if path.is_file() else 'nothing known'}: {_advice(chosen)}")


def _check_directory(chosen: str, path: Path) -> None:
    inside = sorted(file.parent for file in path.glob("*/config.json"))
    if not (path / "config.json").is_file():
        hint = f"did you mean '{inside[0]}'?" if inside else "give a Hugging Face model directory"
        raise UserError(f"--llm '{chosen}' is a directory without a config.json: {hint}")


class _Config(BaseModel):
    """What `--llm` takes of a rollout's config; tasks, store and seed are the suite's matter."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="ignore")

    llm: dict[str, Any]
    """Who plays."""
    llm_actors: dict[str, Any] = {}
    """How many LLM actors, and how much each does at once."""
    retries: dict[str, Any] = {}
    """How often an episode that infrastructure ended is played again."""
    budget: float | None = None
    """Money that the evaluation may cost."""


def _of_config(chosen: str) -> dict[str, Any]:
    return load(chosen, [], _Config).model_dump(exclude_unset=True)


def _priced() -> list[str]:
    table = OpenAISettings(model="any").price_table()
    return [] if table is None else list(table.models)


def _advice(chosen: str) -> str:
    near = difflib.get_close_matches(chosen, [*_priced(), "reference"], n=1, cutoff=0.6)
    hint = f"did you mean '{near[0]}'? " if near else ""
    forms = "a model directory, 'reference', http(s)://…/v1 with llm.model=NAME, a YAML file with an 'llm' block"
    return f"{hint}give {forms}, or one of {', '.join(_priced())}"
