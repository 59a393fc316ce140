"""The image's own files, asked of a sandbox that no agent has been in: what a judged machine is compared with and
repaired from.

The same for every engine, near or far, as it takes nothing but a sandbox. Such a sandbox is made when something is
asked that is not known yet, and removed at once.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from environments.contract import EnvironmentFault
from environments.sandbox.restoration import LEFT_OUT, PROTECTED, Entry, parse
from environments.sandbox.sandbox import Sandbox
from environments.sandbox.shell import Refused

LISTING_S = 20.0
READ_S = 20.0
MOST_BYTES = 64 << 20
# What an agent may add to the image's own listing before its machine can't be judged; the image's own is as long as it
# is.
MORE_ENTRIES, MORE_BYTES = 100_000, 16 << 20


class Listing(NamedTuple):
    """What is where an image's programs are, the digest that says it in short, and how many bytes it takes to say it in
    full.
    """

    digest: str
    entries: dict[str, Entry]
    size: int


class Original(NamedTuple):
    """A file: what the sandbox's `put` takes."""

    header: dict[str, Any]
    content: bytes


async def list_programs(sandbox: Sandbox, known: str, image: Listing | None) -> Listing | None:
    """The listing; None where it is the one with the digest `known`. Raises `Refused` where much was added to that of
    its `image`; the image's own (`image` is None) has no bound."""
    most = (len(image.entries) + MORE_ENTRIES, image.size + MORE_BYTES) if image else (None, None)
    request = {"op": "listing", "trees": PROTECTED, "left_out": LEFT_OUT, "known": known, "most": most}
    header, packed = await sandbox.supervisor.ask(request, b"", LISTING_S, MOST_BYTES)
    if header["digest"] == known:
        return None
    text = unpacked(packed, most[1])
    return Listing(header["digest"], parse(text), len(text))


def unpacked(packed: bytes, most_bytes: int | None) -> bytes:
    """What was packed. Raises `Refused` where that is more than `most_bytes`, without unpacking more."""
    if most_bytes is None:
        return zlib.decompress(packed)
    text = zlib.decompressobj().decompress(packed, most_bytes + 1)
    if len(text) > most_bytes:
        raise Refused(f"a listing of more than {most_bytes} bytes")
    return text


async def read_file(sandbox: Sandbox, path: str, limit_bytes: int = MOST_BYTES) -> Original:
    return Original(
        *await sandbox.supervisor.ask({"op": "read", "path": path, "limit": limit_bytes}, b"", READ_S, limit_bytes)
    )


class Originals:
    """The files of the image that `create` makes sandboxes of, as far as somebody has asked for them."""

    def __init__(self, create: Callable[[], Awaitable[Sandbox]]) -> None:
        self._create = create
        self._listing: Listing | None = None
        self._image = ""
        self._files: dict[str, Original] = {}
        self._one_at_a_time = asyncio.Lock()

    async def listing(self, image: str) -> Listing:
        """What the image with this id has."""
        async with self._one_at_a_time:
            if self._listing is None or self._image != image:
                await self._consult(image, ())
            assert self._listing is not None
            return self._listing

    async def files(self, image: str, paths: Iterable[str]) -> dict[str, Original]:
        """These files of the image with this id."""
        wanted = list(paths)
        async with self._one_at_a_time:
            if self._image != image or not self._files.keys() >= set(wanted):
                await self._consult(image, wanted)
            return {path: self._files[path] for path in wanted}

    async def _consult(self, image: str, paths: Iterable[str]) -> None:
        sandbox = await self._create()
        try:
            if sandbox.image != image:
                raise EnvironmentFault(
                    f"the sandboxes' image was replaced while it was in use ({image} by {sandbox.image})"
                )
            if self._listing is None or self._image != image:
                self._listing, self._image, self._files = await list_programs(sandbox, "", None), image, {}
            if sum(len(file.content) for file in self._files.values()) > MOST_BYTES:
                self._files.clear()
            for path in paths:
                self._files[path] = await read_file(sandbox, path)
        finally:
            await sandbox.remove()
