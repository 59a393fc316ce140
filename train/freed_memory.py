"""Memory that a training process frees stays with it, for the next tensor.

A step on the CPU frees and takes blocks of many megabytes by the hundred. By default glibc gives each back to the kernel, which then
clears its pages anew, one fault for every 4 KiB: a quarter of a step's time. Here large blocks come from the heap as small ones
do, and the heap does not shrink. The peak of memory is what it was; between the peaks it stays.
"""

from __future__ import annotations

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # malloc.h


def keep() -> None:
    """From now on, in this process. Other C libraries than glibc are left as they are."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_MAX, 0)
        libc.mallopt(_TRIM_THRESHOLD, -1)
