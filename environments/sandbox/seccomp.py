"""A system call filter for bubblewrap's sandboxes, of the same kind as Docker's default one: what no agent's task needs
and what widens the kernel's surface (namespaces, mounts, modules, keys, bpf, io_uring …) fails with EPERM.
"""

from __future__ import annotations

import errno
import platform
import struct

# name → number on x86_64, on aarch64
DENIED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pivot_root": (155, 41),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
CLONE = (56, 220)
CLONE3 = 435
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW… flag of clone(2)
X32_BIT = 0x40000000

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000


def seccomp_filter(machine: str = platform.machine()) -> bytes | None:
    """The filter as an array of `struct sock_filter`; None for a processor whose numbers are not listed."""
    if machine not in ARCHITECTURES:
        return None
    column, audit = ARCHITECTURES[machine]

    def step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, when_true, when_false, value)

    refuse = step(RETURN, ERROR | errno.EPERM)
    program = [
        step(LOAD, ARCHITECTURE),
        step(JUMP_EQUAL, audit, 1, 0),
        step(RETURN, KILL),
        step(LOAD, NUMBER),
        step(JUMP_AT_LEAST, X32_BIT, 0, 1),
        refuse,
        # clone3 hides its flags behind a pointer: "not there" makes libc use clone instead.
        step(JUMP_EQUAL, CLONE3, 0, 1),
        step(RETURN, ERROR | errno.ENOSYS),
    ]
    for numbers in DENIED.values():
        program += [step(JUMP_EQUAL, numbers[column], 0, 1), refuse]
    program += [
        step(JUMP_EQUAL, CLONE[column], 0, 3),
        step(LOAD, FIRST_ARGUMENT),
        step(JUMP_ANY_BIT, NEW_NAMESPACES, 0, 1),
        refuse,
        step(RETURN, ALLOW),
    ]
    return b"".join(program)
