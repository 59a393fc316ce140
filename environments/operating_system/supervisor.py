"""The program that runs inside a sandbox, as its process 1, and does there what the host asks for.

The host sends this file's text through the sandbox's stdin (`python3 -I -S -c BOOTSTRAP`), so the image needs nothing but
python3, and only the standard library may be imported here. As process 1 of its PID namespace it cannot be killed, stopped or
traced by anything inside (`kill -9 -1` passes it by), it reaps orphans, and it ends, with everything else, when its stdin does.

Frames, both ways: length of header, length of body (two big-endian u32), header (JSON), body (bytes). Requests, one at a time:

    {"op": "shell", "timeout": s, "limit": bytes}                                     body: the command
    {"op": "run", "language": …, "params": […], "timeout": s, "limit": bytes}         body: the code
    {"op": "ping"}
    and those of custody.py, before and while the agent's work is judged; a "run" is "judging" then

*Where a command ends* is decided by the kernel, not by text that a program could print. A command is one `eval` line on the
stdin of a real interactive bash, followed by a line that reports `$?`, with a nonce, on a pipe of its own. That report only
hints: the command is over when bash itself is blocked in read(2) on that stdin and nothing is left in it (/proc/PID/syscall,
FIONREAD). Where the kernel does not show this (gVisor, other processors) the nonce alone decides.
"""

import array
import contextlib
import ctypes
import fcntl
import json
import os
import platform
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

from environments.operating_system.custody import OPERATIONS
from environments.operating_system.custody import environment as judging_environment

Header = dict[str, object]

FRAME = struct.Struct("!II")
REPORT_FD = 250
READ_CALL = {"x86_64": b"0", "aarch64": b"63"}.get(platform.machine())
UNREPORTED_POLL_S = 0.05
PR_SET_DUMPABLE, PR_SET_NAME, PR_CAP_AMBIENT, CLEAR_ALL = 4, 15, 47, 4
# After the deadline: what to send, to bash too?, and how long to wait for it to work.
ESCALATION = ((signal.SIGINT, True, 0.3), (signal.SIGTERM, False, 0.2), (signal.SIGKILL, False, 1.0), (signal.SIGKILL, True, 1.0))
SETUP = b"PS1= PS2=; unset PROMPT_COMMAND HISTFILE MAILCHECK; set +H +o history\n"
NOBODYS_ID = 0x7FFFFFFE
COMPILERS = {"c": ("gcc", "main.c"), "c++": ("g++", "main.cpp")}


class HostGone(Exception):
    """The host closed the stream: nobody needs this sandbox any more."""


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
        """select(2), and whatever happened, reap. Raises `HostGone` if a command is running and nobody waits for it."""
        ready, can_write, _ = select.select([*readable, self.wake], writable, [], None if seconds is None else max(0.0, seconds))
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

    def spawn(self, argv: list[str], stdio: tuple[int, int, int], report: int | None, environment: dict[str, str]) -> int:
        """Fork and exec in a session of its own. When the sandbox is full of processes, they all die and it is tried once more."""
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
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def newcomers(before: set[int], root: int) -> set[int]:
    """The processes under `root`, and their orphans, that were not there `before`; what an earlier command left running is spared."""
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


