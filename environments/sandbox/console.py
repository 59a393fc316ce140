"""The agent's terminal: one login bash on a pseudo-terminal, and a patient person who types at it. Runs inside a
sandbox.

A command is typed line by line, each when what is in the foreground waits for input: bash, or whatever the agent has
started in it (`su - jack`, `python3`, `cat`). That wait ends the command too. It is the kernel's word (foreground.py),
not text that a program could print, and no output is late: poll(2) on a terminal delivers what was written at its other
side before it answers (n_tty_poll, `tty_buffer_flush_work`), so once the input queue is empty and the foreground waits,
all of it is read and all output is there. What does not wait is left to itself after a silence, or at the end of its
time (SPEC 2.5), and goes on: the next command is typed to it.

Where the kernel does not show what a process waits for (gVisor, other processors), bash's own report before each prompt
decides, on a pipe of its own; elsewhere that report only tells the exit code.

The terminal does not echo, so readline does not either; what readline sends around a line is taken away again, and so
are the prompts between the lines of one command and a shell's prompt at the end, as AgentBench does. Prompts of other
programs stay.
"""

import contextlib
import os
import re
import select
import struct
import termios
from fcntl import ioctl

from environments.sandbox.children import (
    REPORT_FD,
    Capture,
    Header,
    HostGone,
    Sandbox,
    exit_code,
    read_available,
)
from environments.sandbox.foreground import WAITING_CALLS, member_of, waits

# What no command contains, in front of bash's prompt for the rest of one; a terminal shows only what follows it.
CONTINUED = b"\x1b]0;>\x07> "
SETUP = (
    b"PS1= PS2=$'\\e]0;>\\a> '; PROMPT_COMMAND='{ \\builtin printf \"%%d\\n\" \"$?\" >&%d; } 2>/dev/null'; "
    b"unset HISTFILE MAILCHECK; set +H +o history" % REPORT_FD
)
SETUP_S = 10.0
WINDOW = struct.pack("HHHH", 24, 80, 0, 0)
ENVIRONMENT = {"TERM": "xterm", "PAGER": "cat", "GIT_PAGER": "cat", "DEBIAN_FRONTEND": "noninteractive"}
# A terminal that edits lines keeps 4,095 bytes of one; what is longer is typed with that switched off (n_tty.c,
# N_TTY_BUF_SIZE).
LINE_LIMIT = 4000
# At rest a background process may still print, without end: as much as a terminal buffers is the command's.
LAST_BYTES = 1 << 17
SIGHTINGS = 40
FIRST_PAUSE_S, LAST_PAUSE_S = 0.0001, 0.05
ENTERED = re.compile(rb"\A(?:\x1b\[\?2004l)?\r*\n")
BETWEEN_LINES = re.compile(rb"(?:\x1b\]0;>\x07> |\x1b\[\?2004h[^\n]*)\Z")
PROMPT = re.compile(rb"\x1b(?:\[\?2004h|\]0;[^\x07\n]*\x07)[^\n]*@[^\n]*[#$] (?:\x1b\[[0-9;]*m)*\Z")


class Shell:
    """One interactive login bash. It is opened once; when it has ended, another takes its place."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.keyboard, self.terminal = os.openpty()
        self.device = os.fstat(self.terminal).st_rdev
        self.switch(termios.ECHO, False)
        ioctl(self.keyboard, termios.TIOCSWINSZ, WINDOW)
        self.reports, report_writer = os.pipe()
        argv = ["bash", "--login", "--noediting", "-i"]
        self.pid = sandbox.spawn(argv, (self.terminal,) * 3, report_writer, {**os.environ, **ENVIRONMENT})
        os.close(report_writer)
        for fd in (self.keyboard, self.reports):
            os.set_blocking(fd, False)
        self.queue = select.poll()
        self.queue.register(self.terminal, select.POLLIN)
        self.kernel = False
        self.report = b""
        self.command(SETUP, SETUP_S, SETUP_S, 0)
        self.kernel = self.seen_waiting()

    @property
    def alive(self) -> bool:
        return self.pid not in self.sandbox.ended

    def seen_waiting(self) -> bool:
        """Whether the kernel shows that bash, which has reported, waits; it may still be on its way to that."""
        for _ in range(SIGHTINGS if WAITING_CALLS and os.path.exists("/proc/self/syscall") else 0):
            if not self.alive or waits(self.pid, self.device):
                return self.alive
            self.sandbox.wait([], [], LAST_PAUSE_S)
        return False

    def switch(self, flag: int, on: bool) -> None:
        """Set one of the terminal's local modes."""
        attributes = termios.tcgetattr(self.keyboard)
        attributes[3] = attributes[3] | flag if on else attributes[3] & ~flag
        termios.tcsetattr(self.keyboard, termios.TCSANOW, attributes)

    def edits_lines(self) -> bool:
        return bool(termios.tcgetattr(self.keyboard)[3] & termios.ICANON)

    def all_read(self) -> bool:
        """Whether no input is left in the terminal."""
        return not self.queue.poll(0)

    def foreground_waits(self, thorough: bool) -> bool:
        """Whether a process of the foreground group waits for the terminal: its leader or, looked for less often,
        another one.
        """
        group = os.tcgetpgrp(self.keyboard)
        if waits(group, self.device):
            return True
        return thorough and any(waits(pid, self.device) for pid in member_of(group))

    def read(self, count: int) -> bytes:
        """What the terminal shows; nothing once bash has ended and all is read (EIO)."""
        with contextlib.suppress(OSError):
            return read_available(self.keyboard, count) or b""
        return b""

    def read_report(self) -> None:
        """The newest few bytes count: a flood on the report pipe costs no memory."""
        self.report = (self.report + (read_available(self.reports, 1 << 16) or b""))[-64:]

    def last_code(self) -> int | None:
        """What bash reported last, before its prompt; None when it is not at its prompt."""
        lines = self.report.split()
        return int(lines[-1]) if lines and lines[-1].isdigit() and len(lines[-1]) < 4 else None

    def command(self, text: bytes, silence: float, timeout: float, limit: int) -> tuple[Header, bytes]:
        """Type `text` and read until it has ended, until `silence` seconds without output, or `timeout` seconds in
        all.
        """
        typing = Typing(shell=self, text=text.replace(b"\0", b""), silence=silence, timeout=timeout, limit=limit)
        running = not typing.finish()
        self.read_report()
        if not self.alive:
            code: int | None = exit_code(self.sandbox.ended[self.pid])
        else:
            code = None if running else self.last_code()
        header: Header = {
            "exit": code,
            "running": running and self.alive,
            "truncated": typing.truncated,
            "ended": not self.alive,
        }
        return header, bytes(typing.captured.kept)

    def close(self) -> None:
        """Forget an ended shell; what it left running keeps running."""
        self.sandbox.ended.pop(self.pid, None)
        for fd in (self.keyboard, self.terminal, self.reports):
            os.close(fd)


