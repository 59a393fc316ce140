"""What a hostile program can do: nothing to the host, and the episode goes on or ends in a defined way, in bounded
time.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from environments.sandbox import docker_sandbox, shell
from environments.sandbox.bubblewrap_sandbox import BubblewrapSandbox
from environments.sandbox.docker_sandbox import DockerSandbox
from environments.sandbox.sandbox import Engine, Sandbox
from environments.sandbox.shell import CommandResult, SandboxLost

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 65536
BOMB = "python3 -c 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass'"


async def ask(sandbox: Sandbox, command: str, timeout_s: float = 10.0, silence_s: float = 10.0) -> CommandResult:
    return await sandbox.supervisor.command(command, timeout_s, LIMIT, silence_s)


async def repeatedly(sandbox: Sandbox, command: str, timeout_s: float) -> None:
    for _ in range(4):
        await ask(sandbox, command, timeout_s)


@pytest.fixture(autouse=True)
def untouched_host() -> Iterator[None]:
    """The host has about as many processes, as much memory and as many mounts as before, and its files are as they
    were.
    """
    processes, mounts = len(psutil.pids()), Path("/proc/self/mounts").read_text()
    passwd = Path("/etc/passwd").read_bytes()
    memory = psutil.virtual_memory().available
    yield
    assert len(psutil.pids()) < processes + 150
    assert psutil.virtual_memory().available > memory - (2 << 30)
    assert [
        line
        for line in Path("/proc/self/mounts").read_text().splitlines()
        if line not in mounts and "docker" not in line
    ] == []
    assert Path("/etc/passwd").read_bytes() == passwd


async def test_a_sandboxs_devices_are_its_own(shared: Sandbox) -> None:
    """Its root owns them: by chmod it would take the host's from everybody."""
    command = (
        "stat -c %d:%i /dev/null /dev/full /dev/tty; head -c 1 /dev/zero | wc -c; echo x > /dev/null && echo x >"
        " /dev/full"
    )
    result = await shared.supervisor.run("bash", command, [], 10, 4096)
    *inside, zeros = result.stdout.decode().splitlines()
    host = {f"{info.st_dev}:{info.st_ino}" for info in map(os.stat, ("/dev/null", "/dev/full", "/dev/tty"))}
    assert len(inside) == 3
    assert not host & set(inside)
    assert zeros == "1"
    assert b"No space left" in result.stderr


