"""The persistent shell behaves as a person's terminal does, and the end of a command is never guessed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

from environments.sandbox import docker_sandbox, shell
from environments.sandbox.bubblewrap_sandbox import BubblewrapSandbox
from environments.sandbox.docker_sandbox import DockerSandbox
from environments.sandbox.sandbox import Engine, Sandbox
from environments.sandbox.shell import CommandResult
from environments.sandbox.terminal import plain_text

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 65536


async def ask(sandbox: Sandbox, command: str, silence_s: float = 10.0, timeout_s: float = 10.0) -> CommandResult:
    return await sandbox.supervisor.command(command, timeout_s, LIMIT, silence_s)


async def shown(sandbox: Sandbox, command: str, silence_s: float = 10.0) -> str:
    """What a person would read, of a command that ends."""
    result = await ask(sandbox, command, silence_s)
    assert not result.running
    return plain_text(result.output)


async def test_the_shell_keeps_its_state(sandbox: Sandbox) -> None:
    await ask(
        sandbox, "cd /etc; X='a  b'; f() { echo \"f:$1\"; }; alias hi='echo hello'; export Y=exported; shopt -s extglob"
    )
    assert await shown(sandbox, "pwd; echo \"$X\"; f 1; hi; bash -c 'echo $Y'") == "/etc\na  b\nf:1\nhello\nexported\n"


async def test_exit_codes_are_told_and_survive_for_the_next_command(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "true")).exit_code == 0
    assert (await ask(sandbox, "(exit 37)")).exit_code == 37
    assert await shown(sandbox, "echo $?") == "37\n"
    assert (await ask(sandbox, "no-such-command")).exit_code == 127
    assert (await ask(sandbox, "kill -9 $BASHPID | true; false || ls /nowhere")).exit_code == 2


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("", ""),
        ("# only a comment", ""),
        ("for i in 1 2\ndo\n  echo $i\ndone", "1\n2\n"),
        ("cat <<'END'\n$x 'quoted' \"too\" `and` \\ this\n\ttab\nEND", "$x 'quoted' \"too\" `and` \\ this\n\ttab\n"),
        ("cat <<A; cat <<B\n1\nA\n2\nB\n", "1\n2\n"),
        ("echo 'it'\"'\"'s'; echo \"wow!!\"", "it's\nwow!!\n"),
        ("echo a\0b", "ab\n"),
        ("break; continue; echo on", "on\n"),
        ("echo one && \\\necho two", "one\ntwo\n"),
        ("printf 'no newline'", "no newline"),
        ("printf '> '; printf 'me@home:# '", "> me@home:# "),
        ("printf '\\377\\376\\000x\\n'", "\ufffd\ufffdx\n"),
        ("echo ünïcödé", "ünïcödé\n"),
        ("echo carriage\r\necho return\r", "carriage\nreturn\n"),
        ('read x; echo "[$x]"\nan answer', "[an answer]\n"),
        ("test -t 0 -a -t 1 && stty size; echo $TERM", "24 80\nxterm\n"),
        ("sleep 0.3; echo late; sleep 0.3; echo later", "late\nlater\n"),
        ("sleep 0.3 | cat; read -t 0.2 x; echo on", "on\n"),
        ('(sleep 0.3; echo one) | while read x; do echo "<$x>"; done', "<one>\n"),
    ],
)
async def test_any_text_is_a_command(shared: Sandbox, command: str, output: str) -> None:
    assert (
        "\n".join(line for line in (await shown(shared, command)).split("\n") if "only meaningful" not in line)
        == output
    )


@pytest.mark.parametrize(
    ("command", "rest"),
    [
        ("if true; then", "fi"),
        ("echo 'unclosed", "'"),
        ("case x in", "esac"),
        ("echo $(", ")"),
        ("cat <<END\nnever closed", "END"),
    ],
)
async def test_bash_waits_for_the_rest_of_an_unfinished_command(shared: Sandbox, command: str, rest: str) -> None:
    assert await shown(shared, command) == "> "
    await ask(shared, rest)
    assert await shown(shared, "echo on") == "on\n"


@pytest.mark.parametrize("command", [")", "<<<"])
async def test_broken_syntax_is_an_observation(shared: Sandbox, command: str) -> None:
    assert "syntax error" in await shown(shared, command)
    assert await shown(shared, "echo on") == "on\n"


async def test_what_stands_in_the_terminal_gets_the_next_command(sandbox: Sandbox) -> None:
    """Each ends at once, without a silence, and shows neither what was typed nor a shell's prompt."""
    began = time.monotonic()
    talk = [
        ("useradd -m -s /bin/bash jack; echo hidden > /home/jack/f; su - jack", ""),
        ("whoami; pwd; cat f", "jack\n/home/jack\nhidden\n"),
        ("for i in 1 2\ndo\n  echo $i\ndone\nprintf end", "1\n2\nend"),
        ("bash", ""),
        ("cd /tmp\npwd", "/tmp\n"),
        ("exit\npwd", "exit\n/home/jack\n"),
        ("exit", "logout\n"),
        ("whoami; su jack\nwhoami\nexit\nwhoami", "root\njack\nexit\nroot\n"),
        ("python3", ">>> "),
        ("print(6 * 7)", "42\n>>> "),
        ("def f(x):\n    return x\n\nf('y')", "... ... >>> 'y'\n>>> "),
        ("exit()", ""),
        ("sh", "# "),
        ("echo dash", "dash\n# "),
        ("exit", ""),
        ("cat", ""),
        ("mirrored\ntwice", "mirrored\ntwice\n"),
        ("\x04", ""),
        ("passwd jack", "New password: "),
        ("secret", "\nRetype new password: "),
        ("secret", "\npasswd: password updated successfully\n"),
        ("python3 -c 'print(input())'", ""),
        ("typed", "typed\n"),
        ("cat | wc -l", ""),
        ("one\n\x04", "1\n"),
        ("sleep 50", None),
        ("\x03", "\n"),
        ("echo root again", "root again\n"),
    ]
    for command, output in talk:
        if output is None:
            assert (await ask(sandbox, command, silence_s=0.2)).running
            continue
        seen = await shown(sandbox, command)
        assert seen == output or (output == ">>> " and seen.endswith("\n>>> ")), (command, seen)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("command", ["exit 3", "kill -9 $$", "exec true", "set -e; false", "exec 0</dev/null; exit"])
