"""The program that runs inside a sandbox, as its process 1, and does there what the host asks for.

The host sends the text of this file, and of those it imports from this package, through the sandbox's stdin (`python3
-I -S -c BOOTSTRAP`), so the image needs nothing but python3, and only the standard library may be imported here. As
process 1 of its PID namespace it cannot be killed, stopped or traced by anything inside (`kill -9 -1` passes it by), it
reaps orphans, and it ends, with everything else, when its stdin does.

Requests (frames: children.py), one at a time:

    {"op": "open"}                                                                    open the shell, if it is not
    {"op": "shell", "silence": s, "timeout": s, "limit": bytes}                       body: what to type (console.py)
    {"op": "run", "language": …, "params": […], "timeout": s, "limit": bytes}         body: the code
    {"op": "ping"}
    and those of custody.py, before and while the agent's work is judged; a "run" is "judging" then

Every reply says what is free on the disk ("disk_free"), also one that is an "error".
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import sys
import tempfile

from environments.sandbox.children import (
    Capture,
    Header,
    HostGone,
    Sandbox,
    exit_code,
    newcomers,
    processes,
    read_available,
    send_signal,
    unread,
)
from environments.sandbox.console import Shell
from environments.sandbox.custody import OPERATIONS, Standstill
from environments.sandbox.custody import environment as judging_environment

PR_SET_DUMPABLE, PR_SET_NAME, PR_CAP_AMBIENT, CLEAR_ALL = 4, 15, 47, 4
NOBODYS_ID = 0x7FFFFFFE
# This process's own: /dev/null as it was before the agent came. What is there now may be a pipe, which nobody opens
# without waiting.
EMPTY_INPUT = 0
COMPILERS = {"c": ("gcc", "main.c"), "c++": ("g++", "main.cpp")}


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
    deadline = sandbox.clock() + float(str(request["timeout"]))
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
    out_reader, out_writer = os.pipe()
    err_reader, err_writer = os.pipe()
    try:
        pid = sandbox.spawn(argv, (EMPTY_INPUT, out_writer, err_writer), None, environment)
    finally:
        for fd in (out_writer, err_writer):
            os.close(fd)
    streams = {out_reader: out, err_reader: err}
    for fd in streams:
        os.set_blocking(fd, False)
    timed_out = False
    standstill = Standstill()
    while pid not in sandbox.ended:
        standstill.look()
        open_streams = list(streams)
        ready, _ = sandbox.wait(open_streams, [], min(0.25, deadline - sandbox.clock()))
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
        if sandbox.clock() >= deadline:
            timed_out = True
            members = newcomers(before, pid) | {pid}
            send_signal(signal.SIGSTOP, members)
            send_signal(signal.SIGKILL, members)
            deadline = sandbox.clock() + 0.02
    if judging:  # what it left running could meddle with the next one
        send_signal(signal.SIGKILL, newcomers(before, pid))
    for fd, captured in streams.items():
        captured.add(read_available(fd, unread(fd)) or b"")
        os.close(fd)
    standstill.look()
    return {"exit": exit_code(sandbox.ended.pop(pid)), "timed_out": timed_out, "stood_still": standstill.seconds}


def free_disk_bytes() -> int:
    """What may still be written to the sandbox's root."""
    disk = os.statvfs("/")
    return disk.f_bavail * disk.f_frsize


class Service:
    """Answers requests, and keeps the shell between them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.shell: Shell | None = None

    def opened(self) -> tuple[Shell, bool]:
        """The shell, and whether it is a new one in the place of one that has ended."""
        restarted = self.shell is not None and not self.shell.alive
        if self.shell is not None and restarted:
            self.shell.close()
        if self.shell is None or restarted:
            self.shell = Shell(self.sandbox)
        return self.shell, restarted

    def type(self, request: Header, text: bytes) -> tuple[Header, bytes]:
        shell, restarted = self.opened()
        silence, timeout = float(str(request["silence"])), float(str(request["timeout"]))
        header, output = shell.command(text, silence, timeout, int(str(request["limit"])))
        return {**header, "restarted": restarted}, output

    def answer(self, request: Header, body: bytes) -> tuple[Header, bytes]:
        if request["op"] == "shell":
            return self.type(request, body)
        if request["op"] == "run":
            return run(self.sandbox, request, body.decode("utf-8", "surrogateescape"))
        if (operation := OPERATIONS.get(str(request["op"]))) is not None:
            return operation(request, body)
        if request["op"] == "open":
            self.opened()
        return {"pid": os.getpid(), "kernel": bool(self.shell and self.shell.kernel)}, b""


def serve(sandbox: Sandbox) -> None:
    """Answer requests until the host hangs up."""
    service = Service(sandbox)
    while True:
        request, body = sandbox.receive()
        try:
            header, output = service.answer(request, body)
        except HostGone:
            raise
        except Exception as error:
            # The sandbox is so full (processes, disk, memory, descriptors) that not even this works: that is an answer
            # too.
            header, output = {"error": f"{type(error).__name__}: {error}"}, b""
        sandbox.send({**header, "disk_free": free_disk_bytes()}, output)  # of failures too: it may be why


def main() -> None:
    # Whatever this process needs is loaded: nothing is imported from a disk that the agent writes.
    sys.meta_path.clear()
    libc = ctypes.CDLL(None, use_errno=True)
    # Not dumpable: nothing in the sandbox may trace this process or open its descriptors under /proc/1/fd, even as
    # root.
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NAME, b"init", 0, 0, 0)
    libc.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    # Python would handle it, and what is handled gets through to a process 1.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # With a saved id that is not root's, root in the sandbox cannot set this process's resource limits
    # (check_prlimit_permission).
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