class Shell:
    """One interactive login bash, whose stdin is ours alone. It is opened once; when it has ended, another takes its place."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        stdin_reader, self.stdin = os.pipe()
        self.output, output_writer = os.pipe()
        self.reports, report_writer = os.pipe()
        environment = {**os.environ, "TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "DEBIAN_FRONTEND": "noninteractive"}
        stdio = (stdin_reader, output_writer, output_writer)
        self.pid = sandbox.spawn(["bash", "--login", "--noediting", "-i"], stdio, report_writer, environment)
        self.stdin_inode = os.fstat(stdin_reader).st_ino
        for fd in (stdin_reader, output_writer, report_writer):
            os.close(fd)
        for fd in (self.stdin, self.output, self.reports):
            os.set_blocking(fd, False)
        self.kernel = False
        self.last_code = 0
        self.execute(SETUP, 10.0, 0)
        self.kernel = READ_CALL is not None and self.blocked_on_stdin() is not None

    @property
    def alive(self) -> bool:
        return self.pid not in self.sandbox.ended

    def blocked_on_stdin(self) -> bool | None:
        """Whether bash itself is blocked reading the stdin we gave it, and all of it is read; None where the kernel does not say."""
        if unread(self.stdin):
            return False
        try:
            with open(f"/proc/{self.pid}/syscall", "rb") as file:
                call = file.read().split()
            if os.stat(f"/proc/{self.pid}/fd/0").st_ino != self.stdin_inode:
                return False
        except OSError:
            return None if self.alive else False
        return len(call) > 2 and call[0] == READ_CALL and int(call[1], 16) & 0xFFFFFFFF == 0

    def command(self, command: bytes, timeout: float, limit: int) -> tuple[Header, bytes]:
        """One command of the agent, as one `eval` line. What background processes printed since the last one is dropped."""
        read_available(self.output, 1 << 20)
        text = command.replace(b"\0", b"").replace(b"'", b"'\\''")
        # The report line has overwritten $?; a command that looks at it gets the true one back.
        restore = b"(exit %d); " % self.last_code if self.last_code and b"$?" in command else b""
        return self.execute(restore + b"eval '" + text + b"' </dev/null\n", timeout, limit)

    def execute(self, line: bytes, timeout: float, limit: int) -> tuple[Header, bytes]:
        running = Running(self, line, timeout, limit)
        header = running.finish()
        code = header["exit"]
        self.last_code = code if isinstance(code, int) else 0
        return header, bytes(running.captured.kept)

    def close(self) -> None:
        """Forget an ended shell; what it left running keeps running."""
        self.sandbox.ended.pop(self.pid, None)
        for fd in (self.stdin, self.output, self.reports):
            os.close(fd)


class Running:
    """One command in the shell, until its end."""

    def __init__(self, shell: Shell, line: bytes, timeout: float, limit: int) -> None:
        self.shell = shell
        self.nonce = os.urandom(8).hex().encode()
        report = b"{ \\builtin printf '%%s %%d\\n' %s \"$?\" >&%d; } 2>/dev/null\n" % (self.nonce, REPORT_FD)
        self.pending = memoryview(line + report)
        self.before = processes() | {shell.pid}
        self.deadline = time.monotonic() + timeout
        self.escalated = 0
        self.captured = Capture(limit)
        self.reported = bytearray()
        self.code: int | None = None
        self.sightings = 0

    def finish(self) -> Header:
        pause = UNREPORTED_POLL_S
        while self.shell.alive and not self.over():
            if self.hinted():
                pause = 0.00002 if pause == UNREPORTED_POLL_S else min(pause * 2, UNREPORTED_POLL_S / 2)
            self.exchange(min(pause, max(0.0, self.deadline - time.monotonic())))
            if time.monotonic() >= self.deadline:
                self.escalate()
        self.collect(unread(self.shell.output))
        if not self.shell.alive:
            self.code = exit_code(self.shell.sandbox.ended[self.shell.pid])
        return {
            "exit": self.code,
            "timed_out": self.escalated > 0,
            "truncated": self.captured.total > len(self.captured.kept),
            "ended": not self.shell.alive,
        }

    def hinted(self) -> bool:
        """Whether the report has arrived. A program may have written to that pipe too: the last line with our nonce counts."""
        for line in bytes(self.reported).splitlines():
            name, _, code = line.partition(b" ")
            if name == self.nonce and code.isdigit():
                self.code = int(code)
        return self.code is not None

    def over(self) -> bool:
        """Whether the command is over. Without a report (something stole it) bash must be seen idle twice."""
        if self.pending:
            return False
        if not self.shell.kernel:
            return self.hinted()
        self.sightings = self.sightings + 1 if self.shell.blocked_on_stdin() else 0
        if self.sightings == 0:
            return False
        self.read_reports()
        return self.hinted() or self.sightings > 1

    def exchange(self, seconds: float) -> None:
        shell = self.shell
        writable = [shell.stdin] if self.pending else []
        ready, can_write = shell.sandbox.wait([shell.output, shell.reports], writable, seconds)
        if can_write:
            try:
                self.pending = self.pending[os.write(shell.stdin, self.pending) :]
            except OSError:
                self.pending = self.pending[:0]
        if shell.output in ready:
            self.collect(1 << 16)
        if shell.reports in ready:
            self.read_reports()
        if not ready and shell.sandbox.host_gone():
            raise HostGone

    def collect(self, count: int) -> None:
        self.captured.add(read_available(self.shell.output, count) or b"")

    def read_reports(self) -> None:
        """Keep the newest few kilobytes: a flood on the report pipe costs no memory."""
        self.reported += read_available(self.shell.reports, 1 << 16) or b""
        del self.reported[:-4096]

    def escalate(self) -> None:
        """The time is up: as Ctrl-C first, which bash survives; at last bash goes too and a fresh one follows."""
        number, shell_too, patience = ESCALATION[min(self.escalated, len(ESCALATION) - 1)]
        members = newcomers(self.before, self.shell.pid)
        if number == signal.SIGKILL:
            send_signal(signal.SIGSTOP, members)
            for _ in range(20):
                send_signal(signal.SIGKILL, members)
                members = newcomers(self.before, self.shell.pid)
                if not members:
                    break
                time.sleep(0.005)
        send_signal(number, members | ({self.shell.pid} if shell_too else set()))
        send_signal(signal.SIGCONT, members)
        self.escalated += 1
        self.deadline = time.monotonic() + patience


def arguments(language: str, code: str, params: list[str], folder: str) -> list[list[str]]:
    """The commands that run `code`: for C and C++ a compiler first."""
    if language == "bash":
        return [["bash", "-c", code, "--", *params]]
    if language == "python":
        return [["python3", "-I", "-c", code, *params]]
    compiler, name = COMPILERS[language]
    with open(os.path.join(folder, name), "w", encoding="utf-8") as source:
        source.write(code)
    program = os.path.join(folder, "program")
    return [[compiler, "-o", program, os.path.join(folder, name)], [program, *params]]


def run(sandbox: Sandbox, request: dict[str, object], code: str) -> tuple[Header, bytes]:
    """A program of its own, beside the shell: it is over when its first process is, whoever still holds its stdout."""
    deadline = time.monotonic() + float(str(request["timeout"]))
    out, err = Capture(int(str(request["limit"]))), Capture(4096)
    params = [str(param) for param in request["params"]]  # type: ignore[attr-defined]
    folder = tempfile.mkdtemp(prefix="run-") if request["language"] in COMPILERS else ""
    header: Header = {}
    try:
        for argv in arguments(str(request["language"]), code, params, folder):
            header = run_one(sandbox, argv, deadline, out, err, bool(request.get("judging")))
            if header["exit"] != 0 or header["timed_out"]:
                break
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
    return {**header, "truncated": out.total > len(out.kept), "stdout": len(out.kept)}, bytes(out.kept + err.kept)


def run_one(sandbox: Sandbox, argv: list[str], deadline: float, out: Capture, err: Capture, judging: bool) -> Header:
    before = processes()
    environment = judging_environment() if judging else dict(os.environ)
    null = os.open("/dev/null", os.O_RDONLY)
    out_reader, out_writer = os.pipe()
    err_reader, err_writer = os.pipe()
    try:
        pid = sandbox.spawn(argv, (null, out_writer, err_writer), None, environment)
    finally:
        for fd in (null, out_writer, err_writer):
            os.close(fd)
    streams = {out_reader: out, err_reader: err}
    for fd in streams:
        os.set_blocking(fd, False)
    timed_out = False
    while pid not in sandbox.ended:
        open_streams = list(streams)
        ready, _ = sandbox.wait(open_streams, [], min(0.5, deadline - time.monotonic()))
        for fd in open_streams:
            if fd in ready:
                data = read_available(fd, 1 << 16)
                if data == b"":
                    del streams[fd]
                    os.close(fd)
                else:
                    (out if fd == out_reader else err).add(data or b"")
        if sandbox.host_gone():
            raise HostGone
        if time.monotonic() >= deadline:
            timed_out = True
            members = newcomers(before, pid) | {pid}
            send_signal(signal.SIGSTOP, members)
            send_signal(signal.SIGKILL, members)
            deadline = time.monotonic() + 0.02
    if judging:  # what it left running could meddle with the next one
        send_signal(signal.SIGKILL, newcomers(before, pid))
    for fd, captured in streams.items():
        captured.add(read_available(fd, unread(fd)) or b"")
        os.close(fd)
    return {"exit": exit_code(sandbox.ended.pop(pid)), "timed_out": timed_out}


def serve(sandbox: Sandbox) -> None:
    """Answer requests until the host hangs up."""
    shell: Shell | None = None
    while True:
        request, body = sandbox.receive()
        try:
            if request["op"] == "shell":
                restarted = shell is not None and not shell.alive
                if shell is not None and restarted:
                    shell.close()
                if shell is None or restarted:
                    shell = Shell(sandbox)
                header, output = shell.command(body, float(str(request["timeout"])), int(str(request["limit"])))
                sandbox.send({**header, "restarted": restarted}, output)
            elif request["op"] == "run":
                sandbox.send(*run(sandbox, request, body.decode("utf-8", "surrogateescape")))
            elif str(request["op"]) in OPERATIONS:
                sandbox.send(*OPERATIONS[str(request["op"])](request, body))
            else:
                sandbox.send({"pid": os.getpid(), "kernel": bool(shell and shell.kernel)})
        except HostGone:
            raise
        except Exception as error:
            # The sandbox is so full (processes, disk, descriptors) that not even this works: that is an answer too.
            sandbox.send({"error": f"{type(error).__name__}: {error}"})


def main() -> None:
    # Whatever this process needs is loaded: nothing is imported from a disk that the agent writes.
    sys.meta_path.clear()
    libc = ctypes.CDLL(None, use_errno=True)
    # Not dumpable: nothing in the sandbox may trace this process or open its descriptors under /proc/1/fd, even as root.
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NAME, b"init", 0, 0, 0)
    libc.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    # Python would handle it, and what is handled gets through to a process 1.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # With a saved id that is not root's, root in the sandbox cannot set this process's resource limits (check_prlimit_permission).
    with contextlib.suppress(PermissionError):
        os.setresgid(0, 0, NOBODYS_ID)
        os.setresuid(0, 0, NOBODYS_ID)
    null = os.open("/dev/null", os.O_RDWR)
    requests, replies = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3) for fd in (0, 1))
    os.dup2(null, 0)
    os.dup2(null, 1)
    sandbox = Sandbox(requests, replies)
    sandbox.send({"hello": 1, "pid": os.getpid()})
    with contextlib.suppress(HostGone, BrokenPipeError):
        serve(sandbox)


if __name__ == "__main__":
    main()
