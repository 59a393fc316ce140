"""What a sandbox's supervisor does when its agent has finished, before anything is judged. Runs inside a sandbox, as
process 1.

The agent was root here. So its processes are stopped, all of them in one call, and the places that programs are run and
steered from (the image's own `/usr`, loader, interpreters' start-up files: `restoration.py` says which) are listed for
the host, which knows how they were and says what to remove and what to put back. Process 1 was loaded before the agent
came and reads no program from the disk since.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from environments.sandbox.foreground import fields

Header = dict[str, object]

SETTLE_S = 2.0
# Looks, not seconds: a machine that stands still meanwhile has not refused to stop.
STOP_LOOKS, STOP_PAUSE_S = 1000, 0.005
QUIET_LOOKS, WAITING_LOOKS = 3, 40
MOST_LOOKED_AT = 300_000
RUNNING, STOPPED, ENDED, WAITING = "R", "Tt", "ZX", "D"
OWN_FIRST = "/usr/local/"
USUAL_PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
TICKS = os.sysconf("SC_CLK_TCK")
# A sandbox that nobody looked at for so long, and that has used no more CPU meanwhile, has stood still.
LONGEST_STEP_S, SAMPLE_S, BUSY_SHARE, BUSY_BEFORE_S = 1.0, 0.2, 0.4, 0.4


class Process(NamedTuple):
    """What /proc says of a process: its state, the CPU it has used with its ended children, when it began, and whether
    it is in the foreground of its terminal."""

    state: str
    ticks: int
    began: int
    foreground: bool = False


stopped: dict[int, Process] = {}
# The names of files that have several; looked for once, when everything is stopped.
namesakes: dict[tuple[int, ...], list[bytes]] = {}


def process(pid: int) -> Process | None:
    try:
        found = fields(pid)
        return Process(found[0].decode(), sum(map(int, found[11:15])), int(found[19]), found[2] == found[5])
    except (OSError, IndexError, ValueError):
        return None


def census() -> dict[int, Process]:
    """All processes but this one."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return {pid: found for pid in pids if (found := process(pid)) is not None}


def cpu_seconds() -> float:
    """The CPU that everything in the sandbox has used so far."""
    own = process(os.getpid())
    return sum(found.ticks for found in (*census().values(), *([own] if own else []))) / TICKS


class Standstill:
    """How long the sandbox as a whole stood still while a program ran: it was paused, or its machine did nothing for
    it. Asked twice a second or more. A program that keeps the CPU from this process is no standstill: the sandbox's own
    use of it goes on then."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.looked, self.used = time.monotonic(), cpu_seconds()

    def look(self) -> None:
        now = time.monotonic()
        gap = now - self.looked
        if gap < SAMPLE_S:
            return
        used = cpu_seconds()
        if gap >= LONGEST_STEP_S and used - self.used < BUSY_SHARE * gap + BUSY_BEFORE_S:
            self.seconds += gap
        self.looked, self.used = now, used


def signalled(pid: int) -> bool:
    """Whether a signal is on its way to a process that would take it."""
    words = {}
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                name, _, value = line.partition(b":")
                words[name] = value.strip()
        pending = int(words[b"SigPnd"], 16) | int(words[b"ShdPnd"], 16)
        return bool(pending & ~int(words[b"SigBlk"], 16)) and words[b"State"][:1] not in b"TtZX"
    except (OSError, KeyError, ValueError):
        return False


def settle() -> None:
    """Wait, but not long, until the signals that the agent sent have arrived (who was told to end has its chance to),
    and until what it left at work in its terminal's foreground, after a silence, is done with that."""
    deadline, quiet = time.monotonic() + SETTLE_S, 0
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        unsettled = any(
            signalled(pid) or (one.foreground and one.state in RUNNING + WAITING) for pid, one in census().items()
        )
        quiet = 0 if unsettled else quiet + 1
        time.sleep(STOP_PAUSE_S)


