"""What a sandbox's supervisor stands on: the stream to the host, the processes it started, a clock. Runs inside a
sandbox.

Frames, both ways: length of header, length of body (two big-endian u32), header (JSON), body (bytes).
"""

import array
import contextlib
import fcntl
import json
import os
import select
import signal
import struct
import termios
import time

from environments.sandbox.foreground import fields

Header = dict[str, object]

FRAME = struct.Struct("!II")
REPORT_FD = 250
LONGEST_STEP_S = 0.5


class HostGone(Exception):
    """The host closed the stream: nobody needs this sandbox any more."""


class Clock:
    """The time in which this sandbox ran. Asked many times a second while something is waited for: where it stands
    still between two askings (a paused container, a machine that does nothing for it), that is nobody's doing inside,
    and counts as one step."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._ran = 0.0

    def __call__(self) -> float:
        last, self._last = self._last, time.monotonic()
        self._ran += min(self._last - last, LONGEST_STEP_S)
        return self._ran


class Capture:
    """The first `limit` bytes of a stream and the count of all of them: endless output costs no memory."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        self.kept += data[: self.limit - len(self.kept)]


class Sandbox:
    """What shell and runs share: the stream to the host, the children that ended, the clock tick that SIGCHLD gives."""

    def __init__(self, requests: int, replies: int) -> None:
        self.requests = requests
        self.replies = replies
        self.clock = Clock()
        self.ended: dict[int, int] = {}
        self.watched: set[int] = set()
        self.wake, wake_writer = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(wake_writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            chunk = os.read(self.requests, count - len(data))
            if not chunk:
                raise HostGone
            data += chunk
        return bytes(data)

    def receive(self) -> tuple[Header, bytes]:
        """The next request; orphans are reaped while waiting."""
        while self.requests not in self.wait([self.requests], [], None)[0]:
            pass
        header_length, body_length = FRAME.unpack(self._exactly(FRAME.size))
        return json.loads(self._exactly(header_length)), self._exactly(body_length)

    def send(self, header: Header, body: bytes = b"") -> None:
        encoded = json.dumps(header).encode()
        frame = memoryview(FRAME.pack(len(encoded), len(body)) + encoded + body)
        while frame:
            frame = frame[os.write(self.replies, frame) :]

    def wait(self, readable: list[int], writable: list[int], seconds: float | None) -> tuple[list[int], list[int]]:
        """select(2), then reap whoever has ended. What can be read may have `wake` in it beside `readable`."""
        ready, can_write, _ = select.select(
            [*readable, self.wake], writable, [], None if seconds is None else max(0.0, seconds)
        )
        if self.wake in ready:
            self.reap()
        return ready, can_write

    def reap(self) -> None:
        with_signal = read_available(self.wake, 1 << 16)
        while with_signal is not None:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.watched:
                self.watched.discard(pid)
                self.ended[pid] = os.waitstatus_to_exitcode(status)

    def host_gone(self) -> bool:
        """Whether the host hung up while a command runs (it never sends a second request before the reply)."""
        poll = select.poll()
        poll.register(self.requests, 0)
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))

    def spawn(
        self, argv: list[str], stdio: tuple[int, int, int], report: int | None, environment: dict[str, str]
    ) -> int:
        """Fork and exec in a session of its own, at the terminal that its stdin may be. When the sandbox is full of
        processes, they all die and it is tried once more."""
        try:
            pid = os.fork()
        except BlockingIOError:
            os.kill(-1, signal.SIGKILL)
            time.sleep(0.1)
            self.reap()
            pid = os.fork()
        if pid == 0:
            become(argv, stdio, report, environment)
        self.watched.add(pid)
        return pid


def become(argv: list[str], stdio: tuple[int, int, int], report: int | None, environment: dict[str, str]) -> None:
    """The child's way from fork to exec. Python ignores SIGPIPE and SIGXFSZ; a program must not inherit that."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for target, source in enumerate(stdio):
            os.dup2(source, target)
        if os.isatty(0):
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if report is not None:
            os.dup2(report, REPORT_FD)
        # Out of memory, the kernel must choose the hog and not process 1.
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write("500")
        os.chdir("/")
        os.execvpe(argv[0], argv, environment)
    except BaseException as error:
        os.write(2, f"{argv[0]}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(126)


def read_available(fd: int, count: int) -> bytes | None:
    """What a non-blocking `fd` has now: b"" at its end, None when there is nothing yet."""
    try:
        return os.read(fd, count)
    except BlockingIOError:
        return None


def unread(fd: int) -> int:
    """How many bytes wait in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def processes() -> set[int]:
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def parent_of(pid: int) -> int:
    try:
        return int(fields(pid)[1])
    except (OSError, IndexError, ValueError):
        return 0


def newcomers(before: set[int], root: int) -> set[int]:
    """The processes under `root`, and their orphans, that were not there `before`; what an earlier command left running
    is spared.
    """
    present = processes() - before - {root, os.getpid()}
    parents = {pid: parent_of(pid) for pid in present}
    members = set()
    for pid in present:
        above = pid
        while above in parents:
            above = parents[above]
        if above in (root, os.getpid(), 0):
            members.add(pid)
    return members


def exit_code(status: int) -> int:
    """As a shell says it: death by signal N is 128 + N."""
    return status if status >= 0 else 128 - status


def send_signal(number: int, pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
