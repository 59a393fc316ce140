"""Which tasks a source names."""

from __future__ import annotations

import pytest

from actors.settings import TaskSource
from actors.work import tasks_of
from environments.contract import UserError


def families(generate: int = 200, **said: object) -> list[str]:
    source = TaskSource(environment="operating_system", generate=generate, **said)
    return sorted({task.family for task in tasks_of(source, "train", 0)})


def test_families_are_names_or_patterns() -> None:
    assert families(families=("files-*-count", "base64")) == [
        "base64",
        *(f"files-{what}-count" for what in ("beginning", "extension", "larger", "newer", "owner", "part")),
    ]


def test_without_leaves_families_out() -> None:
    assert families(families=("files-*-count",), without=("files-[lno]*", "files-p*")) == ["files-beginning-count", "files-extension-count"]


def test_fewer_tasks_than_families_are_spread_over_them() -> None:
    assert families(2, families=("files-*-count",)) == ["files-extension-count", "files-larger-count"]


def test_a_source_names_its_own_split() -> None:
    (task,) = tasks_of(TaskSource(environment="practice", generate=1, split="new-families"), "train", 0)
    assert task.split == "new-families"


def test_a_pattern_without_a_family_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no family of operating_system tasks is called 'files-\*-cuont'; did you mean 'files-"):
        families(families=("files-*-cuont",))


def test_all_families_left_out_is_refused() -> None:
    with pytest.raises(UserError, match="leave no family of operating_system tasks"):
        families(without=("*",))
