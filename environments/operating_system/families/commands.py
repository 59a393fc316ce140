"""Writing small commands and repairing broken scripts (the themes of AgentBench's command-implementation tasks)."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

from shlex import quote
from typing import NamedTuple

from environments.operating_system.families.drafting import state
from environments.operating_system.families.drafting.draft import Draft, Family, finished, maybe, said, step, thought
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import NOUNS, names, place
from environments.operating_system.payload import Check


class _Kind(NamedTuple):
    """One command to write: what it does, a solution in bash, and inputs with the output that is right."""

    does: str
    solution: str


def _numbers(rng: Draw, count: int) -> list[int]:
    return [rng.randrange(-500, 500) for _ in range(count)]


KINDS = {
    "sum": _Kind(
        "prints the sum of its arguments, which are integers", 's=0\nfor n in "$@"; do s=$((s + n)); done\necho $s'
    ),
    "max": _Kind(
        "prints the largest of its arguments, which are integers", "printf '%s\\n' \"$@\" | sort -n | tail -1"
    ),
    "reverse": _Kind(
        "prints its arguments in reverse order, separated by one blank", "printf '%s\\n' \"$@\" | tac | paste -sd' '"
    ),
    "count": _Kind("prints the number of its arguments", "echo $#"),
    "upper": _Kind("prints its single argument in upper case", 'echo "$1" | tr a-z A-Z'),
    "even": _Kind(
        "prints how many of its arguments, which are integers, are even",
        'c=0\nfor n in "$@"; do [ $((n % 2)) -eq 0 ] && c=$((c + 1)); done\necho $c',
    ),
    "mirror": _Kind("prints its single argument with the characters in reverse order", 'echo "$1" | rev'),
    "distinct": _Kind("prints the number of different arguments", "printf '%s\\n' \"$@\" | sort -u | wc -l"),
}


def _case(rng: Draw, kind: str) -> tuple[list[str], str]:
    numbers, words = _numbers(rng, rng.randint(3, 7)), names(rng, rng.randint(3, 6))
    if kind in ("sum", "max", "even"):
        right = {"sum": sum(numbers), "max": max(numbers), "even": sum(number % 2 == 0 for number in numbers)}[kind]
        return [str(number) for number in numbers], str(right)
    if kind in ("upper", "mirror"):
        word = words[0] + str(rng.randrange(100))
        return [word], word.upper() if kind == "upper" else word[::-1]
    words = words + rng.choices(words, k=2)
    return words, {"reverse": " ".join(reversed(words)), "count": str(len(words)), "distinct": str(len(set(words)))}[
        kind
    ]


def _behaves(path: str, cases: list[tuple[list[str], str]]) -> list[Check]:
    """It is there, and does the right thing for each case. The command learns no more than its arguments."""
    calls = "\n".join(f"printf '%s\\n' \"$({path} {' '.join(map(quote, arguments))})\"" for arguments, _ in cases)
    return [
        state.passes(f"[ -f {path} ] && [ -x {path} ]"),
        state.prints(calls, "\n".join(right for _, right in cases)),
    ]


def write_command(rng: Draw) -> Draft:
    kind = rng.choice(list(KINDS))
    path = f"{rng.choice(('/usr/local/bin', '/usr/local/sbin'))}/{rng.choice(rng.of(NOUNS))}{rng.randrange(10, 99)}"
    cases = [_case(rng, kind) for _ in range(5)]
    example = f"'{path.rpartition('/')[2]} {' '.join(cases[0][0])}' prints '{cases[0][1]}'"
    description = said(
        rng,
        f"Write an executable script {path} that {KINDS[kind].does}. For example, {example}.",
        f"I want a new command: {path}. It {KINDS[kind].does}. So {example}.",
        f"Implement {path} as a script that anyone can run. It {KINDS[kind].does}; {example}.",
    )
    steps = [
        step(
            thought(rng, "A few lines of bash will do.", "I write the script and make it executable."),
            f"cat > {path} <<'EOF'\n#!/bin/bash\n{KINDS[kind].solution}\nEOF\nchmod 755 {path}",
        ),
        *maybe(
            rng,
            0.7,
            step(thought(rng, "I try the example.", "Does the example work?"), f"{path} {' '.join(cases[0][0])}"),
        ),
    ]
    return Draft(description, steps, finished(rng), ("command", "script"), checks=_behaves(path, cases))


def repair_script(rng: Draw) -> Draft:
    root, name = place(rng), f"{rng.choice(rng.of(NOUNS))}.sh"
    path, words, number = f"{root}/{name}", names(rng, 3), rng.randrange(10, 500)
    good = [
        "#!/bin/bash",
        f"total={number}",
        f"for word in {' '.join(words)}; do",
        "  total=$((total + ${#word}))",
        "done",
        'echo "total: $total"',
    ]
    right = f"total: {number + sum(map(len, words))}"
    fault, line, broken = rng.choice(
        (
            ("it is not executable", -1, ""),
            ("its interpreter line is wrong", 0, "#!/usr/bin/bsh"),
            ("it has a syntax error", 4, "doen"),
            ("it has a syntax error", 2, good[2].replace("; do", "")),
            ("an assignment is wrong", 1, f"total = {number}"),
            ("it prints a wrong variable", 5, 'echo "total: $totl"'),
        )
    )
    content = [broken if number == line else text for number, text in enumerate(good)]
    scene = Scene()
    scene.file(path, "\n".join(content) + "\n", mode="644" if line < 0 else "755")
    description = said(
        rng,
        f"Running {path} should print '{right}', but it fails or prints something else. Repair the script so that it can be run as {path}.",
        f"The script {path} is broken. It is meant to add the lengths of three words to a number and print '{right}'. Fix it; keep what it does.",
        f"Please fix {path}: executed directly it must print exactly '{right}'. The loop over the words must stay.",
    )
    fix = f"chmod 755 {path}" if line < 0 else f"sed -i '{line + 1}c\\{good[line]}' {path}"
    steps = [
        step(
            thought(rng, "I read it and try it.", "First what it says and what happens."),
            f"ls -l {path}\ncat {path}\n{path}",
        ),
        step(thought(rng, f"I see that {fault}; I mend that.", f"The reason is that {fault}."), fix),
        step(thought(rng, "Does it work now?", "I run it again."), path),
    ]
    # A copy with another number and a longer word must print another total: no script that only prints the right one does.
    other, longer = number + rng.randrange(1000, 2000), f"{words[0]}{words[1]}"
    changed = f"total: {other + sum(map(len, words)) + len(words[1])}"
    copy = f"sed 's/\\b{number}\\b/{other}/g; s/\\b{words[0]}\\b/{longer}/g' {path} > $copy && chmod 755 $copy && $copy"
    checks = [
        state.passes(f'[ -f {path} ] && [ -x {path} ] && grep -q "for word in" {path}'),
        state.prints(f"{path} 2>&1", right),
        state.prints(f"copy=$(mktemp /tmp/copy.XXXXXX) && {copy} 2>&1", changed),
    ]
    return Draft(description, steps, finished(rng), ("command", "repair"), checks=checks, init=scene.script())


FAMILIES: dict[str, Family] = {"write-command": write_command, "repair-script": repair_script}
