"""Counting, measuring, renaming, sorting and removing files."""

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
from environments.operating_system.families.drafting.words import EXTENSIONS, names, place, sentence, stems, text


def count_by_extension(rng: Draw) -> Draft:
    root, (wanted, other, third) = place(rng), rng.sample(rng.of(EXTENSIONS), 3)
    folders = [root, *(f"{root}/{name}" for name in names(rng, 3))]
    folders.append(f"{folders[1]}/{names(rng, 1)[0]}")
    scene, count, deep = Scene(), rng.randint(9, 24), rng.random() < 0.6
    total = 0
    for number, name in enumerate(stems(rng, count)):
        folder = root if number < 3 else rng.choice(folders)
        scene.file(f"{folder}/{name}.{wanted}", sentence(rng) + "\n")
        total += deep or folder == root
    for name in stems(rng, 8):
        scene.file(f"{rng.choice(folders)}/{name}.{rng.choice((other, third, wanted + '.bak', wanted + 'x'))}")
    scene.directory(f"{folders[2]}/{names(rng, 1)[0]}-files.{wanted}")
    reach = "at any depth" if deep else "directly in it, not in subdirectories"
    description = said(
        rng,
        f"How many regular files whose name ends in .{wanted} are there under {root} ({reach})? Answer with the number.",
        f"Count the .{wanted} files in {root}, {reach}. Directories don't count. I need the number only.",
        f"I'm tidying up {root} and need to know how many files with the extension .{wanted} it has ({reach}; files only). Just the number, please.",
        f"{root}: number of *.{wanted} files, {reach}, directories excluded?",
    )
    find = f"find {root} {'' if deep else '-maxdepth 1 '}-type f -name '*.{wanted}'"
    look = step(thought(rng, "I see what lies there first.", "First a look at the tree."), f"{find} | head -5")
    count_it = answer_step(
        rng,
        thought(rng, "find lists the files and wc counts them.", f"I count regular files that end in .{wanted}."),
        f"{find} | wc -l",
        LAST_NUMBER,
    )
    return Draft(
        description=description,
        steps=[*maybe(rng, 0.4, look), count_it],
        conclusion=concluded(rng),
        labels=("file", "count"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


def hidden_files(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    hidden, visible = stems(rng, rng.randint(4, 16)), stems(rng, rng.randint(3, 8))
    for name in hidden:
        scene.file(f"{root}/.{name}", sentence(rng) + "\n")
    for name in visible:
        scene.file(f"{root}/{name}")
    inner = names(rng, 2)
    scene.directory(f"{root}/.{inner[0]}.d")
    scene.file(f"{root}/{inner[1]}.d/.{names(rng, 1)[0]}")
    description = said(
        rng,
        f"How many hidden files are in {root}? Don't look into subdirectories and don't count directories.",
        f"Someone left dotfiles in {root}. Tell me how many (regular files directly in that directory). Number only.",
        f"Count regular files in {root} itself whose name starts with a dot.",
    )
    look = step(
        thought(rng, "ls -A shows hidden entries too.", "I list everything, hidden entries included."),
        f"ls -lA {root} | head -8",
    )
    count_it = answer_step(
        rng,
        thought(
            rng,
            "Only regular files of this level with a leading dot count.",
            "I let find pick the hidden regular files.",
        ),
        f"find {root} -maxdepth 1 -type f -name '.*' | wc -l",
        LAST_NUMBER,
    )
    return Draft(
        description=description,
        steps=[*maybe(rng, 0.5, look), count_it],
        conclusion=concluded(rng),
        labels=("file", "hidden"),
        answer="«answer»",
        truth=str(len(hidden)),
        init=scene.script(),
    )


def largest_file(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    sizes = rng.sample(range(200, 9000), rng.randint(6, 14))
    found = dict(zip(stems(rng, len(sizes)), sizes, strict=True))
    files = {f"{name}.{rng.choice(rng.of(EXTENSIONS))}": size for name, size in found.items()}
    for name, size in files.items():
        scene.blank(f"{rng.choice(folders)}/{name}", size)
    rank = rng.choice((1, 1, 2, 3))
    order = sorted(files, key=lambda name: files[name], reverse=True)
    which = {1: "largest", 2: "second largest", 3: "third largest"}[rank]
    description = said(
        rng,
        f"What is the name of the {which} file under {root}, subdirectories included? Answer with the file name without its directory.",
        f"Disk is getting tight. Which file below {root} is the {which} one? Give only its base name.",
        f"Find the {which} file (by size in bytes) anywhere in {root} and answer with its name, no path.",
    )
    steps = [
        step(
            thought(rng, "I list sizes and paths, biggest first.", "Sorting by size shows it."),
            f"find {root} -type f -printf '%s %p\\n' | sort -rn | head -5",
        ),
        answer_step(
            rng,
            f"Line {rank} of that order, without the directory.",
            f"find {root} -type f -printf '%s %f\\n' | sort -rn | sed -n {rank}p | cut -d' ' -f2-",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("file", "size"),
        answer="«answer»",
        truth=order[rank - 1],
        init=scene.script(),
    )


def total_size(rng: Draw) -> Draft:
    root, (wanted, other) = place(rng), rng.sample(rng.of(EXTENSIONS), 2)
    scene, total = Scene(), 0
    inner = f"{root}/{names(rng, 1)[0]}"
    for name in stems(rng, rng.randint(4, 9)):
        size = rng.randrange(50, 4000)
        total += size
        scene.blank(f"{rng.choice((root, inner))}/{name}.{wanted}", size)
    for name in stems(rng, 5):
        scene.blank(f"{rng.choice((root, inner))}/{name}.{other}", rng.randrange(50, 4000))
    description = said(
        rng,
        f"How many bytes do all .{wanted} files under {root} (recursively) have together? Give the plain number.",
        f"Add up the sizes in bytes of every .{wanted} file in {root} and its subdirectories. Answer with the sum.",
        f"I have to move the .{wanted} files below {root} to another machine. What is their total size in bytes (file sizes, not disk blocks)?",
    )
    steps = [
        *maybe(
            rng,
            0.4,
            step("I look at the files and their sizes.", f"find {root} -type f -name '*.{wanted}' -printf '%s %p\\n'"),
        ),
        answer_step(
            rng,
            thought(rng, "awk adds up the sizes that find prints.", "I sum the size column."),
            f"find {root} -type f -name '*.{wanted}' -printf '%s\\n' | awk '{{s += $1}} END {{print s}}'",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("file", "size"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


def rename_batch(rng: Draw) -> Draft:
    root, (old, new, other) = place(rng), rng.sample(rng.of(EXTENSIONS), 3)
    scene, want, held = Scene(), {}, []
    for name in stems(rng, rng.randint(4, 9)):
        content = text(rng, 1, 3)
        scene.file(f"{root}/{name}.{old}", content)
        want[f"{root}/{name}.{new}"] = state.file(content)
        held.append(f"{name}.{new}")
    for name in stems(rng, 3):
        content = text(rng, 1, 2)
        scene.file(f"{root}/keep-{name}.{other}", content)
        want[f"{root}/keep-{name}.{other}"] = state.file(content)
        held.append(f"keep-{name}.{other}")
    description = said(
        rng,
        f"In {root}, rename every file that ends in .{old} so that it ends in .{new} instead. Leave the other files alone.",
        f"All *.{old} files in {root} should be called *.{new} (same base name, same content). Touch nothing else.",
        f"Please change the extension .{old} to .{new} for all files in {root}.",
    )
    rename = f'cd {root}\nfor f in *.{old}; do mv -- "$f" "${{f%.{old}}}.{new}"; done'
    steps = [
        *maybe(rng, 0.5, step("First I see which files there are.", f"ls {root}")),
        step(thought(rng, "A loop renames them one by one.", "I strip the old ending and append the new one."), rename),
        *maybe(rng, 0.6, step(thought(rng, "I check the result.", "Did it work?"), f"ls {root}")),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("file", "rename"),
        checks=[state.left(want, {root: held})],
        init=scene.script(),
    )


def sort_into_folders(rng: Draw) -> Draft:
    root, kinds = place(rng), rng.sample(rng.of(EXTENSIONS), 3)
    scene, want, held = Scene(), {}, list(kinds)
    for number, name in enumerate(stems(rng, rng.randint(6, 11))):
        kind, content = kinds[number % 3], text(rng, 1, 2)
        scene.file(f"{root}/{name}.{kind}", content)
        want[f"{root}/{kind}/{name}.{kind}"] = state.file(content)
        held.append(f"{kind}/{name}.{kind}")
    description = said(
        rng,
        f"Sort the files in {root} into subdirectories named after their extension: x.{kinds[0]} goes to {root}/{kinds[0]}/x.{kinds[0]}, and so on for all.",
        f"Clean up {root}: for each file extension make a subdirectory of that name (without the dot) and move the files with it there.",
        f"Move every file of {root} into {root}/EXT/, where EXT is the file's extension (here {', '.join(kinds)}). Create the directories.",
    )
    move = f'cd {root}\nfor f in *.*; do mkdir -p "${{f##*.}}" && mv -- "$f" "${{f##*.}}/"; done'
    steps = [
        step(thought(rng, "Which files are there?", "I look at the files first."), f"ls {root}"),
        step(
            thought(
                rng, "The extension names the target directory.", "I make each directory as needed and move the file."
            ),
            move,
        ),
        *maybe(rng, 0.5, step("I check the new layout.", f"find {root} -type f | sort")),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("file", "move"),
        checks=[state.left(want, {root: held})],
        init=scene.script(),
    )


def delete_empty(rng: Draw) -> Draft:
    root, scene, want, held = place(rng), Scene(), {}, []
    inner = names(rng, 2)
    folders = [f"{root}/{name}" for name in inner]
    held += inner
    for folder in folders:
        scene.directory(folder)
    for name in stems(rng, rng.randint(4, 7)):
        path, content = (
            f"{rng.choice([root, *folders])}/{name}.{rng.choice(rng.of(EXTENSIONS))}",
            rng.choice((text(rng, 1, 2), "\n")),
        )
        scene.file(path, content)
        want[path] = state.file(content)
        held.append(path.removeprefix(root + "/"))
    for name in stems(rng, rng.randint(3, 7)):
        scene.file(f"{rng.choice([root, *folders])}/{name}.empty{rng.randrange(10)}")
    description = said(
        rng,
        f"Delete all empty files (0 bytes) under {root}, at any depth. Keep every other file and all directories.",
        f"There are zero-byte files somewhere in {root}. Remove them, and only them; directories stay.",
        f"Get rid of the empty regular files below {root}, nothing else.",
    )
    steps = [
        *maybe(rng, 0.5, step("I look at what would go.", f"find {root} -type f -empty")),
        step(
            thought(rng, "find can delete what is empty.", "Only empty regular files are matched, so this is safe."),
            f"find {root} -type f -empty -delete",
        ),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("file", "delete"),
        checks=[state.left(want, {root: held})],
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "count-by-extension": count_by_extension,
    "hidden-files": hidden_files,
    "largest-file": largest_file,
    "total-size": total_size,
    "rename-batch": rename_batch,
    "sort-into-folders": sort_into_folders,
    "delete-empty": delete_empty,
}
