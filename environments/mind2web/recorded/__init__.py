"""The recorded set that ships: tasks on the generated sites in Mind2Web's format, a compressed JSON list of tasks for
each site, `SPLIT/KIND.json.zst`. `python -m environments.mind2web.recorded` records it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import zstandard

FOLDER = Path(__file__).parent
WINDOW_LOG = 27
"""A page returns at every step: the compressor looks back over 2**27 bytes, so that it costs its changes."""


def recorded_files(split: str) -> list[Path]:
    """The compressed files of a split, one of each kind of site."""
    return sorted((FOLDER / split).glob("*.json.zst"))


def compressed(content: bytes) -> bytes:
    """A file's content as it ships."""
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=WINDOW_LOG, enable_ldm=True)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(content)


def decompressed(path: Path) -> Iterator[bytes]:
    """A shipped file's content in pieces. Raises `zstandard.ZstdError` where it is damaged."""
    with path.open("rb") as source:
        yield from zstandard.ZstdDecompressor(max_window_size=1 << WINDOW_LOG).read_to_iter(source)
