"""Modification times."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

from datetime import datetime, timedelta

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
from environments.operating_system.families.drafting.words import EXTENSIONS, names, place, stems, text


def _moment(rng: Draw, first: datetime, days: int) -> datetime:
    return first + timedelta(
        days=rng.randrange(days), hours=rng.randrange(2, 22), minutes=rng.randrange(60), seconds=rng.randrange(60)
    )


def _start(rng: Draw) -> datetime:
    return datetime(rng.randint(2018, 2024), rng.randint(1, 12), 1)


def modified_between(rng: Draw) -> Draft:
    root, scene, first = place(rng), Scene(), _start(rng)
    last = first + timedelta(days=rng.randint(10, 40))
    folders = [root, f"{root}/{names(rng, 1)[0]}"]
    total = rng.randint(5, 14)
    for number, name in enumerate(stems(rng, total + rng.randint(5, 10))):
        if number < total:
            moment = _moment(rng, first, (last - first).days + 1)
        else:
            moment = _moment(rng, *rng.choice(((first - timedelta(days=90), 90), (last + timedelta(days=1), 90))))
        scene.file(f"{rng.choice(folders)}/{name}.{rng.choice(rng.of(EXTENSIONS))}", when=f"{moment} UTC")
    description = said(
        rng,
        f"How many files under {root} were last modified from {first:%Y-%m-%d} to {last:%Y-%m-%d}, both days included (UTC)?",
        f"Count regular files in {root} (all levels) with a modification date between {first:%Y-%m-%d} and {last:%Y-%m-%d} inclusive. Times are UTC.",
        f"Audit: number of files below {root} changed in the period {first:%Y-%m-%d} … {last:%Y-%m-%d} (first and last day count, UTC).",
    )
    command = f"find {root} -type f -newermt '{first:%Y-%m-%d} UTC' ! -newermt '{last + timedelta(days=1):%Y-%m-%d} UTC' | wc -l"
    steps = [
        *maybe(
            rng, 0.4, step("I look at the dates.", f"find {root} -type f -printf '%TY-%Tm-%Td %p\\n' | sort | head -5")
        ),
        answer_step(
            rng,
            thought(
                rng,
                "-newermt compares with a date; the end is the day after.",
                "find can test both ends of the period.",
            ),
            command,
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("time", "count"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


def newest_file(rng: Draw) -> Draft:
    root, scene, first = place(rng), Scene(), _start(rng)
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    files = [f"{name}.{rng.choice(rng.of(EXTENSIONS))}" for name in stems(rng, rng.randint(7, 14))]
    days = rng.sample(range(700), len(files))
    for name, day in zip(files, days, strict=True):
        scene.file(f"{rng.choice(folders)}/{name}", when=f"{_moment(rng, first + timedelta(days=day), 1)} UTC")
    oldest = rng.random() < 0.5
    truth = (min if oldest else max)(zip(days, files, strict=True))[1]
    which = "oldest" if oldest else "most recent"
    description = said(
        rng,
        f"Which file under {root} has the {which} modification time? Answer with its name without the directory.",
        f"Look through {root} and its subdirectories: what is the name (no path) of the file whose last modification is the {which}?",
        f"Name the file in {root}, any depth, with the {which} mtime. Base name only.",
    )
    command = f"find {root} -type f -printf '%T@ %f\\n' | sort -{'n' if oldest else 'rn'}"
    steps = [
        *maybe(rng, 0.4, step("Times and names, sorted.", f"{command} | head -3")),
        answer_step(
            rng,
            thought(rng, "The first line by time, without the time.", "Sorted by time, it is the first."),
            f"{command} | head -1 | cut -d' ' -f2",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("time", "query"),
        answer="«answer»",
        truth=truth,
        init=scene.script(),
    )


def delete_old(rng: Draw) -> Draft:
    root, scene, border = place(rng), Scene(), _start(rng)
    kind, want, held = rng.choice(rng.of(EXTENSIONS)), {}, [inner := names(rng, 1)[0]]
    scene.directory(f"{root}/{inner}")
    for number, name in enumerate(stems(rng, rng.randint(9, 15))):
        old, matching = number % 3 == 0 or rng.random() < 0.3, number % 3 == 0 or rng.random() < 0.5
        relative = (f"{inner}/" if rng.random() < 0.4 else "") + f"{name}.{kind if matching else 'keep'}"
        content = text(rng, 1, 1)
        moment = _moment(rng, border - timedelta(days=200), 200) if old else _moment(rng, border, 200)
        scene.file(f"{root}/{relative}", content, when=f"{moment} UTC")
        if not (old and matching):
            want[f"{root}/{relative}"] = state.file(content)
            held.append(relative)
    description = said(
        rng,
        f"Delete the .{kind} files under {root} (all levels) that were last modified before {border:%Y-%m-%d} (UTC). Keep everything else.",
        f"Retention: in {root} and below, *.{kind} files with a modification date before {border:%Y-%m-%d} UTC have to go. Other files and directories stay.",
        f"Remove every .{kind} file in {root}, recursively, whose mtime lies before {border:%Y-%m-%d} 00:00 UTC, and nothing more.",
    )
    find = f"find {root} -type f -name '*.{kind}' ! -newermt '{border:%Y-%m-%d} UTC'"
    steps = [
        step(
            thought(rng, "First what would be deleted.", "I list the candidates before I delete."),
            f"{find} -printf '%TY-%Tm-%Td %p\\n'",
        ),
        step(
            thought(rng, "These are the right ones, so I delete them.", "Now the same search with -delete."),
            f"{find} -delete",
        ),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("time", "delete"),
        checks=[state.left(want, {root: held})],
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "modified-between": modified_between,
    "newest-file": newest_file,
    "delete-old": delete_old,
}
