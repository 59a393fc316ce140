"""Whether what runs in the foreground of a terminal waits for input, by the kernel's word. Runs inside a sandbox,
before supervisor.py.

A process waits if it is blocked in read(2) on the terminal, or in select(2) or poll(2), without a time limit, on the
terminal and nothing else: so do bash, `read`, `cat`, dash, and all that reads lines with readline. What waits for other
things too (sudo with a terminal of its own between, an event loop) may be at work behind that, and does not count.

The kernel shows a process's system call to its own user only (`PTRACE_MODE_ATTACH_FSCREDS`, proc(5)), so the look at a
process of another user is made with that user's file system ids.
"""

import contextlib
import ctypes
import os
import platform
import struct
from collections.abc import Iterator

READ, READ_SET, READ_LIST = "read", "set", "list"
# number → what it waits for, and the index of its time limit among the arguments (None: it has none)
CALLS: dict[str, dict[int, tuple[str, int | None]]] = {
    "x86_64": {0: (READ, None), 23: (READ_SET, 4), 270: (READ_SET, 4), 7: (READ_LIST, 2), 271: (READ_LIST, 2)},
    "aarch64": {63: (READ, None), 72: (READ_SET, 4), 73: (READ_LIST, 2)},
}
WAITING_CALLS = CALLS.get(platform.machine(), {})
POLL_WITH_MILLISECONDS = 7 if platform.machine() == "x86_64" else -1
POLLIN = 1
MOST_DESCRIPTORS = 1024
CONTROLLING_TERMINAL = os.makedev(5, 0)
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_DUMPABLE = 1, 2, 4


def member_of(group: int) -> Iterator[int]:
    """The processes of a process group."""
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if name.isdigit() and int(fields(int(name))[2]) == group:
                yield int(name)


def fields(pid: int) -> list[bytes]:
    """/proc/PID/stat from the state on: state, parent, group, session, …"""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return stat.read().rpartition(b")")[2].split()


def user_of(pid: int) -> tuple[int, int]:
    """The effective user and group of a process."""
    with open(f"/proc/{pid}/status", "rb") as status:
        found = {line.split()[0]: int(line.split()[2]) for line in status if line[:4] in (b"Uid:", b"Gid:")}
    return found[b"Uid:"], found[b"Gid:"]


@contextlib.contextmanager
def seen_as(user: int, group: int) -> Iterator[None]:
    """Look at files as `user` does.

    The kernel takes a change of ids as a reason to forget two settings of this process.
    """
    if (user, group) == (0, 0):
        yield
        return
    parent_death = ctypes.c_int(0)
    LIBC.prctl(PR_GET_PDEATHSIG, ctypes.byref(parent_death), 0, 0, 0)
    LIBC.setfsgid(group)
    LIBC.setfsuid(user)
    try:
        yield
    finally:
        LIBC.setfsuid(0)
        LIBC.setfsgid(0)
        LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        LIBC.prctl(PR_SET_PDEATHSIG, parent_death.value, 0, 0, 0)


def waits(pid: int, terminal: int) -> bool | None:
    """Whether the process waits for `terminal` (its device number) alone; None where the kernel does not show its
    system call.
    """
    try:
        with seen_as(*user_of(pid)):
            with open(f"/proc/{pid}/syscall", "rb") as file:
                words = file.read().split()
            if len(words) < 7 or int(words[0]) not in WAITING_CALLS:  # running, stopped, or busy with something else
                return False
            awaited = descriptors(pid, int(words[0]), [int(word, 16) for word in words[1:7]])
            return bool(awaited) and all(is_terminal(pid, descriptor, terminal) for descriptor in awaited)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except (OSError, KeyError, ValueError, IndexError, struct.error):
        return None


def descriptors(pid: int, number: int, arguments: list[int]) -> list[int]:
    """The descriptors whose input this call waits for; none when it does not wait for as long as it takes."""
    kind, limit = WAITING_CALLS[number]
    if kind == READ:
        return [arguments[0] & 0xFFFFFFFF]
    if limit is not None and not endless(number, arguments[limit]):
        return []
    if kind == READ_SET:
        count = min(arguments[0], MOST_DESCRIPTORS)
        bits = int.from_bytes(memory(pid, arguments[1], (count + 63) // 64 * 8), "little") if arguments[1] else 0
        return [descriptor for descriptor in range(count) if bits >> descriptor & 1]
    count = min(arguments[1], MOST_DESCRIPTORS)
    return [
        descriptor
        for descriptor, events, _ in struct.iter_unpack("=ihh", memory(pid, arguments[0], 8 * count))
        if events & POLLIN
    ]


def endless(number: int, limit: int) -> bool:
    """Whether a time limit is none: a negative number of milliseconds for poll, a null pointer for the others."""
    return bool(limit & 0x80000000) if number == POLL_WITH_MILLISECONDS else limit == 0


def memory(pid: int, address: int, count: int) -> bytes:
    file = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(file, count, address)
    finally:
        os.close(file)


def is_terminal(pid: int, descriptor: int, terminal: int) -> bool:
    return os.stat(f"/proc/{pid}/fd/{descriptor}").st_rdev in (terminal, CONTROLLING_TERMINAL)