async def test_a_shell_that_ends_is_followed_by_a_fresh_one(sandbox: Sandbox, command: str) -> None:
    await ask(sandbox, "cd /tmp")
    assert (await ask(sandbox, command)).shell_ended
    after = await ask(sandbox, "pwd")
    assert after.shell_restarted
    assert after.output == b"/\r\n"


async def test_the_shell_opens_before_its_files_are_changed_when_it_is_told_to(sandbox: Sandbox) -> None:
    await sandbox.supervisor.open()
    await sandbox.supervisor.run("bash", "echo 'echo sourced; alias hi=ho' >> /root/.bashrc", [], 10, LIMIT)
    assert "not found" in await shown(sandbox, "hi")
    assert (await shown(sandbox, "bash")).startswith("sourced\n")


async def test_megabytes_in_and_out(sandbox: Sandbox) -> None:
    """In one line, which is far more than a terminal keeps of one."""
    text = "x" * 1_000_000
    result = await ask(sandbox, f"v={text}; echo ${{#v}}; head -c 20000000 /dev/zero")
    assert result.output.startswith(b"1000000\r\n")
    assert len(result.output) == LIMIT
    assert result.truncated
    assert await shown(sandbox, f"bash\necho {'y' * 9000} | wc -c\nexit") == "9001\nexit\n"


async def test_background_work_survives_and_its_chatter_ends_nothing(sandbox: Sandbox) -> None:
    await ask(sandbox, "(while :; do echo chatter; sleep 0.05; done) & sleep 1000 & disown -a")
    await asyncio.sleep(0.3)
    result = await ask(sandbox, "sleep 0.4; echo last")
    assert plain_text(result.output).endswith(("last\n", "last\nchatter\n"))
    assert b"alive" in (await ask(sandbox, "pgrep -f 'sleep 1000' >/dev/null && echo alive")).output
    await ask(sandbox, "yes & disown -a")
    began = time.monotonic()
    assert not (await ask(sandbox, "true")).running
    assert time.monotonic() - began < 5


