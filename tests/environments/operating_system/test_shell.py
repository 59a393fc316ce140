"""The persistent shell behaves as a person's terminal does, and the end of a command is never guessed."""

from __future__ import annotations

import asyncio
import time

import pytest

from environments.operating_system import shell
from environments.operating_system.sandbox import Engine, Sandbox
from environments.operating_system.shell import CommandResult

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 65536


async def ask(sandbox: Sandbox, command: str, timeout_s: float = 10.0) -> CommandResult:
    return await sandbox.supervisor.command(command, timeout_s, LIMIT)


async def test_the_shell_keeps_its_state(sandbox: Sandbox) -> None:
    await ask(sandbox, "cd /etc; X='a  b'; f() { echo \"f:$1\"; }; alias hi='echo hello'; export Y=exported; shopt -s extglob")
    assert (await ask(sandbox, "pwd; echo \"$X\"; f 1; hi; bash -c 'echo $Y'")).output == b"/etc\na  b\nf:1\nhello\nexported\n"


async def test_exit_codes_are_told_and_survive_for_the_next_command(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "true")).exit_code == 0
    assert (await ask(sandbox, "(exit 37)")).exit_code == 37
    assert (await ask(sandbox, "echo $?")).output == b"37\n"
    assert (await ask(sandbox, "no-such-command")).exit_code == 127
    assert (await ask(sandbox, "kill -9 $BASHPID | true; false || ls /nowhere")).exit_code == 2


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("", b""),
        ("# only a comment", b""),
        ("for i in 1 2\ndo\n  echo $i\ndone", b"1\n2\n"),
        ("cat <<'END'\n$x 'quoted' \"too\" `and` \\ this\nEND", b"$x 'quoted' \"too\" `and` \\ this\n"),
        ("cat <<A; cat <<B\n1\nA\n2\nB\n", b"1\n2\n"),
        ("echo 'it'\"'\"'s'; echo \"wow!!\"", b"it's\nwow!!\n"),
        ("echo a\0b", b"ab\n"),
        ('cat; echo end; read x; echo "[$x]"', b"end\n[]\n"),
        ("break; continue; echo on", b"on\n"),
        ("echo one && \\\necho two", b"one\ntwo\n"),
        ("printf 'no newline'", b"no newline"),
        ("printf '\\377\\376\\000x'", b"\xff\xfe\x00x"),
        ("echo ünïcödé", "ünïcödé\n".encode()),
        ("tty; echo $TERM; echo $-", None),
    ],
)
async def test_any_text_is_a_command(shared: Sandbox, command: str, output: bytes | None) -> None:
    result = await ask(shared, command)
    assert not result.timed_out
    assert not result.shell_ended
    if output is not None:
        kept = [line for line in result.output.splitlines(keepends=True) if b"only meaningful" not in line]
        assert b"".join(kept) == output


@pytest.mark.parametrize("command", ["if true; then", "echo 'unclosed", ")", "case x in", "echo $(", "cat <<END\nnever closed", "<<<"])
async def test_broken_syntax_is_an_observation(shared: Sandbox, command: str) -> None:
    result = await ask(shared, command)
    assert not result.timed_out
    assert (await ask(shared, "echo on")).output == b"on\n"


@pytest.mark.parametrize("command", ["exit 3", "kill -9 $$", "exec true", "set -e; false", "exec 0</dev/null 10<&-; exit"])
async def test_a_shell_that_ends_is_followed_by_a_fresh_one(sandbox: Sandbox, command: str) -> None:
    await ask(sandbox, "cd /tmp")
    assert (await ask(sandbox, command)).shell_ended
    after = await ask(sandbox, "pwd")
    assert after.shell_restarted
    assert after.output == b"/\n"


async def test_megabytes_in_and_out(sandbox: Sandbox) -> None:
    text = "x" * 3_000_000
    result = await ask(sandbox, f"v={text}; echo ${{#v}}; head -c 20000000 /dev/zero")
    assert result.output.startswith(b"3000000\n")
    assert len(result.output) == LIMIT
    assert result.truncated


