"""Running programs: finding, counting and ending them.

They are started by `start`, in the agent's own shell as AgentBench does it, each as a `sleep` under a name of its own
and in a subshell, so that the shell prints no job numbers.
"""

from __future__ import annotations

from environments.operating_system.families.drafting import state
from environments.operating_system.families.drafting.draft import (
    LAST_NUMBER,
    Draft,
    Family,
    answer_step,
    concluded,
    finished,
    maybe,
    said,
    step,
    thought,
)
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import NOUNS, SERVICES, names, place, stems
from environments.operating_system.payload import Check, Script


def _program(rng: Draw, scene: Scene) -> tuple[str, str]:
    """A copy of `sleep` under a name of its own: its path and that name."""
    name = f"{rng.choice(rng.of(SERVICES))}{rng.choice(('d', '-worker', '-agent'))}"
    path = f"/opt/{rng.choice(rng.of(NOUNS))}/{name}"
    scene.directory(path.rpartition("/")[0])
    scene.run(f"cp /bin/sleep {path}")
    return path, name


def _sleeps(rng: Draw, count: int) -> list[int]:
    return [100_000 + number for number in rng.sample(range(10_000, 90_000), count)]


def _started(lines: list[str]) -> str:
    """The lines, each of which starts one program in the background, and a wait until all of them run under their own
    name: a copy of the shell that is on its way there is neither found nor killed by it."""
    return "\n".join([*lines, f"until [ \"$(pgrep -fc '^/opt/')\" -ge {len(lines)} ]; do sleep 0.02; done"])


