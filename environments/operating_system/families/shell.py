"""The shell itself: environment variables, PATH, profiles, scheduled commands."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

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
from environments.operating_system.families.drafting.words import NOUNS, PEOPLE, SERVICES, names, place


def exported_variables(rng: Draw) -> Draft:
    prefix = rng.choice(rng.of(NOUNS)).upper()
    total, hidden = rng.randint(4, 14), rng.randint(2, 5)
    keys = [f"{prefix}_{name.upper()}" for name in names(rng, total + hidden)]
    start = [f"export {key}={rng.randrange(100, 999)}" for key in keys[:total]] + [
        f"{key}={rng.randrange(100, 999)}" for key in keys[total:]
    ]
    start += [f"export X_{prefix}_{rng.choice(rng.of(NOUNS)).upper()}=1"]
    rng.shuffle(start)
    description = said(
        rng,
        f"How many environment variables (exported ones) whose name starts with {prefix}_ does your shell have?",
        f"Some variables named {prefix}_… are set in this shell, but not all are exported. How many are passed on to programs?",
        f"Count the variables beginning with {prefix}_ that a program started from this shell would see.",
    )
    steps = [
        *maybe(rng, 0.5, step("env shows what is exported.", f"env | grep '{prefix}_'")),
        answer_step(
            rng,
            thought(rng, "Only exported variables appear in env.", "I count the names that start so in env."),
            f"env | grep -c '^{prefix}_'",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("environment", "count"),
        answer="«answer»",
        truth=str(total),
        start="\n".join(start),
    )


def path_order(rng: Draw) -> Draft:
    scene, tool = Scene(), f"{rng.choice(rng.of(NOUNS))}{rng.choice(('ctl', 'tool', '-run'))}"
    folders = [f"/opt/{name}/bin" for name in names(rng, 5)]
    have = sorted(rng.sample(range(5), 3))
    dead = rng.choice((0, 1))
    for position, number in enumerate(have):
        scene.file(
            f"{folders[number]}/{tool}",
            f"#!/bin/sh\necho {rng.randrange(100)}\n",
            mode="644" if position < dead else "755",
        )
    for folder in folders:
        scene.directory(folder)
    description = said(
        rng,
        f"If I type '{tool}' in this shell, which file is run? Answer with its full path.",
        f"There are several programs named {tool} on this machine. Which one does the shell take? Full path, please.",
        f"Full path of the {tool} that comes first in the PATH of this shell and is executable?",
    )
    steps = [
        *maybe(rng, 0.5, step("First the search path.", "echo $PATH")),
        answer_step(
            rng,
            thought(rng, "The shell can tell itself.", "command -v shows what the shell would run."),
            f"command -v {tool}",
        ),
    ]
    truth = f"{folders[have[dead]]}/{tool}"
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("environment", "path"),
        answer="«answer»",
        truth=truth,
        init=scene.script(),
        start=f"export PATH={':'.join(folders)}:$PATH",
    )


def set_variables(rng: Draw) -> Draft:
    path, scene = f"{place(rng)}/{rng.choice(rng.of(SERVICES))}.env", Scene()
    keys = [name.upper() for name in names(rng, 6)]
    before = {key: str(rng.randrange(10, 99)) for key in keys[:4]}
    changed, added, value, other = (
        keys[0],
        keys[5],
        f"{rng.choice(rng.of(NOUNS))} {rng.randrange(100, 999)}",
        rng.randrange(1000, 9999),
    )
    scene.file(path, "".join(f"export {key}={val}\n" for key, val in before.items()))
    description = said(
        rng,
        f"{path} is sourced by a service. Change it so that it exports {added} with the value '{value}' (a new variable) and {changed} with {other}; keep the others.",
        f"Edit {path}: add an exported variable {added} with the value '{value}' (mind the blank), and set {changed} to {other}. The rest stays.",
        f"After '. {path}' a program must see {added}='{value}' and {changed}={other}, and all other variables as before. Make it so.",
    )
    change = (
        f"sed -i 's/^export {changed}=.*/export {changed}={other}/' {path}\necho 'export {added}=\"{value}\"' >> {path}"
    )
    steps = [
        step(thought(rng, "I read the file.", "What is there now?"), f"cat {path}"),
        step(
            thought(
                rng,
                "One line changes, one is new; the blank needs quotes.",
                "sed for the old one, an appended line for the new one.",
            ),
            change,
        ),
        *maybe(
            rng, 0.6, step("I try it in a fresh shell.", f"bash -c '. {path}; env | grep -E \"^({added}|{changed})=\"'")
        ),
    ]
    want = before | {changed: str(other), added: value}
    check = state.prints(
        f"[ -f {path} ] && env -i PATH=\"$PATH\" bash -c '. {path} >/dev/null || exit 1; exec printenv {' '.join(want)}'",
        "\n".join(want.values()),
    )
    return Draft(
        description, steps, finished(rng), ("environment", "configuration"), checks=[check], init=scene.script()
    )


WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def schedule_line(rng: Draw) -> Draft:
    service, user = rng.choice(rng.of(SERVICES)), rng.choice(rng.of(PEOPLE))
    path, command = (
        f"/etc/cron.d/{service}-{rng.choice(rng.of(NOUNS))}",
        f"/opt/{rng.choice(rng.of(NOUNS))}/{rng.choice(('backup', 'rotate', 'report'))}",
    )
    hour, minute, day = rng.randrange(1, 24), rng.randrange(1, 60), rng.randrange(7)
    when, fields = rng.choice(
        (
            (f"every day at {hour:02d}:{minute:02d}", f"{minute} {hour} * * *"),
            (f"every {WEEKDAYS[day]} at {hour:02d}:{minute:02d}", f"{minute} {hour} * * {day}"),
            (f"on day {day + 2} of every month at {hour:02d}:{minute:02d}", f"{minute} {hour} {day + 2} * *"),
            (f"at minute {minute} of every hour", f"{minute} * * * *"),
        )
    )
    content = f"# jobs of {service}\nSHELL=/bin/sh\n7 3 * * * root /usr/bin/true\n"
    scene = Scene()
    scene.file(path, content)
    description = said(
        rng,
        f"Append a line to the cron table {path} that runs {command} as user {user} {when}. This file has a user field. Keep the lines that are there.",
        f"Schedule {command} {when}, as {user}: add the entry at the end of {path} (system crontab format, with the user column).",
        f"{path} is a system crontab. Please add one job at its end: {command}, run by {user}, {when}. Use numbers for times and days.",
    )
    steps = [
        step(thought(rng, "I look at the format.", "First the present entries."), f"cat {path}"),
        step(
            thought(
                rng,
                "Minute, hour, day, month, weekday, user, command.",
                "The five time fields come first, then user and command.",
            ),
            f"echo '{fields} {user} {command}' >> {path}",
        ),
    ]
    accepted = [[*fields.split(), user, command]]
    if fields.endswith(" 0"):
        accepted.append([*fields.split()[:4], "7", user, command])
    program = (
        f"lines = open({path!r}).read().rstrip('\\n').split('\\n')\nassert lines[:-1] == {content.splitlines()!r}, lines\n"
        f"words = [w.lstrip('0') or '0' if w.isdigit() else w for w in lines[-1].split()]\nassert words in {accepted!r}, words"
    )
    return Draft(
        description,
        steps,
        finished(rng),
        ("environment", "schedule"),
        checks=[state.passes_python(program, path)],
        init=scene.script(),
    )


def schedule_query(rng: Draw) -> Draft:
    scene, root = Scene(), "/etc/cron.d"
    user, *others = rng.sample(rng.of(PEOPLE), 4)
    total, rows = rng.randint(3, 10), []
    for number in range(total + rng.randint(5, 12)):
        owner = user if number < total else rng.choice(others)
        prefix = "#" if number >= total and rng.random() < 0.3 else ""
        owner = user if prefix else owner
        rows.append(
            f"{prefix}{rng.randrange(60)} {rng.randrange(24)} * * {rng.choice('*12345')} {owner} /opt/{rng.choice(rng.of(NOUNS))}/{rng.choice((user, 'run', 'job'))}"
        )
    rng.shuffle(rows)
    stems = names(rng, 3)
    for number, stem in enumerate(stems):
        scene.file(f"{root}/{stem}", "\n".join([f"# {stem}", "SHELL=/bin/sh", *rows[number::3]]) + "\n")
    description = said(
        rng,
        f"How many active jobs (lines not commented out) of user {user} are in the cron tables {', '.join(f'{root}/{stem}' for stem in stems)}?",
        f"The files {' '.join(stems)} in {root} are system crontabs. Count the jobs there that run as {user}; commented lines don't count.",
        f"In {root}, look at {', '.join(stems)}: how many scheduled jobs run as {user}? The user is the sixth field.",
    )
    files = " ".join(f"{root}/{stem}" for stem in stems)
    steps = [
        step(thought(rng, "I look at one of them.", "First the format."), f"cat {root}/{stems[0]}"),
        answer_step(
            rng,
            thought(rng, "Field 6 is the user; lines with # are off.", "awk tests the sixth field and skips comments."),
            f"awk '!/^#/ && $6 == \"{user}\"' {files} | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("environment", "schedule"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "exported-variables": exported_variables,
    "path-order": path_order,
    "set-variables": set_variables,
    "schedule-line": schedule_line,
    "schedule-query": schedule_query,
}
