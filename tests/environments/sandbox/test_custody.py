"""An agent that tampers with its machine earns nothing by it, and loses nothing that it has earned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from environments.operating_system.families.drafting import state
from environments.operating_system.judge import ScriptResult, judge
from environments.operating_system.payload import Check, Payload, Script
from environments.sandbox import originals as originals_module
from environments.sandbox.custodian import Custodian, Unjudgeable
from environments.sandbox.custody import Process, has_run
from environments.sandbox.originals import Originals
from environments.sandbox.sandbox import Engine, Sandbox
from proofs.judge_cheats.cheats import CHEATS, RUINS

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 65536
SCRIPT = Payload(
    "d",
    checks=[
        state.passes(
            'test -e /made && [ "$(id -un daemon)" = daemon ] && [ "$(echo a | awk 1)" = a ] && ! diff <(echo a)'
            " <(echo b)"
        )
    ],
)
PROGRAM = Payload("d", checks=[state.left({"/made": state.file("x")})])
REFERENCE = Payload(
    "d", checks=[Check("reference"), Check("checker", checker="integer-match")], example=Script("ls / | wc -l")
)
# Those that differ between the engines: what they hide of the machine, and how files are kept.
ON_BUBBLEWRAP = {
    "loader replaced",
    "tools removed",
    "a process that debugs the judge",
    "another /proc",
    "limits of process 1",
}
ON_BUBBLEWRAP |= {"descriptors that are files", "programs held open under another name"}


class Court:
    """One machine that is tampered with again and again, and put right each time."""

    def __init__(self, sandbox: Sandbox, originals: Originals) -> None:
        self.sandbox = sandbox
        self.custodian = Custodian(sandbox, originals)

    async def run(self, code: str) -> bytes:
        return (await self.sandbox.supervisor.run("bash", code, [], 20, LIMIT)).stdout

    async def check(self, script: Script, parameters: Sequence[str]) -> ScriptResult:
        await self.custodian.hold()
        result = await self.sandbox.supervisor.run(script.language, script.code, parameters, 10, LIMIT, judging=True)
        await self.custodian.released()
        return ScriptResult(result.exit_code, result.stdout.decode(), result.timed_out)

    async def reward(self, payload: Payload, answer: str | None = None) -> float:
        return (await judge(payload, answer, self.check)).reward


@pytest.fixture(scope="module")
def originals(engine: Engine) -> Originals:
    return Originals(engine.create)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(engine: Engine, originals: Originals) -> AsyncIterator[Court]:
    made = Court(await engine.create(), originals)
    await made.custodian.open()
    yield made
    await made.sandbox.remove()


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(sandbox: Sandbox, originals: Originals) -> Court:
    return Court(sandbox, originals)


@pytest.mark.parametrize("cheat", CHEATS)
async def test_no_cheat_earns_and_none_costs(court: Court, backend: str, cheat: str) -> None:
    if backend == "bubblewrap" and cheat not in ON_BUBBLEWRAP:
        pytest.skip("the same as with Docker")
    await court.run("rm -f /made")
    await court.run(CHEATS[cheat])
    assert await court.reward(SCRIPT) == 0.0
    assert await court.reward(PROGRAM) == 0.0
    assert await court.reward(REFERENCE, "7") == 0.0
    await court.run("printf x > /made")
    await court.run(CHEATS[cheat])
    assert await court.reward(SCRIPT) == 1.0
    assert await court.reward(PROGRAM) == 1.0


async def test_what_tasks_change_among_the_programs_is_judged_as_it_is(fresh: Court) -> None:
    await fresh.run(
        "printf '#!/bin/sh\\necho init\\n' > /usr/local/bin/setup-tool; "
        "chmod 755 /usr/local/bin/setup-tool; mkdir /usr/lib/app; chmod 4755 /bin/true"
    )
    await fresh.custodian.open()
    await fresh.run(
        "printf '#!/bin/sh\\necho new\\n' > /usr/local/bin/new-tool; cp /usr/local/bin/new-tool /usr/bin/another-tool;"
        " cp -f /usr/local/bin/new-tool /usr/local/bin/setup-tool; chmod 755 /usr/local/bin/* /usr/bin/another-tool;"
        " chmod 700 /usr/bin/wall; chown daemon /usr/share; mkdir /usr/share/app /usr/src/x; echo 1 > /usr/share/app/a;"
        " echo data > /usr/notes; ln -sf /usr/bin/python3 /usr/bin/python; useradd -m bob; echo 'x y' >> /etc/hosts; ln"
        " -sf /bin/zcat /usr/local/bin/z; ldconfig; echo 1 > /usr/lib/app/a; cp /bin/false /bin/true.new; mv"
        " /bin/true.new /bin/true"
    )
    check = """[ "$(new-tool)$(another-tool)$(setup-tool)" = newnewnew ] && [ "$(stat -c %a:%U /usr/bin/wall)" = 700:root ] || exit 1