def count_processes(rng: Draw) -> Draft:
    scene = Scene()
    (path, name), total, other = _program(rng, scene), rng.randint(4, 11), rng.randint(2, 4)
    scene.run(f"cp /bin/sleep {path}-old")
    start = [f"({path} {seconds} &)" for seconds in _sleeps(rng, total)] + [
        f"({path}-old {seconds} &)" for seconds in _sleeps(rng, other)
    ]
    rng.shuffle(start)
    description = said(
        rng,
        f"How many processes are running the program {path}?",
        f"{path} has been started several times. Tell me how many of these processes run now. Watch out for programs"
        " with similar names.",
        f"Count the running processes of {path} (exactly this program). Number only.",
    )
    steps = [
        *maybe(
            rng,
            0.5,
            step(
                thought(rng, "I look at what runs.", "First an overview."),
                f"ps -eo pid,args | grep '{name[:-1]}[{name[-1]}]'",
            ),
        ),
        answer_step(
            rng,
            thought(
                rng,
                "The argument list starts with the program's path; I match that path and a blank.",
                "A blank after the path keeps the similar name out.",
            ),
            f"pgrep -fc '^{path} '",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("process", "count"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
        start=_started(start),
    )


def kill_process(rng: Draw) -> Draft:
    scene = Scene()
    (path, name), seconds = _program(rng, scene), _sleeps(rng, rng.randint(3, 6))
    victim, *others = seconds
    start = [f"({path} {number} &)" for number in seconds]
    rng.shuffle(start)
    description = said(
        rng,
        f"Several processes of {path} are running. End the one with the argument {victim}; all others must go on"
        " running.",
        f"The {name} process that was called with {victim} hangs. Kill it, but only it.",
        f"Stop exactly one process: '{path} {victim}'. Don't touch its siblings.",
    )
    find = step(
        thought(rng, "I need the process id of that one.", "First I find its id."),
        f"ps -eo pid,args | grep '[/]{name} {victim}'",
        {"pid": r"^\s*(\d+)\s"},
    )
    kill = step(thought(rng, "It is process «pid»; I end that one.", "«pid» is the one to end."), "kill «pid»")
    look = step("I check that the others are still there.", f"pgrep -af '^{path} '")
    check = _running(path, others)
    return Draft(
        description,
        [find, kill, *maybe(rng, 0.5, look)],
        finished(rng),
        ("process", "kill"),
        checks=[check],
        init=scene.script(),
        start=_started(start),
    )


def _running(path: str, seconds: list[int]) -> Check:
    """Exactly the processes `path N` for N in `seconds` run (a zombie has no arguments), at once or within two seconds:
    who was sent a signal is gone when it has had the CPU."""
    return state.passes_python(_RUNNING.format(path=path, expected=sorted(str(number) for number in seconds)))


_RUNNING = """import glob, time
ends = time.monotonic() + 2
while True:
    found = []
    for name in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            words = open(name).read().split('\\0')
        except OSError:
            continue
        if words[0] == {path!r}:
            found.append(words[1])
    if sorted(found) == {expected} or time.monotonic() > ends:
        break
    time.sleep(0.02)
assert sorted(found) == {expected}, found"""


def kill_all(rng: Draw) -> Draft:
    scene = Scene()
    (path, name), (bystander, _) = _program(rng, scene), _program(rng, scene)
    bystander += "-keep"
    scene.run(f"cp /bin/sleep {bystander}")
    kept = _sleeps(rng, rng.randint(2, 3))
    start = [f"({path} {number} &)" for number in _sleeps(rng, rng.randint(3, 6))] + [
        f"({bystander} {number} &)" for number in kept
    ]
    rng.shuffle(start)
    description = said(
        rng,
        f"End every process of the program {path}. Other programs, such as {bystander}, must keep running.",
        f"{name} went wild: stop all processes that run {path}, but nothing else.",
        f"Make sure that no process of {path} is left. Leave all others alone, {bystander} above all.",
    )
    steps = [
        *maybe(rng, 0.6, step("I look at what runs.", "ps -eo pid,args | grep '[/]opt/'")),
        step(
            thought(
                rng,
                "The path at the start of the command line picks the right ones.",
                "I match the full path and a blank after it.",
            ),
            f"pkill -f '^{path} '",
        ),
        *maybe(rng, 0.5, step("Are they gone?", f"pgrep -fc '^{path} '")),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("process", "kill"),
        checks=[_running(path, []), _running(bystander, kept)],
        init=scene.script(),
        start=_started(start),
    )


def process_environment(rng: Draw) -> Draft:
    scene = Scene()
    (path, name), variable = (
        _program(rng, scene),
        f"{rng.choice(rng.of(NOUNS))}_{rng.choice(('token', 'region', 'queue', 'key'))}".upper(),
    )
    values, seconds = [f"{word}-{rng.randrange(1000, 9999)}" for word in names(rng, 3)], _sleeps(rng, 3)
    start = [f"({variable}={value} {path} {number} &)" for value, number in zip(values, seconds, strict=True)]
    rng.shuffle(start)
    description = said(
        rng,
        f"The process '{path} {seconds[0]}' was started with an environment variable {variable}. What is its value?",
        f"Several {name} processes run. Which value has {variable} in the environment of the one with the argument"
        f" {seconds[0]}?",
        f"Find out the value of {variable} that the running process '{name} {seconds[0]}' got when it was started.",
    )
    steps = [
        step(
            thought(rng, "First its process id.", "Which process is it?"),
            f"pgrep -f '^{path} {seconds[0]}$'",
            {"pid": r"^(\d+)$"},
        ),
        answer_step(
            rng,
            thought(
                rng,
                "It is «pid»; /proc has its environment, separated by NUL bytes.",
                "The environment of «pid» is in /proc.",
            ),
            f"tr '\\0' '\\n' < /proc/«pid»/environ | grep '^{variable}=' | cut -d= -f2",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("process", "environment"),
        answer="«answer»",
        truth=values[0],
        init=scene.script(),
        start=_started(start),
    )


def open_file(rng: Draw) -> Draft:
    """Only the machine knows the process id: the reference solution is part of the judgement, as in AgentBench's own
    rows.
    """
    scene, root = Scene(), place(rng)
    path, name = _program(rng, scene)
    logs = [f"{root}/{stem}.log" for stem in stems(rng, 3)]
    for log in logs:
        scene.file(log, "started\n")
    seconds = _sleeps(rng, 3)
    start = _started([f"({path} {number} 7>> {log} &)" for number, log in zip(seconds, logs, strict=True)])
    description = said(
        rng,
        f"Which process has the file {logs[0]} open? Answer with its process id.",
        f"I can't archive {logs[0]} because some program still has it open. What is the PID of that process?",
        f"Find the id of the process that holds {logs[0]} open.",
    )
    command = f'for fd in /proc/[0-9]*/fd/*; do [ "$(readlink "$fd")" = {logs[0]} ] && echo "$fd"; done 2>/dev/null'
    steps = [
        *maybe(rng, 0.4, step(f"Which {name} processes are there?", f"pgrep -a '{name[:15]}'")),
        answer_step(
            rng,
            thought(
                rng, "Open files show as links under /proc/PID/fd.", "I look for a descriptor that links to the file."
            ),
            command,
            r"^/proc/(\d+)/fd/",
        ),
    ]
    example = Script(f"pgrep -f '^{path} {seconds[0]}$'")
    checks = [Check("reference"), Check("checker", checker="integer-match")]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("process", "file"),
        answer="«answer»",
        checks=checks,
        example=example,
        init=scene.script(),
        start=start,
    )


FAMILIES: dict[str, Family] = {
    "count-processes": count_processes,
    "kill-process": kill_process,
    "kill-all": kill_all,
    "process-environment": process_environment,
    "open-file": open_file,
}
