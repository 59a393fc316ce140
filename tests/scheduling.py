"""Which process runs what: long files in two of them, the others in the rest.

A long file holds a cluster, an engine or a trainer: there are memory and cores for two of them, not for three. It
mostly waits, though, for a killed node to be noticed or a server to come up; a third process fills that with what is
short. Short files that share what is started once a session (a database, a shop) stay together.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.workermanage import WorkerController

MARKERS = ("slow", "ray")
MARKED = re.compile(rf"pytest\.mark\.({'|'.join(MARKERS)})\b")
ONCE_A_SESSION = 'scope="session"'
AT_ONCE = 2


def longest_first(items: list[pytest.Item]) -> None:
    """Files with long tests come first, by the limit of their slowest, so that the processes end together."""
    limits: dict[object, float] = {}
    for item in items:
        if any(item.get_closest_marker(name) for name in MARKERS):
            limit = item.get_closest_marker("timeout")
            limits[item.path] = max(limits.get(item.path, 0.0), float(limit.args[0]) if limit else 1.0)
    items.sort(key=lambda item: -limits.get(item.path, 0.0))


class Scheduling(LoadScopeScheduling):
    """By file or folder; only the first `AT_ONCE` processes take long files."""

    def _split_scope(self, nodeid: str) -> str:
        return str(unit_of(self.config.rootpath / nodeid.split("::", 1)[0]))

    def _assign_work_unit(self, node: WorkerController) -> None:
        if node not in self.nodes[:AT_ONCE]:
            short = next((unit for unit in self.workqueue if not is_long(Path(unit))), None)
            if short is None:
                node.shutdown()
                return
            self.workqueue.move_to_end(short, last=False)
        super()._assign_work_unit(node)


@functools.cache
def unit_of(file: Path) -> Path:
    """The file; or for a short one the folder above it whose conftest.py starts something once a session."""
    if is_long(file):
        return file
    settings = (folder / "conftest.py" for folder in file.parents)
    return next((path.parent for path in settings if path.is_file() and ONCE_A_SESSION in path.read_text()), file)


@functools.cache
def is_long(unit: Path) -> bool:
    """By its text: what the workers have collected comes to the scheduler as names alone."""
    return unit.is_file() and MARKED.search(unit.read_text()) is not None