[ "$(stat -c %U /usr/share)" = daemon ] && [ "$(cat /usr/share/app/a /usr/notes | paste -sd,)" = 1,data ] && [ -d /usr/src/x ] || exit 2
[ "$(stat -c %U /home/bob)" = bob ] && id bob && grep -q 'x y' /etc/hosts || exit 3
[ -L /usr/local/bin/z ] && [ -e /usr/lib/app/a ] && ! /bin/true || exit 4"""  # noqa: E501
    result = await fresh.check(Script(check), [])
    assert result.exit_code == 0, result


async def test_another_name_of_a_program_stays_one(fresh: Court) -> None:
    await fresh.custodian.open()
    await fresh.run("ln /usr/bin/ls /root/ls; ln /usr/bin/wall /opt/wall; chmod 700 /opt/wall")
    check = """[ "$(stat -c %h /root/ls /usr/bin/ls /opt/wall /usr/bin/wall | paste -sd,)" = 2,2,2,2 ] || exit 1
[ /usr/bin/wall -ef /opt/wall ] && [ "$(stat -c %a /usr/bin/wall)" = 700 ]"""
    result = await fresh.check(Script(check), [])
    assert result.exit_code == 0, result


async def test_what_the_terminal_is_at_work_on_is_waited_for(fresh: Court) -> None:
    await fresh.custodian.open()
    work = "i=0; end=$(($(date +%s%N) + 900000000)); while [ $(date +%s%N) -lt $end ]; do :; done; : > /done; sleep 60"
    assert (await fresh.sandbox.supervisor.command(work, 20.0, LIMIT, silence_s=0.1)).running
    assert (await fresh.check(Script("test -e /done"), [])).exit_code == 0


async def test_a_judging_program_reads_nothing_whatever_dev_null_is_now(fresh: Court, backend: str) -> None:
    await fresh.custodian.open()
    if backend == "docker":
        for ruin in RUINS.values():
            await fresh.run(ruin)
    async with asyncio.timeout(10):
        assert await fresh.run("wc -c; stat -L -c %t:%T /proc/self/fd/0") == b"0\n1:3\n"
        if backend == "docker":
            with pytest.raises(Unjudgeable, match="/dev/null is not the device"):
                await fresh.reward(SCRIPT)


async def test_how_much_may_be_listed_is_the_images_own_and_so_much_more(
    fresh: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals_module, "MORE_ENTRIES", 5)
    await fresh.custodian.open()
    await fresh.run("mkdir /usr/share/app; touch /usr/share/app/1 /usr/share/app/2")
    await fresh.custodian.hold()
    await fresh.run("touch /usr/share/app/3 /usr/share/app/4 /usr/share/app/5")
    with pytest.raises(Unjudgeable, match=r"more than \d+ files"):
        await fresh.custodian.hold()


RUNNING = """sleep 1234 & sleep 4321 & kill $!
(while :; do date +%N > /ticking; done) &
setsid bash -c 'trap "" TERM; sleep 99' &"""
STANDS_STILL = """pgrep -f '^sleep 1234' && ! pgrep -f '^sleep 4321' || exit 1
before=$(cat /ticking); sleep 0.1; [ "$before" = "$(cat /ticking)" ]"""


async def test_what_runs_is_stopped_and_judged_as_it_is(fresh: Court) -> None:
    await fresh.custodian.open()
    await fresh.run(RUNNING)
    result = await fresh.check(Script(STANDS_STILL), [])
    assert result.exit_code == 0, result


@pytest.mark.parametrize(
    ("before", "after", "ran"),
    [
        (("T", 5, 1), ("T", 5, 1), False),
        (("T", 5, 1), ("T", 6, 1), True),
        (("T", 5, 1), ("S", 5, 1), True),
        (("T", 5, 1), ("Z", 6, 1), False),
        (("D", 5, 1), ("T", 9, 1), False),
        (("D", 5, 1), ("D", 9, 1), False),
        (("D", 5, 1), ("S", 9, 1), True),
        (("D", 5, 1), ("R", 5, 1), True),
    ],
)
async def test_the_end_of_a_system_call_is_no_running(
    before: tuple[str, int, int], after: tuple[str, int, int], ran: bool
) -> None:
    assert has_run(Process(*before), Process(*after)) == ran


async def test_what_runs_although_it_was_stopped_is_noticed(fresh: Court) -> None:
    await fresh.custodian.open()
    await fresh.run("cp /bin/sleep /opt/busy; (while :; do :; done) & echo $! > /pid")
    with pytest.raises(Unjudgeable, match="ran while the machine was judged"):
        await fresh.check(Script("kill -CONT $(cat /pid); sleep 0.2"), [])


DEEP = """cd /usr/lib/python3; python3 -c 'import os
for _ in range(1500): os.mkdir("d"); os.chdir("d")'"""