def stop(_request: Header, _body: bytes) -> tuple[Header, bytes]:
    """Stop every process but this one. One call reaches them all, so none can wake another or fork its way out. What
    waits for a disk stops when it has that: it is waited for, but not long, as who waits for a vfork'd child waits for
    ever."""
    if not stopped:
        settle()
    going: list[int] = []
    for look in range(STOP_LOOKS):
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGSTOP)
        found = census()
        going = [pid for pid, one in found.items() if one.state not in STOPPED + ENDED + WAITING]
        if not going and (look >= WAITING_LOOKS or all(one.state not in WAITING for one in found.values())):
            break
        time.sleep(STOP_PAUSE_S)
    if going:
        return {"error": f"process {going[0]} cannot be stopped"}, b""
    namesakes.clear()
    stopped.clear()
    stopped.update(found)
    return {}, b""


def still(_request: Header, _body: bytes) -> tuple[Header, bytes]:
    """Which of the stopped processes have run since; what was killed has not."""
    now = census()
    moved = [
        pid
        for pid, before in stopped.items()
        if pid in now and now[pid].began == before.began and has_run(before, now[pid])
    ]
    return {"ran": moved}, b""


def has_run(before: Process, now: Process) -> bool:
    if now.state in ENDED and before.state not in ENDED:
        return False
    if (
        before.state in WAITING and now.state in STOPPED + WAITING
    ):  # the kernel's work for it went on; the signal came before its own
        return False
    return now.ticks != before.ticks or now.state not in STOPPED + ENDED + WAITING


def entries(
    folder: bytes, patterns: list[str] | None, left_out: set[bytes]
) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    """The entries of a folder in order, those that a pattern names or all."""
    try:
        with os.scandir(folder) as found:
            chosen = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in chosen:
        if entry.path not in left_out and (
            patterns is None or any(fnmatchcase(os.fsdecode(entry.name), one) for one in patterns)
        ):
            yield entry.path, entry


def listed(path: bytes, entry: os.DirEntry[bytes]) -> bytes:
    """One line of the listing. The time of change is the kernel's: root can set any other time, but not this one."""
    try:
        info = entry.stat(follow_symlinks=False)
        target = os.fsencode(target_of(path, info))
    except FileNotFoundError:
        return b""
    size, changed = (info.st_size, info.st_ctime_ns) if stat.S_ISREG(info.st_mode) else (0, 0)
    return b"%s\0%o %d %d\0%s\0" % (path, info.st_mode, size, changed, target)


def target_of(path: bytes, info: os.stat_result) -> str:
    """Where a link leads, which device a device is."""
    if stat.S_ISLNK(info.st_mode):
        return os.fsdecode(os.readlink(path))
    return f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}" if stat.S_ISCHR(info.st_mode) else ""


def walk(
    trees: dict[str, list[str]], left_out: set[bytes], most_entries: int | None, most_bytes: int | None
) -> Iterator[bytes]:
    """The listing of what the patterns of each folder name, and of everything below. No link is followed."""
    pending = [item for folder, patterns in trees.items() for item in entries(os.fsencode(folder), patterns, left_out)]
    count = size = 0
    while pending:
        path, entry = pending.pop()
        yield (line := listed(path, entry))
        count, size = count + 1, size + len(line)
        if (most_entries is not None and count > most_entries) or (most_bytes is not None and size > most_bytes):
            raise OSError(
                f"more than {most_entries} files, or {most_bytes} bytes of names, where the image's programs are"
            )
        if entry.is_dir(follow_symlinks=False):
            pending += entries(path, None, left_out)


def listing(request: Header, _body: bytes) -> tuple[Header, bytes]:
    """The listing, packed; nothing where its digest is the one that the host `knows`."""
    trees: dict[str, list[str]] = request["trees"]  # type: ignore[assignment]
    left_out: list[str] = request["left_out"]  # type: ignore[assignment]
    bounds: list[int | None] = request["most"]  # type: ignore[assignment]
    text = b"".join(walk(trees, {os.fsencode(path) for path in left_out}, *bounds))
    digest = hashlib.blake2b(text).hexdigest()
    return {"digest": digest}, b"" if digest == request["known"] else zlib.compress(text, 1)


def read(request: Header, _body: bytes) -> tuple[Header, bytes]:
    """One file, as `put` takes it."""
    path = os.fsencode(str(request["path"]))
    info = os.lstat(path)
    header: Header = {"mode": info.st_mode, "uid": info.st_uid, "gid": info.st_gid, "mtime_ns": info.st_mtime_ns}
    header["target"] = target_of(path, info)
    if not stat.S_ISREG(info.st_mode):
        return header, b""
    if info.st_size > int(str(request["limit"])):
        raise OSError(f"{request['path']} has {info.st_size} bytes")
    with open(path, "rb") as file:
        return header, file.read()