async def test_background_work_survives_and_its_chatter_is_not_mistaken(sandbox: Sandbox) -> None:
    await ask(sandbox, "(while :; do echo chatter; sleep 0.05; done) & sleep 1000 & disown -a")
    await asyncio.sleep(0.3)
    slow = await ask(sandbox, "sleep 30", timeout_s=0.5)
    assert slow.timed_out
    after = await ask(sandbox, "pgrep -f 'sleep 1000' >/dev/null && echo alive")
    assert b"alive\n" in after.output
    assert not after.shell_restarted


@pytest.mark.parametrize(
    "command", ["sleep 1000", "while :; do :; done", "sleep 1000 | cat", "cat <(sleep 1000)", "python3 -c 'while 1: pass'"]
)
async def test_a_command_beyond_its_time_is_stopped_and_the_shell_kept(shared: Sandbox, command: str) -> None:
    await ask(shared, "here=yes")
    began = time.monotonic()
    result = await ask(shared, command, timeout_s=0.3)
    assert result.timed_out
    assert time.monotonic() - began < 5
    after = await ask(shared, "echo $here; pgrep -c sleep")
    assert after.output == b"yes\n0\n"


async def test_a_command_that_resists_is_stopped_with_its_shell(sandbox: Sandbox) -> None:
    result = await ask(sandbox, "trap '' INT TERM; while :; do sleep 0.01; done", timeout_s=0.3)
    assert result.timed_out
    assert result.shell_ended
    assert (await ask(sandbox, "echo on")).output == b"on\n"


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
        "cat /proc/$$/fd/10 & sleep 0.1; kill %1",
        "read -t 0.1 stolen <&10; echo got $stolen",
        "PROMPT_COMMAND='echo 0 0 >&250'",
        "printf() { echo fake; }; builtin() { echo fake; }",
    ],
)
async def test_the_end_of_a_command_cannot_be_faked(sandbox: Sandbox, attack: str) -> None:
    """After the attack, the command still runs to its true end: what comes last is in its own output or it was reported lost."""
    began = time.monotonic()
    result = await ask(sandbox, f"{attack}\nsleep 0.5; echo truly-last", timeout_s=8)
    assert not result.timed_out
    assert b"truly-last" in result.output or result.shell_ended
    assert time.monotonic() - began > 0.5 or result.shell_ended
    outputs = [(await ask(sandbox, f"echo after-{n}")).output for n in range(3)]
    assert outputs[-1].endswith(b"after-2\n")


async def test_the_supervisor_cannot_be_stopped_or_read_from_inside(sandbox: Sandbox) -> None:
    await ask(sandbox, "kill -STOP 1; kill -9 1; kill -9 -1; gdb -p 1; cat /proc/1/mem; ls -l /proc/1/fd; cat /proc/1/environ")
    result = await ask(sandbox, "head -c 1 /proc/1/fd/3 || echo refused")
    assert b"refused" in result.output
    await ask(sandbox, "python3 -c 'import os; os.kill(-1, 9)'; kill -STOP $$", timeout_s=0.5)
    assert (await ask(sandbox, "echo on")).output == b"on\n"


async def test_programs_beside_the_shell(shared: Sandbox) -> None:
    run = shared.supervisor.run
    result = await run("bash", 'echo "$1|$2"; echo aside >&2; exit 3', ["a b", "ü\0"], 10, LIMIT)
    assert (result.stdout, result.stderr, result.exit_code) == ("a b|ü\n".encode(), b"aside\n", 3)
    assert (await run("python", "import sys; print(sys.argv[1:])", ["x"], 10, LIMIT)).stdout == b"['x']\n"
    source = '#include <stdio.h>\n#define LINES 2\nint main(int c, char **v) {\n  printf("%d %s\\n", c, v[1]);\n  return 7;\n}\n'
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


async def test_where_the_kernel_does_not_show_it_the_nonce_decides(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under gVisor: no system call to look at. A report with another nonce still ends nothing."""
    blind = shell.SUPERVISOR.replace("READ_CALL = {", "READ_CALL = None and {")
    assert blind != shell.SUPERVISOR
    monkeypatch.setattr(shell, "SUPERVISOR", blind)
    sandbox = await engine.create()
    assert (await ask(sandbox, "cd /etc; echo '0123456789abcdef 0' >&250; sleep 0.3; echo last; false"))[:2] == (b"last\n", 1)
    assert (await ask(sandbox, "sleep 50", timeout_s=0.3)).timed_out
    assert (await ask(sandbox, "pwd")).output == b"/etc\n"
    await sandbox.remove()