# Links, since they take no room of their own where they are long: 5,000 names of 3.5 KB.
LONG_NAMES = """cd /usr/share; python3 -c 'import os
for _ in range(14): os.mkdir("d" * 250); os.chdir("d" * 250)
for n in range(5000): os.symlink("x", str(n))'"""


@pytest.mark.parametrize(
    ("attack", "reason"),
    [("rm -rf /usr/lib /usr/bin", "were changed or removed"), (DEEP, "could not"), (LONG_NAMES, "bytes of names")],
)
async def test_a_ruined_machine_is_the_agents_fault_in_bounded_time(fresh: Court, attack: str, reason: str) -> None:
    await fresh.custodian.open()
    await fresh.run(attack)
    async with asyncio.timeout(30):
        with pytest.raises(Unjudgeable, match=reason):
            await fresh.reward(SCRIPT)


@pytest.mark.parametrize(
    "swap", ["mkfifo /made", "ln -s /proc/self/fd/0 /made", "ln -s /dev/zero /made", "mkdir /made"]
)
async def test_a_file_that_is_none_fails_at_once(court: Court, swap: str) -> None:
    await court.run(f"rm -rf /made; {swap}")
    async with asyncio.timeout(8):
        assert await court.reward(PROGRAM) == 0.0
    await court.run("rm -rf /made")


async def test_nothing_of_the_judge_can_be_read_while_the_agent_plays(fresh: Court) -> None:
    await fresh.custodian.open()
    attempts = (
        "cat /proc/1/mem",
        "cat /proc/1/environ | grep -a SPEC",
        "cat /proc/1/maps",
        "cat /proc/1/fd/3",
        "head -c 1 /proc/1/root/etc",
    )
    for attempt in attempts:
        assert (await fresh.sandbox.supervisor.run("bash", attempt, [], 5, LIMIT)).exit_code != 0, attempt
