"""The config of a pipeline: act, filter, tune, measure in one file. Strict: an unknown key is an error.

Each part is what the stage's own command takes, less the paths that follow from `out` and from the stages before it:
there is one place to say a thing, and none to contradict it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from actors.dataset import filter as filtering
from actors.llms.vllm_settings import VLLMSettings
from actors.program.strict_settings import StrictSettings
from actors.service.settings import LLMActors, RolloutSettings
from serve.evaluation.evaluation import Errors
from train.settings import Source, TrainSettings

Who = Literal["base", "tuned", "teacher"]
FOLLOWS = "follows from 'out'"  # stands in a part until `serve.pipeline.stages` knows the paths


def _check_one_source(path: str | None, package: str | None, wanted: str) -> None:
    if path is None and package is None:
        raise ValueError(f"give {wanted}")
    if path is not None and package is not None:
        raise ValueError(f"'path: {path}' and 'package: {package}' are two sources: give one of them")


class Base(StrictSettings):
    """The model that is tuned: a Hugging Face directory at `path`, or one that a Python package carries, built there
    (OUT/base).
    """

    path: str | None = None
    """A Hugging Face directory."""
    package: Literal["smollm2"] | None = None
    """The installed Python package that carries one."""

    @model_validator(mode="after")
    def _said(self) -> Self:
        _check_one_source(self.path, self.package, "the 'path' of a model directory, or 'package: smollm2'")
        return self


class General(StrictSettings):
    """General chat to mix in: files of it at `path`, or ShareGPT as a Python package carries it (OUT/chat.jsonl)."""

    path: str | None = None
    """A file or folder of chats."""
    package: Literal["sharegpt"] | None = None
    """The installed Python package that carries them."""
    label: str = ""
    """The label of all its conversations."""
    label_field: str = ""
    """The field of each record that holds the label (`model`)."""
    limit: int | None = Field(default=None, ge=1)
    """At most so many conversations."""

    @model_validator(mode="after")
    def _said(self) -> Self:
        _check_one_source(self.path, self.package, "the 'path' of a file of chats, or 'package: sharegpt'")
        return self

    def source(self, path: str) -> Source:
        """As the trainer names it."""
        return Source(path=path, label=self.label, label_field=self.label_field, limit=self.limit)


class Evaluate(StrictSettings):
    """The suite that every one of `models` plays, all greedy: 'base' and 'tuned' through vLLM (`llm`), 'teacher' as it
    acted.

    `budget` is the teacher's, for this suite. `errors`: whether infrastructure's errors count as failures or are left
    out; `allow_unscored`: whether the pipeline goes on though some episodes have no reward.
    """

    suite: str
    """The suite's YAML file."""
    llm: VLLMSettings | None = None
    """How base and tuned model are served."""
    llm_actors: LLMActors = LLMActors()
    """How many LLM actors, and how much each does at once."""
    models: tuple[Who, ...] = Field(default=("base", "tuned"), min_length=1)
    """Which of the models play."""
    budget: float | None = Field(default=None, gt=0)
    """Money that the teacher may cost in this suite; null: no limit."""
    errors: Errors = "count"
    """Whether infrastructure's errors count as failures or are left out."""
    allow_unscored: bool = False
    """Whether the pipeline goes on though some episodes have no reward."""

    @field_validator("llm", mode="before")
    @classmethod
    def _model_follows(cls, llm: Any) -> Any:
        return _completed(llm, "evaluate.llm", {"model": FOLLOWS}) if isinstance(llm, dict) else llm

    @model_validator(mode="after")
    def _llm_there(self) -> Self:
        if self.llm is None and {"base", "tuned"} & set(self.models):
            raise ValueError("'llm' is missing: say how base and tuned model are served, for example llm: {kind: vllm}")
        if len(set(self.models)) < len(self.models):
            raise ValueError("'models' names one of them twice")
        return self


