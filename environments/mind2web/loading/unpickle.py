"""Reads the ranker's scores out of a pickle, in a process of its own that can do nothing else:

    python -I unpickle.py FILE TOP > LINES

A pickle is a program, and may be anybody's. This one can name no function but those that make numbers as numpy pickles
them, which are ours; it has a limit of memory and of time, and can open and write no file. What it prints are lines of
JSON, `[sample, [ids of the first TOP, the first one first]]`. Nothing of this project is imported.
"""

from __future__ import annotations

import json
import pickle
import resource
import signal
import struct
import sys
from typing import Any, NoReturn

LIMIT_BYTES = 8 << 30
LIMIT_S = 900
LIMIT_ID_CHARS = 200
FORMATS = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u4": "I", "u8": "Q"}


class NumberType:
    """Stands in for numpy's description of a number."""

    def __init__(self, code: str, *_: Any) -> None:
        self.format, self.order = FORMATS[code], "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = ">" if state[1] == ">" else "<"


def number(kind: NumberType, content: bytes) -> float:
    """Stands in for numpy's scalar."""
    value: float = struct.unpack(kind.order + kind.format, content)[0]
    return value


ALLOWED = {
    ("numpy", "dtype"): NumberType,
    ("numpy.core.multiarray", "scalar"): number,
    ("numpy._core.multiarray", "scalar"): number,
}


class Reader(pickle.Unpickler):
    """Knows no global but the allowed ones."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it wants to call {module}.{name}, which scores have no need of")
        return ALLOWED[module, name]


def refuse(why: str) -> NoReturn:
    """End with one line."""
    print(" ".join(why.split())[:300], file=sys.stderr)
    sys.exit(2)


def first(ranks: Any, top: int) -> list[str]:
    """The ids of the first ranks, in their order."""
    if not isinstance(ranks, dict):
        refuse("its 'ranks' are no dictionaries of elements")
    found = []
    for id, rank in ranks.items():
        if type(id) is not str or type(rank) not in (int, float) or len(id) > LIMIT_ID_CHARS:
            refuse("its 'ranks' are not ids with numbers")
        if rank < top:
            found.append((rank, id))
    return [id for _, id in sorted(found)]


def main(path: str, top: int) -> None:
    with open(path, "rb") as file:
        for kind, limit in (
            (resource.RLIMIT_AS, LIMIT_BYTES),
            (resource.RLIMIT_CPU, LIMIT_S),
            (resource.RLIMIT_NOFILE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            allowed = resource.getrlimit(kind)[1]
            least = limit if allowed == resource.RLIM_INFINITY else min(limit, allowed)
            resource.setrlimit(kind, (least, least))
        signal.alarm(LIMIT_S)
        try:
            content = Reader(file).load()
        except MemoryError:
            refuse(f"it needs more than {LIMIT_BYTES >> 30} GiB")
        except Exception as error:  # a hostile pickle can raise anything
            refuse(f"{type(error).__name__}: {error}")
    ranks = content.get("ranks") if type(content) is dict else None
    if not isinstance(ranks, dict):
        refuse("it holds no dictionary with 'ranks'")
    for sample, of_sample in ranks.items():
        if type(sample) is not str or len(sample) > LIMIT_ID_CHARS:
            refuse("its 'ranks' are not by sample")
        print(json.dumps([sample, first(of_sample, top)]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