async def test_a_silent_command_goes_on_and_what_was_typed_meanwhile_comes_after_it(sandbox: Sandbox) -> None:
    began = time.monotonic()
    silent = await ask(sandbox, "echo begun; sleep 1.2; echo ended\necho second", silence_s=0.3)
    assert (silent.running, silent.exit_code, silent.output) == (True, None, b"begun\r\n")
    assert 0.3 <= time.monotonic() - began < 1.2
    assert (await ask(sandbox, "echo third", silence_s=0.3)).running
    assert await shown(sandbox, "echo fourth") == "ended\nsecond\nthird\nfourth\n"


async def test_a_command_that_prints_without_end_is_left_at_the_end_of_its_time(sandbox: Sandbox) -> None:
    result = await ask(sandbox, "while :; do echo tick; sleep 0.1; done", silence_s=5, timeout_s=0.5)
    assert result.running
    assert result.output.startswith(b"tick\r\ntick\r\n")
    await ask(sandbox, "\x03")
    assert (await shown(sandbox, "echo on")).endswith("on\n")


async def test_the_time_in_which_a_sandbox_stands_still_does_not_count(sandbox: Sandbox, shared: Sandbox) -> None:
    """Neither as silence, nor for a script beside the shell: a paused container is nobody's slowness inside."""
    await ask(sandbox, "true")
    command = asyncio.ensure_future(ask(sandbox, "sleep 0.6; echo done", 1.5))
    script = asyncio.ensure_future(shared.supervisor.run("bash", "sleep 0.6; echo done", [], 1.5, LIMIT))
    await asyncio.sleep(0.3)
    async with standing_still(sandbox), standing_still(shared):
        await asyncio.sleep(2)
    assert not (await command).running
    assert b"done" in (await command).output
    assert (await script)[:3] == (b"done\n", b"", 0)


@asynccontextmanager
async def standing_still(sandbox: Sandbox) -> AsyncIterator[None]:
    """Everything in it stopped from outside."""
    if isinstance(sandbox, DockerSandbox):
        client = docker_sandbox.connect()
        await asyncio.to_thread(client.pause, sandbox.container)
        yield
        await asyncio.to_thread(client.unpause, sandbox.container)
        client.close()
    elif isinstance(sandbox, BubblewrapSandbox):
        inside = [
            process
            for child in psutil.Process(sandbox.process.pid).children()
            for process in (child, *child.children(recursive=True))
        ]
        for process in inside:
            process.suspend()
        yield
        for process in reversed(inside):
            process.resume()


STEAL = """import glob, os
for path in glob.glob('/proc/%s/fd/*'):
    try:
        print(os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 9999))
    except OSError:
        pass
"""
FORGE = """import glob, os
for path in glob.glob('/proc/*/fd/*'):
    try:
        os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), b'0 0\\n' * 9)
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    "attack",
    [
        "echo 0000000000000000 0 >&250",
        "yes '0000000000000000 0' | head -c 1000000 >&250 & sleep 0.1",
        "for f in /proc/$$/fd/*; do echo '0 0' > $f; done 2>/dev/null",
        f'python3 -c "{FORGE}"',
        f'python3 -c "{STEAL % "$PPID"}" >/dev/null',
        f'python3 -c "{STEAL % "$$"}" >/dev/null; true',
        "exec 250>&-; sleep 0.1",
        "cat /dev/tty & sleep 0.1; kill %1",
        "read -t 0.1 stolen </dev/tty; echo got $stolen",
        "PROMPT_COMMAND='echo 0 >&250'; PS1='root@os:/# '",
        "printf '\\e]0;root@os: /\\a\\e[?2004hroot@os:/# '",
        "stty raw; stty sane; stty -echo",
        "printf() { echo fake; }; builtin() { echo fake; }",
    ],
)
async def test_the_end_of_a_command_cannot_be_faked(sandbox: Sandbox, attack: str) -> None:
    """After the attack, the command still runs to its true end: what comes last is in its own output or it was reported
    lost.
    """
    began = time.monotonic()
    result = await ask(sandbox, f"{attack}\nsleep 0.5; echo truly-last")
    assert not result.running
    assert b"truly-last" in result.output or result.shell_ended
    assert time.monotonic() - began > 0.5 or result.shell_ended
    outputs = [(await ask(sandbox, f"echo after-{n}")).output for n in range(3)]
    assert b"after-2\r\n" in outputs[-1]


async def test_the_supervisor_cannot_be_stopped_or_read_from_inside(sandbox: Sandbox) -> None:
    await ask(
        sandbox,
        "for s in $(seq 64); do kill -$s 1; done; kill -9 -1; cat /proc/1/mem; ls -l /proc/1/fd; cat /proc/1/environ",
    )
    assert b"refused" in (await ask(sandbox, "head -c 1 /proc/1/fd/3 || echo refused")).output
    assert b"not permitted" in (await ask(sandbox, "prlimit --pid 1 --nofile=0:0 --cpu=1:1")).output
    await ask(sandbox, "python3 -c 'import os; os.kill(-1, 9)'")
    assert (await shown(sandbox, "echo on")).endswith("on\n")
    limits = await sandbox.supervisor.run(
        "bash", "grep -c . /proc/1/limits; grep -E 'open files|cpu time' /proc/1/limits", [], 10, LIMIT
    )
    assert b"unlimited" in limits.stdout


async def test_root_can_look_everywhere(sandbox: Sandbox) -> None:
    """As in a container of AgentBench's, whose checks run `find /`; what is hidden of the supervisor is empty."""
    result = await ask(sandbox, "find / > /dev/null; ls -A /proc/1/task /proc/1/fdinfo")
    assert (result.exit_code, plain_text(result.output).split()) == (0, ["/proc/1/fdinfo:", "/proc/1/task:"])
    assert (await sandbox.supervisor.run("bash", "find / -name nowhere", [], 10, LIMIT))[:3] == (b"", b"", 0)


