"""Memory that a training process frees stays with it, for the next tensor.

A step on the CPU frees and takes blocks of many megabytes by the hundred. By default glibc gives each back to the
kernel, which then clears its pages anew, one fault for every 4 KiB: a quarter of a step's time. Here all but the
largest come from the heap, which does not shrink. The largest do not: with every length of document they have another
size, and would leave it full of holes.

oneDNN keeps a compiled product for every shape that it has met, some megabytes each, up to 1,024 of them. Documents
come in every length, so that a run would grow by gigabytes: it keeps 64.
"""

from __future__ import annotations

import ctypes
import os
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGEST = 32 << 20  # the most that glibc takes


def keep() -> None:
    """From now on, in this process, whose first product is still to come.

    Other C libraries than glibc are left as they are.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_TRIM_THRESHOLD, -1)
