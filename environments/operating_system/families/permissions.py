"""Modes and owners: audits and repairs."""

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
from environments.operating_system.families.drafting.words import ACCOUNTS, EXTENSIONS, names, place, stems, text

AUDITS = (
    (
        "writable by everyone (others have write permission)",
        "-perm -o=w",
        ("666", "646", "777", "622"),
        ("644", "600", "664", "755"),
    ),
    ("executable by their owner", "-perm -u=x", ("755", "700", "744", "500"), ("644", "600", "666", "444")),
    ("not readable by others", "! -perm -o=r", ("600", "640", "750", "660"), ("644", "666", "755", "604")),
    ("set-uid (run as their owner)", "-perm -u=s", ("4755", "4711", "4700"), ("755", "711", "2755")),
)


def permission_audit(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    what, test, hits, others = rng.choice(AUDITS)
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    total = rng.randint(4, 15)
    for number, name in enumerate(stems(rng, total + rng.randint(5, 10))):
        scene.file(
            f"{rng.choice(folders)}/{name}.{rng.choice(rng.of(EXTENSIONS))}",
            mode=rng.choice(hits if number < total else others),
        )
    scene.directory(f"{root}/{names(rng, 1)[0]}.d", mode="777")
    description = said(
        rng,
        f"How many regular files under {root} are {what}? Answer with the number.",
        f"Security audit of {root}: count the files (no directories, all levels) that are {what}.",
        f"Please check {root} recursively and tell me how many regular files in it are {what}.",
    )
    steps = [
        *maybe(rng, 0.4, step("I look at the modes.", f"find {root} -type f -printf '%m %p\\n' | sort | head")),
        answer_step(
            rng,
            thought(rng, "find can test for permission bits.", "I let find test the mode of each file."),
            f"find {root} -type f {test} | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("permission", "audit"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


def set_modes(rng: Draw) -> Draft:
    root, scene, want = place(rng), Scene(), {}
    script_mode, other_mode = rng.choice((("750", "640"), ("755", "644"), ("700", "600"), ("550", "440")))
    folder_mode = rng.choice(("750", "755", "700"))
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    for folder in folders:
        scene.directory(folder, mode="777")
        want[folder] = state.directory(mode=folder_mode)
    for number, name in enumerate(stems(rng, rng.randint(6, 11))):
        ending, content = ("sh", "txt", "conf")[number % 3], text(rng, 1, 2)
        path = f"{rng.choice(folders)}/{name}.{ending}"
        scene.file(path, content, mode=rng.choice(("777", "666", "604", "611")))
        want[path] = state.file(content, mode=script_mode if ending == "sh" else other_mode)
    description = said(
        rng,
        f"Set permissions in {root}, recursively: directories (with {root} itself) {folder_mode}, files ending in .sh {script_mode}, all other files {other_mode}.",
        f"The modes under {root} are a mess. I want {folder_mode} on every directory including {root}, {script_mode} on *.sh files and {other_mode} on the remaining files.",
        f"Please apply these modes below and on {root}: directories {folder_mode}; shell scripts (*.sh) {script_mode}; any other file {other_mode}.",
    )
    change = (
        f"find {root} -type d -exec chmod {folder_mode} {{}} +\n"
        f"find {root} -type f -name '*.sh' -exec chmod {script_mode} {{}} +\n"
        f"find {root} -type f ! -name '*.sh' -exec chmod {other_mode} {{}} +"
    )
    steps = [
        *maybe(rng, 0.4, step("I look at the present modes.", f"find {root} -printf '%m %y %p\\n'")),
        step(thought(rng, "Three finds, one for each kind.", "Each kind gets its own mode."), change),
        *maybe(rng, 0.4, step("I check the result.", f"find {root} -printf '%m %y %p\\n' | sort")),
    ]
    return Draft(
        description, steps, finished(rng), ("permission", "chmod"), checks=[state.left(want)], init=scene.script()
    )


def give_ownership(rng: Draw) -> Draft:
    root, scene, want = place(rng), Scene(), {}
    user, group, left_user = rng.sample(rng.of(ACCOUNTS), 3)
    only = rng.random() < 0.5
    folder = f"{root}/{names(rng, 1)[0]}"
    scene.directory(folder)
    for number, name in enumerate(stems(rng, rng.randint(5, 10))):
        ending, content = ("dat", "log")[number % 2], text(rng, 1, 2)
        path = f"{(root, folder)[number % 3 == 0]}/{name}.{ending}"
        before = left_user if number % 4 == 3 else "root"
        scene.file(path, content, owner=f"{before}:{before}")
        moved = not only or ending == "dat"
        want[path] = state.file(content, owner=f"{user}:{group}" if moved else f"{before}:{before}")
    for path in (root, folder):
        want[path] = state.directory(owner="root:root" if only else f"{user}:{group}")
    what = (
        "every regular file ending in .dat (at any depth; nothing else)"
        if only
        else "the directory itself and everything in it"
    )
    description = said(
        rng,
        f"Under {root}, give {what} to user {user} and group {group}.",
        f"Owner {user}, group {group}: that is what I want for {root}, namely for {what}.",
        f"Change the ownership in {root} to {user}:{group}. It concerns {what}.",
    )
    change = (
        f"find {root} -type f -name '*.dat' -exec chown {user}:{group} {{}} +"
        if only
        else f"chown -R {user}:{group} {root}"
    )
    steps = [
        *maybe(rng, 0.5, step("Who owns what now?", f"find {root} -printf '%u:%g %p\\n'")),
        step(thought(rng, "chown sets user and group at once.", "One command changes them all."), change),
    ]
    return Draft(
        description, steps, finished(rng), ("permission", "chown"), checks=[state.left(want)], init=scene.script()
    )


def owned_by(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    user, other = rng.sample(rng.of(ACCOUNTS), 2)
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    total = rng.randint(5, 16)
    for number, name in enumerate(stems(rng, total + rng.randint(4, 9))):
        scene.file(
            f"{rng.choice(folders)}/{name}.{rng.choice(rng.of(EXTENSIONS))}",
            owner=user if number < total else rng.choice((other, "root", f"root:{user}")),
        )
    description = said(
        rng,
        f"How many files under {root} belong to the user {user}?",
        f"The account {user} will be removed. How many regular files does it own in {root}, all levels?",
        f"Count regular files in {root} (recursively) whose owner is {user}. The group does not matter.",
    )
    steps = [
        *maybe(rng, 0.4, step("A look at the owners.", f"find {root} -type f -printf '%u\\n' | sort | uniq -c")),
        answer_step(
            rng,
            thought(rng, "find tests the owner.", "I count what find -user lists."),
            f"find {root} -type f -user {user} | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("permission", "owner"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "permission-audit": permission_audit,
    "set-modes": set_modes,
    "give-ownership": give_ownership,
    "owned-by": owned_by,
}