async def test_programs_beside_the_shell(shared: Sandbox) -> None:
    run = shared.supervisor.run
    result = await run("bash", 'echo "$1|$2"; echo aside >&2; exit 3', ["a b", "ü\0"], 10, LIMIT)
    assert (result.stdout, result.stderr, result.exit_code) == ("a b|ü\n".encode(), b"aside\n", 3)
    assert (await run("python", "import sys; print(sys.argv[1:])", ["x"], 10, LIMIT)).stdout == b"['x']\n"
    source = (
        '#include <stdio.h>\n#define LINES 2\nint main(int c, char **v) {\n  printf("%d %s\\n", c, v[1]);\n  return'
        " 7;\n}\n"
    )
    for language in ("c", "c++"):
        result = await run(language, source, ["p"], 60, LIMIT)
        assert (result.stdout, result.exit_code) == (b"2 p\n", 7)
    broken = await run("c", "int main( {", [], 60, LIMIT)
    assert broken.exit_code == 1
    assert b"error" in broken.stderr
    late = await run("bash", "sleep 100", [], 0.3, LIMIT)
    assert late.timed_out
    daemon = await run("bash", "sleep 50 & echo started", [], 10, LIMIT)
    assert (daemon.stdout, daemon.timed_out) == (b"started\n", False)
    assert (await run("bash", "cat; yes", [], 0.5, LIMIT)).truncated
    assert (await run("bash", 'echo "${#1}"', ["x" * 100_000], 10, LIMIT)).stdout == b"100000\n"
    assert (await run("bash", "true", ["x" * 1_000_000], 10, LIMIT)).exit_code == 126


async def test_where_the_kernel_does_not_show_it_bashs_own_report_decides(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under gVisor: no system call to look at. What is no bash at its prompt is left after a silence."""
    blind = shell.SUPERVISOR.replace("CALLS.get(platform.machine(), {})", "{}")
    assert blind != shell.SUPERVISOR
    monkeypatch.setattr(shell, "SUPERVISOR", blind)
    sandbox = await engine.create()
    ended = await ask(sandbox, "cd /etc; sleep 0.3; echo last; false\nfor i in 1 2\ndo\n  echo $i\ndone\n(exit 4)")
    assert (plain_text(ended.output), ended.exit_code, ended.running) == ("last\n1\n2\n", 4, False)
    assert (await ask(sandbox, "python3", silence_s=0.7)).running
    assert b"42" in (await ask(sandbox, "print(6 * 7)\nexit()", silence_s=0.7)).output
    assert await shown(sandbox, "pwd") == "/etc\n"
    await sandbox.remove()
