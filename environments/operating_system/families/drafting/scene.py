"""The machine before the agent comes: files, modes, owners and times, written as one quick bash script.

Contents go through bash's builtin `printf`, so that a scene of dozens of files costs a handful of processes.
"""

from __future__ import annotations

from collections import defaultdict
from shlex import quote


class Scene:
    """Collects what there is, then says it as a script.

    Whatever has no mode of its own is 644 (755 for a directory).
    """

    def __init__(self) -> None:
        self.directories: dict[str, None] = {}
        self.paths: set[str] = set()
        self.writes: list[str] = []
        self.modes: defaultdict[str, list[str]] = defaultdict(list)
        self.owners: defaultdict[str, list[str]] = defaultdict(list)
        self.times: defaultdict[str, list[str]] = defaultdict(list)
        self.last: list[str] = []

    def directory(self, path: str, mode: str = "", owner: str = "") -> None:
        self.directories[path] = None
        self._meta(path, mode, owner, "")

    def file(self, path: str, content: str = "", mode: str = "", owner: str = "", when: str = "") -> None:
        """`owner` as in chown, `when` as in `touch -d`."""
        self._new(path)
        self.writes.append(f"printf %s {quote(content)} > {quote(path)}" if content else f": > {quote(path)}")
        self._meta(path, mode, owner, when)

    def blank(self, path: str, size: int, owner: str = "", when: str = "") -> None:
        """A file of `size` spaces: a size without a payload."""
        self._new(path)
        self.writes.append(f"printf '%{size}s' '' > {quote(path)}" if size else f": > {quote(path)}")
        self._meta(path, "", owner, when)

    def link(self, path: str, target: str) -> None:
        self._new(path)
        self.writes.append(f"ln -s {quote(target)} {quote(path)}")

    def run(self, command: str) -> None:
        """Something else, after all files are there."""
        self.last.append(command)

    def script(self) -> str:
        """The scene as bash. Raises `ValueError` where a path is a file and a directory: a family's defect, found while
        generating.
        """
        above = {folder for path in self.directories for folder in (path, *_parents(path))}
        if both := sorted(above & self.paths):
            raise ValueError(f"{both[0]} is a file and a directory in one scene")
        parts = ["umask 022"]
        if self.directories:
            parts.append("mkdir -p " + " ".join(quote(path) for path in self.directories if path))
        parts += self.writes
        for command, groups in (("chown", self.owners), ("chmod", self.modes), ("touch -h -d", self.times)):
            parts += [
                f"{command} {quote(value)} {' '.join(quote(path) for path in paths)}" for value, paths in groups.items()
            ]
        return "\n".join(["set -e", *parts, *self.last]) + "\n"

    def _new(self, path: str) -> None:
        if path in self.paths:
            raise ValueError(f"{path} is written twice in one scene")
        self.paths.add(path)
        self.directories[path.rpartition("/")[0]] = None

    def _meta(self, path: str, mode: str, owner: str, when: str) -> None:
        for value, groups in ((mode, self.modes), (owner, self.owners), (when, self.times)):
            if value:
                groups[value].append(path)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts))]
