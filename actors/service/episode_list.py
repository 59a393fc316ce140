"""Which episodes a run consists of, and which of them are still to be played."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from actors.episodes.episode import Assignment
from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.trajectory import episode_id
from actors.service.settings import BadRows, RolloutSettings, TaskSource
from environments.contract import Task
from environments.registry import RegisteredEnvironment, registered
from environments.rows import BadRow, refuse

NAMED_ROWS = 10


def tasks_of(source: TaskSource, split: str, seed: int, bad: Callable[[BadRow], None] = refuse) -> Iterator[Task]:
    """The tasks of one source, lazily; `split` and `seed` are the run's. A malformed row goes to `bad`, which by
    default raises it.

    Raises `UserError` for a file that is missing or cannot be read.
    """
    home, split = registered(source.environment), source.split or split
    if source.generate is not None:
        tasks = home.generate(
            source.generate, seed if source.seed is None else source.seed, split, _families(home, source)
        )
    else:
        assert source.file is not None
        tasks = home.load(source.file, split, bad)
    return islice(tasks, source.limit)


def _families(home: RegisteredEnvironment, source: TaskSource) -> list[str]:
    """The families that `source` wants, in the environment's order, evenly spread where there are more than tasks;
    none: as the environment likes it.

    Raises `UserError` for a pattern that matches nothing, or if no family is left.
    """
    if not (source.families or source.without):
        return []
    known = home.families()
    wanted = _matching(home, known, source.families) if source.families else known
    kept = [name for name in wanted if name not in _matching(home, known, source.without)]
    if not kept:
        raise UserError(f"'families' and 'without' leave no family of {home.name} tasks")
    tasks = min(source.generate or 0, len(kept))
    return [kept[index * len(kept) // tasks] for index in range(tasks)]


def _matching(home: RegisteredEnvironment, known: Sequence[str], patterns: Sequence[str]) -> list[str]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            near = difflib.get_close_matches(pattern, known, n=1, cutoff=0)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise UserError(
                f"no family of {home.name} tasks is called '{pattern}'{hint} ('python -m actors tasks {home.name}'"
                " lists all)"
            )
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)]


def on_bad_rows(rule: BadRows, left_out: list[BadRow]) -> Callable[[BadRow], None]:
    """What `tasks_of` does with a malformed row under `rule`: one that is left out goes into the list."""
    return left_out.append if rule is BadRows.LEAVE_OUT else refuse


def count(settings: RolloutSettings, say: Callable[[str], None] = lambda line: None) -> int:
    """How many episodes the run has; `say` hears of rows that are no tasks. Reads the task files before anything is
    played; `episodes` reads them again as it plays, so that no run holds all of its tasks.

    Raises `UserError` for a malformed row where those are not to be left out, and where there is no task at all.
    """
    total = 0
    left_out: list[BadRow] = []
    bad = on_bad_rows(settings.bad_rows, left_out)
    for source in settings.tasks:
        rows = (
            source.generate
            if source.generate is not None
            else sum(1 for _ in tasks_of(source, settings.split, settings.seed, bad))
        )
        total += min(rows, source.limit or rows)
    if total == 0:
        first = f"; the first of {len(left_out)} bad rows is {left_out[0]}" if left_out else ""
        raise UserError(f"the config's 'tasks' give no task at all: check 'file' and 'limit'{first}")
    for line in told(left_out):
        say(line)
    return total * settings.attempts


def told(left_out: Sequence[BadRow]) -> Iterator[str]:
    """What is said of rows that are no tasks: how many, and the first of them by name."""
    if left_out:
        yield f"{len(left_out)} rows are no tasks and are left out ('bad_rows: refuse' ends here instead):"
        yield from (f"  {one_line(str(bad))}" for bad in left_out[:NAMED_ROWS])
        if len(left_out) > NAMED_ROWS:
            yield (
                f"  … and {len(left_out) - NAMED_ROWS} more: 'python -m actors tasks ENVIRONMENT --file FILE' names"
                " them all"
            )


def scoring_settings(settings: RolloutSettings) -> dict[str, Any]:
    """What changes an episode's course, and so belongs into its id: not time limits, not how much runs at once."""
    return settings.limits.model_dump(include={"max_turns", "repeats", "history_segments"})


def episodes(settings: RolloutSettings, llm: dict[str, Any]) -> Iterator[Assignment]:
    """Every episode of the run once, attempt by attempt, with its id; the same whenever the config is the same."""
    seen: set[str] = set()
    for attempt in range(settings.attempts):
        for task in _in_turn([tasks_of(source, settings.split, settings.seed, _left_out) for source in settings.tasks]):
            own = {
                **scoring_settings(settings),
                "repeats": settings.limits.repeats_in(task.environment),  # another's changes nothing here
                **_dialect(settings, task.environment),
            }
            name = episode_id(task, attempt, llm, own)
            if name not in seen:
                seen.add(name)
                yield Assignment(name, task, attempt)


def _dialect(settings: RolloutSettings, environment: str) -> dict[str, str]:
    """How the agent acts, where it is not by text: an episode by tools is another one."""
    said = settings.host(environment).settings.get("dialect", "text")
    return {} if said == "text" else {"dialect": str(said)}


def _left_out(bad: BadRow) -> None:
    """`count` has told of it, or refused the run."""


def _in_turn(sources: list[Iterator[Task]]) -> Iterator[Task]:
    """One task of each source in turn, so that all environments are busy from the start."""
    while sources:
        for source in list(sources):
            task = next(source, None)
            if task is None:
                sources.remove(source)
            else:
                yield task
