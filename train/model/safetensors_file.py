"""Writing a safetensors file tensor by tensor, which the library, wanting all of them at once, does not.

The format (https://huggingface.co/docs/safetensors#format): 8 bytes with the header's length, a JSON header with every
tensor's dtype, shape and place, then the tensors' bytes one behind the other.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import torch

_NAMES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
_ALIGNMENT = 8


class Entry(NamedTuple):
    """A tensor that will be written."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


class SafetensorsWriter:
    """One file; `write` takes the tensors of `entries` in their order."""

    def __init__(self, path: Path, entries: list[Entry]) -> None:
        self._left = list(reversed(entries))
        self._file: BinaryIO = path.open("wb")
        self._file.write(_header(entries))

    def write(self, tensor: torch.Tensor) -> None:
        """Raises ValueError if it is not the next one."""
        entry = self._left[-1]
        if (tuple(tensor.shape), tensor.dtype) != (entry.shape, entry.dtype):
            raise ValueError(f"expected {entry}, got {tuple(tensor.shape)} in {tensor.dtype}")
        self._left.pop()
        self._file.write(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None and self._left:
            raise ValueError(f"{len(self._left)} tensors were not written, the first is {self._left[-1].name}")


def _header(entries: list[Entry]) -> bytes:
    described: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for entry in entries:
        end = start + entry.size_bytes
        described[entry.name] = {"dtype": _NAMES[entry.dtype], "shape": entry.shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text