class GeneralCheck(StrictSettings):
    """What tuning cost elsewhere: `python -m serve general`'s options.

    `chats` None: those of 'general' that were not trained on.
    """

    chats: str | None = None
    """Chats whose loss is measured; null: those of 'general' that were not trained on."""
    chat_tokens: int = Field(default=16_384, ge=16)
    """Tokens of chat that are read."""
    items: int = Field(default=200, ge=1)
    """How many items of each kind."""
    shots: int = Field(default=3, ge=0, le=3)
    """Worked examples before each item."""
    seed: int = 0
    """The seed of the items."""
    form: Literal["words", "letters"] = "words"
    """Whether a choice is scored by its words or by its letter."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """What the models compute in; auto: bfloat16 where the device has it."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: cuda where there is one."""


def _path_alone(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class PipelineSettings(StrictSettings):
    """One pipeline; everything that it makes is under `out`. Parts that are left out are not run."""

    out: str = Field(min_length=1)
    """The folder of everything that it makes."""
    base: Annotated[Base, BeforeValidator(_path_alone)]
    """The model that is tuned: a path, or a package."""
    general: Annotated[General, BeforeValidator(_path_alone)] | None = None
    """General chat to mix in: a path, or a package; null: none."""
    act: RolloutSettings
    """The rollout, less its `store`."""
    filter: filtering.Settings = filtering.Settings()
    """Which trajectories are kept."""
    train: TrainSettings
    """The training run, less model, out and sources."""
    check: bool = True
    """Whether what is served is held against what was trained."""
    evaluate: Evaluate | None = None
    """The suite, and who plays it; null: nothing is measured."""
    general_check: GeneralCheck | None = None
    """What tuning cost elsewhere; null: it is not measured."""

    @model_validator(mode="before")
    @classmethod
    def _paths_follow(cls, content: Any) -> Any:
        """The parts with what follows filled in, so that their own classes check them."""
        if not isinstance(content, dict):
            return content
        content = dict(content)
        if isinstance(content.get("act"), dict):
            content["act"] = _completed(content["act"], "act", {"store": FOLLOWS})
        if isinstance(content.get("train"), dict):
            content["train"] = _train(content["train"], general=content.get("general") is not None)
        return content

    @model_validator(mode="after")
    def _general_matches(self) -> Self:
        if self.general is None and self.train.data.eta < 1:
            raise ValueError(
                f"train.data.eta is {self.train.data.eta:g}, but 'general' names no chats: give them, or"
                " train.data.eta=1"
            )
        if self.general_check and not self.general_check.chats and not self.general:
            raise ValueError("'general_check' has no chats to measure: give 'general', or general_check.chats")
        return self

    @model_validator(mode="after")
    def _acts_on_the_training_side(self) -> Self:
        for number, source in enumerate(self.act.tasks):
            split = source.split or self.act.split
            if self.evaluate and source.generate is not None and split != "train":
                raise ValueError(
                    f"act.tasks.{number} is of split '{split}', and suites draw from every split but 'train': act on"
                    " 'train', or nothing that is measured is new"
                )
        return self


def _train(part: dict[str, Any], general: bool) -> dict[str, Any]:
    data = part.get("data", {})
    if isinstance(data, dict):
        sides: dict[str, Any] = {"agent": [{"path": FOLLOWS}]}
        sides["general"] = [{"path": FOLLOWS}] if general else []
        part = {**part, "data": _completed(data, "train.data", sides)}
        if not general and data.get("eta", 0.2) != 1:  # refused where it can be said better
            part["data"]["general"] = [{"path": FOLLOWS}]
    return _completed(part, "train", {"model": FOLLOWS, "out": FOLLOWS})


def _completed(part: dict[str, Any], where: str, follows: dict[str, Any]) -> dict[str, Any]:
    """`part` with `follows`. Raises `ValueError` where it says them itself."""
    for key in follows:
        if key in part:
            raise ValueError(
                f"'{where}.{key}' is not said in a pipeline: it follows from 'out', 'base' and 'general'; remove it"
            )
    return {**part, **follows}