def clear(path: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)


def remove(request: Header, _body: bytes) -> tuple[Header, bytes]:
    paths: list[str] = request["paths"]  # type: ignore[assignment]
    for path in paths:
        clear(os.fsencode(path))
    return {}, b""


def likeness(info: os.stat_result) -> tuple[int, ...]:
    """What two names of one file have in common. An overlay shows a number for each name of a file of the image
    (overlayfs.rst, "Inode properties"), but one time of change, which is the kernel's."""
    return (info.st_ctime_ns, info.st_nlink, info.st_size, info.st_mode, info.st_uid, info.st_gid)


def several_names() -> dict[tuple[int, ...], list[bytes]]:
    """The names of every file on the sandbox's disk that has more than one, as far as the first so many entries show
    them.
    """
    found: dict[tuple[int, ...], list[bytes]] = {}
    disk, pending, count = os.lstat("/").st_dev, [b"/"], 0
    while pending and count < MOST_LOOKED_AT:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as inside:
            for entry in inside:
                count += 1
                info = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(info.st_mode) and info.st_dev == disk:
                    pending.append(entry.path)
                elif stat.S_ISREG(info.st_mode) and info.st_nlink > 1:
                    found.setdefault(likeness(info), []).append(entry.path)
    return found


def other_names(path: bytes) -> list[bytes]:
    """The hard links that the file at `path` has elsewhere; none where more files look like it than it has names."""
    info = os.lstat(path)
    if info.st_nlink > 1 and not namesakes:
        namesakes.update(several_names())
    names = [
        name
        for name in namesakes.get(likeness(info), [])
        if os.path.lexists(name) and likeness(os.lstat(name)) == likeness(info)
    ]
    return [name for name in names if name != path] if len(names) <= info.st_nlink else []


def put(request: Header, body: bytes) -> tuple[Header, bytes]:
    """Put one file back. It is a new file: whoever holds the old one open, or mapped, holds nothing of this one, and a
    program that is open for writing can't be run. Other names of a file that kept its content are names of the new one
    then."""
    path, mode = os.fsencode(str(request["path"])), int(str(request["mode"]))
    owner, times = (int(str(request["uid"])), int(str(request["gid"]))), (int(str(request["mtime_ns"])),) * 2
    names: list[bytes] = []
    if stat.S_ISCHR(mode):
        raise OSError(f"{request['path']} is not the device that it was")
    if stat.S_ISREG(mode) and same_content(path, body):
        # Only its mode, owner or times are another: those may be what was asked for. But what root could run, it still
        # can.
        info = os.lstat(path)
        mode = info.st_mode if info.st_mode & 0o111 else info.st_mode | mode & 0o111
        owner, times = (info.st_uid, info.st_gid), (info.st_atime_ns, info.st_mtime_ns)
        names = other_names(path)
    clear(path)
    if stat.S_ISLNK(mode):
        os.symlink(os.fsencode(str(request["target"])), path)
        return {}, b""
    if stat.S_ISDIR(mode):
        os.mkdir(path)
    else:
        with open(path, "xb") as file:
            file.write(body)
    os.chown(path, *owner)
    os.chmod(path, stat.S_IMODE(mode))
    os.utime(path, ns=times)
    for name in names:
        os.unlink(name)
        os.link(path, name)
    return {}, b""


def same_content(path: bytes, content: bytes) -> bool:
    try:
        info = os.lstat(path)
        if not stat.S_ISREG(info.st_mode) or info.st_size != len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content
    except FileNotFoundError:
        return False


OPERATIONS: dict[str, Callable[[Header, bytes], tuple[Header, bytes]]] = {
    "stop": stop,
    "still": still,
    "listing": listing,
    "read": read,
    "remove": remove,
    "put": put,
}


def environment() -> dict[str, str]:
    """What a judging program is given: this process's own environment, which no agent has touched, with the image's
    programs before those under /usr/local, and Python's doors for other people's start-up files shut."""
    folders = os.environ.get("PATH", USUAL_PATH).split(":")
    path = ":".join(sorted(folders, key=lambda folder: folder.startswith(OWN_FIRST)))
    return {**os.environ, "PATH": path, "PYTHONNOUSERSITE": "1", "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