@pytest.mark.parametrize("bomb", [":(){ :|:& };:", BOMB, f"({BOMB}) & disown; echo"])
async def test_a_fork_bomb_is_contained(sandbox: Sandbox, bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine goes on, or is so full that it answers no more: then that is the agent's own doing."""
    monkeypatch.setattr(shell, "MARGIN_S", 3.0)
    began = time.monotonic()
    try:
        await ask(sandbox, bomb, timeout_s=1)
        after = await ask(sandbox, "echo on", timeout_s=2)
        assert b"on\r\n" in after.output or after.shell_ended or after.running or after.error
        checked = await sandbox.supervisor.run("bash", "echo $(echo judged)", [], 10, LIMIT)
        assert checked.stdout == b"judged\n" or checked.exit_code != 0
    except SandboxLost:
        assert await sandbox.blame()
    assert time.monotonic() - began < 40


async def test_a_memory_hog_is_killed_and_the_shell_lives(sandbox: Sandbox) -> None:
    result = await ask(sandbox, "python3 -c 'x = bytearray(4 << 30); print(len(x))'")
    assert result.exit_code != 0
    assert (await ask(sandbox, "echo on")).output.endswith(b"on\r\n")


async def test_a_shell_that_eats_memory_itself(sandbox: Sandbox) -> None:
    result = await ask(sandbox, "x=x; while :; do x=$x$x; done")
    while result.running:  # a busy machine needs longer to fill the memory
        result = await ask(sandbox, "")
    assert (await ask(sandbox, "echo on")).output.endswith(b"on\r\n")


HOARD = """python3 -c '
import os
for name in ("self", "1"):
    open(f"/proc/{name}/oom_score_adj", "w").write("0" if name == "self" else "1000")
for n in range(50):
    file = os.memfd_create("x")
    for i in range(40): os.write(file, bytes(1 << 20))'"""


async def test_a_supervisor_that_the_agent_has_killed_for_want_of_memory_is_its_own_doing(sandbox: Sandbox) -> None:
    """The kernel kills whom the scores name, and memory in files that only exist in memory belongs to nobody."""
    with pytest.raises(SandboxLost):
        await repeatedly(sandbox, HOARD, timeout_s=10)
    assert await sandbox.blame() == "out of memory"


async def test_a_machine_that_its_agent_keeps_too_busy_to_answer_is_its_own_doing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(sandbox, DockerSandbox):
        pytest.skip(
            "Docker kills process 1 alone, which then takes most of a minute to get at a processor; the rule is the"
            " same"
        )
    monkeypatch.setattr(shell, "MARGIN_S", 1.0)
    busy = "renice 19 1; chrt -i -p 0 1; for i in $(seq 40); do (while :; do :; done) & done; wait"
    with pytest.raises(SandboxLost):
        await repeatedly(sandbox, busy, timeout_s=1)
    assert await sandbox.blame()


@pytest.mark.parametrize("how", ["killed", "removed", "hung up", "stands still"])
async def test_what_the_host_does_to_a_sandbox_is_not_its_agents_doing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(shell, "MARGIN_S", 0.5)
    if how == "hung up":
        sandbox.supervisor._writer.close()
    elif how == "removed":
        await sandbox.remove()
    elif isinstance(sandbox, DockerSandbox):
        client = docker_sandbox.connect()
        await asyncio.to_thread(client.kill if how == "killed" else client.pause, sandbox.container)
        client.close()
    elif isinstance(sandbox, BubblewrapSandbox):
        inside = psutil.Process(sandbox.process.pid).children()[0]
        inside.kill() if how == "killed" else inside.suspend()
    with pytest.raises(SandboxLost):
        await ask(sandbox, "echo on", timeout_s=0.5)
    assert await sandbox.blame() == ""


async def test_a_full_disk_is_the_agents_own_problem(sandbox: Sandbox, backend: str) -> None:
    """One file stops at the limit at once; many files end the sandbox (Docker) or get ENOSPC (bubblewrap)."""
    free = psutil.disk_usage("/").free
    one = await ask(sandbox, "dd if=/dev/zero of=/big bs=1M count=1000; stat -c %s /big; rm /big")
    assert int(one.output.decode().split()[-1]) <= 64 << 20
    try:
        many = await ask(
            sandbox, "for i in $(seq 60); do head -c 20000000 /dev/zero > /tmp/f$i || break; done; sleep 5"
        )
        assert b"No space left" in many.output
        assert (await ask(sandbox, "rm /tmp/f*; echo on > /tmp/x; cat /tmp/x")).output == b"on\r\n"
    except SandboxLost:
        assert backend == "docker"
        assert await sandbox.blame() == "wrote more than 64 MiB"
    assert free - psutil.disk_usage("/").free < 3 << 30


async def test_endless_output_costs_nothing(sandbox: Sandbox) -> None:
    result = await ask(sandbox, "yes", timeout_s=1)
    assert (len(result.output), result.running, result.truncated) == (LIMIT, True, True)
    await ask(sandbox, "\x03")
    await ask(sandbox, "yes & cat /dev/zero & disown -a")
    await ask(sandbox, "pkill yes; pkill cat; sleep 0.2")
    assert (await ask(sandbox, "echo on")).output.endswith(b"on\r\n")


async def test_there_is_no_network(sandbox: Sandbox) -> None:
    result = await ask(
        sandbox,
        "ls /sys/class/net 2>/dev/null; cat /proc/net/dev | grep -c : ; curl -s -m 3 http://1.1.1.1 || echo refused",
    )
    assert result.output.split()[-2:] == [b"1", b"refused"]


async def test_nothing_of_the_host_can_be_reached(sandbox: Sandbox) -> None:
    attempts = [
        "mount -t tmpfs none /mnt",
        "mknod /tmp/disk b 8 0",
        "unshare --user --map-root-user true",
        "python3 -c 'import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x10000000) and 1)'",
        # Asked, not tried: where it worked, the test would do it to the host.
        "find /proc/sys -type f -perm /u=w -writable 2>/dev/null | grep -q .",
        "test -w /proc/sysrq-trigger",
        "find /proc/irq /proc/fs /proc/acpi /sys -type f -writable 2>/dev/null | grep -q .",
        "head -c 1 /proc/kcore | grep -q .",
        "cat /dev/kmsg",
        "chroot /proc/1/root",
        "date -s now",
        "hostname changed",
        "ls /dev | grep -E 'vd|sd|nvme|mem|kvm'",
    ]
    for attempt in attempts:
        result = await ask(sandbox, attempt)
        assert result.exit_code != 0, (attempt, result.output)
    assert (await ask(sandbox, "grep NoNewPrivs /proc/self/status")).output.split() == [b"NoNewPrivs:", b"1"]
    assert (await ask(sandbox, "grep CapEff /proc/self/status")).output.split()[1] == b"00000000000000fb"


async def test_what_tasks_need_of_root_works(sandbox: Sandbox) -> None:
    command = (
        "useradd -m bob && chown bob /tmp && chmod 700 /root && su bob -c 'id -un; ls /root 2>/dev/null || echo closed'"
        " && chmod u+s /bin/true && (sleep 50 & kill -9 $!) && echo fine"
    )
    assert (await ask(sandbox, command)).output.split()[-3:] == [b"bob", b"closed", b"fine"]


async def test_killing_everything_leaves_a_working_machine(sandbox: Sandbox) -> None:
    attacks = (
        "kill -9 -1",
        "python3 -c 'import os; os.kill(-1, 9)'",
        "kill -STOP -1",
        "kill -TERM 1; kill -9 1",
        "kill -INT 1",
    )
    for attack in attacks:
        await ask(sandbox, attack, timeout_s=1)
        assert (await ask(sandbox, "echo on")).output.endswith(b"on\r\n"), attack


def _asleep(seconds: int) -> bool:
    """Whether a `sleep` of so many seconds runs anywhere on this machine."""
    return any(str(seconds) in (process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))


async def test_the_limits_of_a_removed_sandbox_go_with_it(engine: Engine) -> None:
    made = await engine.create()
    await ask(made, "sleep 4242 & disown")
    deadline = time.monotonic() + 30
    while not _asleep(4242):  # the shell answers before its child has become `sleep`
        assert time.monotonic() < deadline
    await made.remove()
    await made.remove()
    assert not _asleep(4242)
    owner, _, number = made.name.removeprefix("agenttuning-").rpartition("-")
    assert not [
        group for tree in Path("/sys/fs/cgroup").glob("*/agenttuning") for group in tree.glob(f"*/{owner}/{number}")
    ]
