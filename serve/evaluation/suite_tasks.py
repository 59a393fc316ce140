"""A suite's tasks: its sources as a rollout takes them, every one of its tasks checked before anything is played."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from actors.program.user_error import UserError
from actors.records.trajectory import digest
from actors.service.episode_list import on_bad_rows, tasks_of
from actors.service.settings import TaskSource
from environments.contract import Task
from environments.rows import BadRow
from serve.evaluation.suite import Suite


class Counts(NamedTuple):
    """How many tasks each (column, environment) has, and the rows of the suite's files that are none."""

    tasks: dict[tuple[str, str], int]
    left_out: list[BadRow]

    @property
    def tasks_in_all(self) -> int:
        return sum(self.tasks.values())


def sources(suite: Suite) -> Iterator[tuple[str, TaskSource]]:
    """Each source under its place in the suite, with its split; a pattern becomes one for each file that it matches.

    Raises `UserError` where it matches none.
    """
    for column, given in suite.columns.items():
        for number, source in enumerate(given):
            place = f"columns.{column}.{number}"
            for file in [None] if source.file is None else _files(place, source.file, suite.data):
                yield place, source.model_copy(update={"split": column, "file": file})


def _files(place: str, file: str, data: str) -> list[str]:
    path = str(Path(data).expanduser() / file)
    if not glob.has_magic(path):
        return [path]
    found = sorted(glob.glob(path))
    if not found:
        raise UserError(
            f"{place}: no file matches '{path}': put the suite's data there, or say where it is with data=FOLDER"
        )
    return found


def count_tasks(suite: Suite) -> Counts:
    """How many tasks each column has in each environment; reads and generates them all.

    A row that a file holds twice is one task. Raises `UserError` where two sources give the same task, where a name has
    two tasks, and for a row that is none unless the suite leaves such rows out.
    """
    left_out: list[BadRow] = []
    counts: Counter[tuple[str, str]] = Counter()
    seen = _Seen()
    for place, source in sources(suite):
        seen.begin(f"{place} ({source.file})" if source.file else place)
        for task in tasks_of(source, "", suite.seed, on_bad_rows(suite.bad_rows, left_out)):
            if seen.new(task):
                counts[source.split or "", task.environment] += 1
    if not counts:
        raise UserError(f"suite '{suite.name}' has no task at all: check 'file' and 'limit'")
    return Counts(dict(counts), left_out)


class _Seen:
    """Which source gave which task."""

    def __init__(self) -> None:
        self._places: list[str] = []
        self._names: dict[tuple[str, str], tuple[int, str]] = {}  # (environment, id) → number of the source, digest
        self._contents: dict[str, int] = {}

    def begin(self, place: str) -> None:
        """The tasks that follow are those of the source at `place`."""
        self._places.append(place)

    def new(self, task: Task) -> bool:
        """Whether `task` counts: False for a row that its own source repeats."""
        number, mark = len(self._places) - 1, digest(task)
        by_name = self._names.get((task.environment, task.id))
        if by_name == (number, mark):
            return False
        if by_name is not None and by_name[0] == number:
            raise UserError(
                f"{self._places[number]} holds two different tasks called '{task.id}': give one of them another name"
            )
        first = self._contents.setdefault(_content(task), number) if by_name is None else by_name[0]
        if first != number:
            again = f"{self._places[number]} gives task '{task.id}', which {self._places[first]} gives already"
            raise UserError(f"{again}: choose another seed, other families or another file")
        self._names[task.environment, task.id] = number, mark
        return True


def _content(task: Task) -> str:
    """What is played, whatever it is called: the same file under another name is still the same."""
    return digest(task.environment, task.payload, task.seed, task.family)
