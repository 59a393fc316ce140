"""The demonstrations hold out what their suites call new."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.program.configuration import load
from actors.records.trajectory import digest
from actors.service.episode_list import tasks_of
from environments.contract import Task
from environments.database.generate import HELD_OUT
from environments.operating_system.families.held_out import HELD_OUT_FAMILIES
from serve.evaluation.suite_tasks import sources
from serve.pipeline.evaluations import suite_of
from serve.pipeline.settings import PipelineSettings

ROOT = Path(__file__).parents[3]


def played(name: str, column: str) -> list[Task]:
    settings = load(
        str(ROOT / "configs" / f"{name}.yaml"), [f"evaluate.suite={ROOT}/configs/suites/{name}.yaml"], PipelineSettings
    )
    if column == "train":
        return [
            task for source in settings.act.tasks for task in tasks_of(source, settings.act.split, settings.act.seed)
        ]
    assert settings.evaluate is not None
    suite = suite_of(settings.evaluate)
    return [task for _, source in sources(suite) if source.split == column for task in tasks_of(source, "", suite.seed)]


def families(tasks: list[Task]) -> set[tuple[str, str]]:
    return {(task.environment, task.family) for task in tasks}


@pytest.mark.parametrize("name", ["demo", "demo-full"])
def test_new_families_are_trained_on_nowhere_and_new_instances_are_of_trained_ones(name: str) -> None:
    trained, known, new = (played(name, column) for column in ("train", "new-instances", "new-families"))
    assert {environment for environment, _ in families(new)} == {"database", "operating_system"}
    assert families(new).isdisjoint(families(trained))
    assert families(known) <= families(trained)
    contents = {digest(task.environment, task.payload) for task in trained}
    assert contents.isdisjoint(digest(task.environment, task.payload) for task in known + new)


def test_the_long_demonstration_holds_out_every_family_that_is_kept_for_that() -> None:
    kept = {
        *(("database", family) for family in HELD_OUT),
        *(("operating_system", family) for family in HELD_OUT_FAMILIES),
    }
    assert families(played("demo-full", "new-families")) == kept
