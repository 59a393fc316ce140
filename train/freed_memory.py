"""Memory that a training process frees stays with it, for the next tensor.

A step on the CPU frees and takes blocks of many megabytes by the hundred. By default glibc gives each back to the kernel, which then
clears its pages anew, one fault for every 4 KiB: a quarter of a step's time. Here large blocks come from the heap as small ones
do, and the heap does not shrink. The peak of memory is what it was; between the peaks it stays.

oneDNN keeps a compiled product for every shape that it has met, some megabytes each, up to 1,024 of them. Documents come in every
length, so that a run would grow by gigabytes: it keeps 64.
"""

from __future__ import annotations

import ctypes
import os
import platform

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # malloc.h


def keep() -> None:
    """From now on, in this process, whose first product is still to come. Other C libraries than glibc are left as they are."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_MAX, 0)
        libc.mallopt(_TRIM_THRESHOLD, -1)
