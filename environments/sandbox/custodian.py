"""Holds one episode's machine while it is judged: everything stopped, the image's own programs in place, and nothing
moved meanwhile.

`open` remembers the machine as its task made it, `hold` goes before each judging program, `released` after it. What
stands in the way of judging is the agent's own doing and costs it the reward: `Unjudgeable` says what it was.
"""

from __future__ import annotations

import stat
from typing import Any

from environments.sandbox.originals import MOST_BYTES, Listing, Originals, list_programs
from environments.sandbox.restoration import Entry, Repairs, repairs, touched
from environments.sandbox.sandbox import Sandbox
from environments.sandbox.shell import Refused

STOP_S = 20.0
REPAIR_S = 20.0
MOST_REPAIRS = 3000


class Unjudgeable(Exception):
    """The agent left a machine on which its task's checks can't be run."""


class Custodian:
    """One sandbox's."""

    def __init__(self, sandbox: Sandbox, originals: Originals) -> None:
        self._sandbox = sandbox
        self._originals = originals
        self._image: Listing | None = None
        self._own: dict[str, Entry] = {}
        self._known = ""
        self._spared: set[str] = set()
        self.repaired: list[str] = []

    async def open(self) -> None:
        """Remember the machine before the agent's first command: the image's files, and which of them init has
        touched.
        """
        self._image = image = await self._originals.listing(self._sandbox.image)
        found = await list_programs(self._sandbox, image.digest, image) or image
        self._own, self._known = image.entries, found.digest
        self._spared = touched(image.entries, found.entries) if found is not image else set()

    async def hold(self) -> None:
        """Stop everything and put back what judging rests on. Raises `Unjudgeable`."""
        try:
            await self._ask({"op": "stop"}, STOP_S)
            found = await list_programs(self._sandbox, self._known, self._image)
            if found is not None:
                await self._repair(found, repairs(self._own, found.entries, self._spared))
        except Refused as refused:
            raise Unjudgeable(f"the machine could not be prepared for judging: {refused}") from refused

    async def released(self) -> None:
        """Raises `Unjudgeable` when something of the agent's ran although it was stopped."""
        ran = (await self._ask({"op": "still"}, STOP_S))["ran"]
        if ran:
            raise Unjudgeable(f"process {ran[0]} ran while the machine was judged")

    async def _repair(self, found: Listing, needed: Repairs) -> None:
        wanted = sum(self._own[path].size for path in needed.put)
        if len(needed.put) > MOST_REPAIRS or wanted > MOST_BYTES:
            raise Unjudgeable(f"{len(needed.put)} of the image's files ({wanted >> 20} MiB) were changed or removed")
        await self._ask({"op": "remove", "paths": needed.remove}, REPAIR_S)
        files = await self._originals.files(self._sandbox.image, needed.put)
        for path, file in files.items():
            await self._ask({**file.header, "op": "put", "path": path}, REPAIR_S, file.content)
        if needed.put or needed.remove:
            found = await list_programs(self._sandbox, "", self._image) or found
            self._confirm(found, needed)
            self.repaired += [*needed.remove, *needed.put]
        self._own = {**self._own, **{path: found.entries[path] for path in needed.put}}
        self._known = found.digest

    def _confirm(self, found: Listing, done: Repairs) -> None:
        """What was put back is there, and no more than it was is amiss."""
        for path in done.put:
            own, now = self._own[path], found.entries.get(path)
            if (
                now is None
                or (now.kind, now.target) != (own.kind, own.target)
                or (stat.S_ISREG(own.mode) and now.size != own.size)
            ):
                raise Unjudgeable(f"{path} could not be put back")
        if still := [path for path in done.remove if path in found.entries and path not in self._own]:
            raise Unjudgeable(f"{still[0]} could not be removed")

    async def _ask(self, request: dict[str, Any], timeout_s: float, body: bytes = b"") -> dict[str, Any]:
        header, _ = await self._sandbox.supervisor.ask(request, body, timeout_s, 0)
        return header
