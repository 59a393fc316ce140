"""How much room directories take."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

from environments.operating_system.families.drafting.draft import (
    LAST_NUMBER,
    Draft,
    Family,
    answer_step,
    concluded,
    maybe,
    said,
    step,
    thought,
)
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import EXTENSIONS, names, place, stems
from environments.operating_system.payload import Check, Script


def fullest_directory(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    folders = names(rng, rng.randint(4, 7))
    totals = rng.sample(range(6_000, 60_000, 1500), len(folders))
    for folder, total in zip(folders, totals, strict=True):
        left, pieces = total, stems(rng, rng.randint(2, 5))
        for name in pieces[:-1]:
            size = rng.randrange(1, left // 2)
            left -= size
            scene.blank(f"{root}/{folder}/{rng.choice(('', 'old/', 'new/'))}{name}", size)
        scene.blank(f"{root}/{folder}/{pieces[-1]}.{rng.choice(rng.of(EXTENSIONS))}", left)
    least = rng.random() < 0.3
    truth = (min if least else max)(zip(totals, folders, strict=True))[1]
    which = "smallest" if least else "largest"
    description = said(
        rng,
        f"Which subdirectory of {root} has the {which} total of file sizes (in bytes, everything inside it added up)? Answer with its name.",
        f"Add up the sizes of all files in each direct subdirectory of {root}. For which one is the sum the {which}? Only its name.",
        f"Where does the space go? Of the directories directly in {root}, name the one whose files have the {which} total size in bytes.",
    )
    command = (
        f"cd {root}\nfor d in */; do echo \"$(find \"$d\" -type f -printf '%s\\n' | awk '{{s += $1}} END {{print s}}') ${{d%/}}\"; done"
        f" | sort -{'n' if least else 'rn'}"
    )
    steps = [
        *maybe(rng, 0.5, step("Which directories are there?", f"ls {root}")),
        answer_step(
            rng,
            thought(rng, "I sum the file sizes of each one and sort.", "A loop gives the sum of each directory."),
            command,
            r"\A\s*\d+ (\S+)",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("disk", "size"),
        answer="«answer»",
        truth=truth,
        init=scene.script(),
    )


def human_size(rng: Draw) -> Draft:
    """Judged with AgentBench's size checker against the reference solution: 24K, 24 KB and 24576 are the same."""
    root, scene = place(rng), Scene()
    kilobytes = rng.randint(20, 900)
    sizes = [rng.randrange(1, kilobytes // 5) for _ in range(4)]
    sizes.append(kilobytes - sum(sizes))
    for name, size in zip(stems(rng, 5), sizes, strict=True):
        scene.blank(f"{root}/{rng.choice(('', 'a/', 'b/c/'))}{name}.{rng.choice(rng.of(EXTENSIONS))}", size * 1024)
    count = f"find {root} -type f -printf '%s\\n' | awk '{{s += $1}} END {{print s / 1024 \"K\"}}'"
    description = said(
        rng,
        f"What is the total size of all regular files under {root}, in K (1 K = 1024 bytes)? It is a whole number of K; answer like 12K.",
        f"Sum up the file sizes below {root} and tell me the total with a unit, 1024-based, for example 12K.",
        f"How big are the files in {root} altogether? Count bytes of files, not blocks or directories, and answer in the form 12K (1024 bytes each).",
    )
    steps = [
        *maybe(rng, 0.4, step("Files and sizes first.", f"find {root} -type f -printf '%s %p\\n'")),
        answer_step(
            rng,
            thought(rng, "The sum of the sizes, divided by 1024.", "find prints the bytes, awk adds them and divides."),
            count,
        ),
    ]
    checks = [Check("reference"), Check("checker", checker="size-match")]
    example = Script(f"echo {kilobytes}K")
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("disk", "size"),
        answer="«answer»",
        checks=checks,
        example=example,
        init=scene.script(),
    )


def files_above(rng: Draw) -> Draft:
    root, scene, limit = place(rng), Scene(), rng.randrange(500, 5000)
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    total = rng.randint(5, 14)
    for number, name in enumerate(stems(rng, total + rng.randint(5, 9))):
        size = rng.randrange(limit + 1, limit * 3) if number < total else rng.randrange(1, limit + 1)
        scene.blank(f"{rng.choice(folders)}/{name}.{rng.choice(rng.of(EXTENSIONS))}", size)
    description = said(
        rng,
        f"How many files under {root} are larger than {limit} bytes?",
        f"Count regular files below {root} (every level) with more than {limit} bytes.",
        f"The quota tool complains about big files in {root}. How many have a size above {limit} bytes? Number only.",
    )
    steps = [
        *maybe(rng, 0.3, step("I look at the sizes.", f"find {root} -type f -printf '%s\\n' | sort -n | tail -5")),
        answer_step(
            rng,
            thought(rng, "find's -size with c counts bytes.", "+Nc means more than N bytes."),
            f"find {root} -type f -size +{limit}c | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("disk", "count"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "fullest-directory": fullest_directory,
    "human-size": human_size,
    "files-above": files_above,
}