class Typing:
    """One command at the terminal, until its end."""

    def __init__(self, shell: Shell, text: bytes, silence: float, timeout: float, limit: int) -> None:
        self.shell = shell
        self.lines = text.split(b"\n")[::-1]
        self.silence, self.timeout = silence, timeout
        self.captured = Capture(limit)
        self.shown_before = 0
        self.pending = memoryview(b"")
        self.long_line = False
        self.by_readline = False
        self.pause = FIRST_PAUSE_S
        self.began = self.quiet_since = shell.sandbox.clock()

    @property
    def truncated(self) -> bool:
        return self.captured.total > len(self.captured.kept)

    def finish(self) -> bool:
        """Type every line. False if the last is still at work."""
        self.collect(LAST_BYTES)
        self.next_line()
        while self.shell.alive:
            if self.at_rest():
                self.collect(LAST_BYTES)
                if not self.long_line and not self.lines:
                    self.tidy()
                    return True
                self.next_line()
            elif self.overdue():
                self.type_ahead()
                break
            self.exchange()
        self.collect(LAST_BYTES)
        self.tidy()
        return False

    def next_line(self) -> None:
        """Type the next line, or the Enter of one that was too long to be typed in one go."""
        shell = self.shell
        self.tidy()
        if self.long_line:
            shell.switch(termios.ICANON, True)
            self.long_line, line = False, b""
        else:
            line = self.lines.pop()
            self.by_readline = not shell.edits_lines()
            self.long_line = len(line) > LINE_LIMIT and not self.by_readline
        if self.long_line:
            shell.switch(termios.ICANON, False)
        self.type(line if self.long_line else line + b"\n")

    def type(self, keys: bytes) -> None:
        self.shell.read_report()
        self.shell.report = b""
        self.pending = memoryview(keys)
        self.pause = FIRST_PAUSE_S
        self.quiet_since = self.shell.sandbox.clock()
        self.push()

    def push(self) -> None:
        """As much of what is to be typed as the terminal takes now."""
        with contextlib.suppress(BlockingIOError):
            while self.pending:
                self.pending = self.pending[os.write(self.shell.keyboard, self.pending) :]

    def type_ahead(self) -> None:
        """Nothing reads for now: the rest goes into the terminal's queue, as far as that has room."""
        if self.long_line:
            self.shell.switch(termios.ICANON, True)
            self.lines.append(b"")
        rest = b"\n".join(self.lines[::-1]) + b"\n" if self.lines else b""
        self.pending = memoryview(bytes(self.pending) + rest)
        self.push()

    def at_rest(self) -> bool:
        """Whether all that was typed is read and the foreground waits for more."""
        shell = self.shell
        if self.pending or not shell.all_read():
            return False
        if shell.kernel:
            return shell.foreground_waits(thorough=self.pause >= LAST_PAUSE_S)
        shell.read_report()
        return shell.last_code() is not None or self.captured.kept.endswith(CONTINUED)

    def overdue(self) -> bool:
        now = self.shell.sandbox.clock()
        return now - self.quiet_since >= self.silence or now - self.began >= self.timeout

    def exchange(self) -> None:
        """Wait a little, longer each time, for output and for room to type."""
        shell = self.shell
        ready, can_write = shell.sandbox.wait(
            [shell.keyboard, shell.reports], [shell.keyboard] if self.pending else [], self.pause
        )
        self.pause = min(self.pause * 1.5, LAST_PAUSE_S)
        if can_write:
            self.push()
        if shell.reports in ready:
            shell.read_report()
        if shell.keyboard in ready:
            self.collect(1 << 16)
            self.pause = FIRST_PAUSE_S
        elif not ready and shell.sandbox.host_gone():
            raise HostGone

    def collect(self, at_most: int) -> None:
        """Read what the terminal shows."""
        while at_most > 0 and (data := self.shell.read(min(at_most, 1 << 16))):
            self.captured.add(data)
            self.quiet_since = self.shell.sandbox.clock()
            at_most -= len(data)

    def tidy(self) -> None:
        """Take away what the terminal shows of the typing itself, since the line before."""
        if not self.truncated:
            shown = bytes(self.captured.kept[self.shown_before :])
            if self.by_readline:
                shown = ENTERED.sub(b"", shown)
            shown = (BETWEEN_LINES if self.lines else PROMPT).sub(b"", shown)
            self.captured.kept[self.shown_before :] = shown
            self.captured.total = len(self.captured.kept)
        self.shown_before = len(self.captured.kept)
