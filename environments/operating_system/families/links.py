"""Symbolic and hard links."""

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
from environments.operating_system.families.drafting.draw import Draw, Words
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import names, place, stems, text

LINKS = Words(("current", "live"), ("active", "latest"))


def broken_links(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    files = [f"{rng.choice(folders)}/{name}.txt" for name in stems(rng, 5)]
    for path in files:
        scene.file(path, text(rng, 1, 2))
    broken = rng.randint(4, 12)
    for number, name in enumerate(stems(rng, broken + rng.randint(3, 7))):
        target = f"{rng.choice(folders)}/{name}.gone" if number < broken else rng.choice(files)
        scene.link(f"{rng.choice(folders)}/{name}.lnk", target)
    description = said(
        rng,
        f"How many broken symbolic links (their target does not exist) are under {root}?",
        f"Some links in {root} and its subdirectories lead nowhere. Count them.",
        f"After a clean-up, {root} may hold dangling symlinks. How many, all levels?",
    )
    steps = [
        *maybe(rng, 0.4, step("I look at the links.", f"find {root} -type l -printf '%p -> %l\\n' | head -6")),
        answer_step(
            rng,
            thought(
                rng,
                "-xtype l matches links whose target is missing.",
                "find can test for links that stay links when followed.",
            ),
            f"find {root} -xtype l | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("link", "count"),
        answer="«answer»",
        truth=str(broken),
        init=scene.script(),
    )


def repoint_link(rng: Draw) -> Draft:
    root, scene, want = place(rng), Scene(), {}
    versions = [f"{rng.randrange(1, 9)}.{rng.randrange(0, 30)}.{n}" for n in rng.sample(range(40), 4)]
    for version in versions:
        scene.file(f"{root}/releases/{version}/VERSION", version + "\n")
        want[f"{root}/releases/{version}/VERSION"] = state.file(version + "\n")
    link = rng.choice(rng.of(LINKS))
    old, new = versions[:2]
    scene.link(f"{root}/{link}", f"{root}/releases/{old}")
    want[f"{root}/{link}"] = state.link(f"{root}/releases/{new}", f"releases/{new}", f"./releases/{new}")
    listing = ["releases", link, *(f"releases/{v}" for v in versions), *(f"releases/{v}/VERSION" for v in versions)]
    description = said(
        rng,
        f"{root}/{link} is a symbolic link to a release. Make it point to {root}/releases/{new}.",
        f"Switch the symlink {root}/{link} over to release {new} (in {root}/releases). Nothing else may change there.",
        f"Deploy {new}: {root}/{link} must be a symlink to the directory {root}/releases/{new}.",
    )
    steps = [
        step(thought(rng, "Where does it point now?", "I look at the link."), f"ls -l {root}"),
        step(
            thought(rng, "-n keeps ln from going into the old target.", "The link is replaced, not followed."),
            f"ln -sfn {root}/releases/{new} {root}/{link}",
        ),
        *maybe(rng, 0.5, step("I check it.", f"readlink {root}/{link}")),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("link", "change"),
        checks=[state.left(want, {root: listing})],
        init=scene.script(),
    )


def hard_links(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    stem, *others = (f"{name}.dat" for name in stems(rng, 18))
    content, total = text(rng, 1, 2), rng.randint(3, 9)
    scene.file(f"{root}/{stem}", content)
    for number, name in enumerate(others[: total + 4]):
        path = f"{rng.choice(folders)}/{name}"
        if number < total - 1:
            scene.directory(path.rpartition("/")[0])
            scene.run(f"ln {root}/{stem} {path}")
        else:
            scene.file(path, content)
    scene.link(f"{folders[1]}/{others[-1]}", f"{root}/{stem}")
    description = said(
        rng,
        f"How many names (hard links) does the file {root}/{stem} have under {root}, itself included? Copies and symbolic links don't count.",
        f"The same file as {root}/{stem} (same inode) can be found under several names in {root}. How many names are there, counting that one?",
        f"Count the hard links to {root}/{stem} below {root}, the file's own name included.",
    )
    steps = [
        *maybe(rng, 0.5, step("stat shows inode and link count.", f"stat -c '%i %h' {root}/{stem}")),
        answer_step(
            rng,
            thought(rng, "-samefile matches every name of that inode.", "find knows which names are the same file."),
            f"find {root} -samefile {root}/{stem} | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("link", "count"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


def link_chain(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    *chain, end, folder, other = names(rng, rng.randint(3, 5) + 3)
    target = f"{root}/{folder}/{end}.dat"
    scene.file(target, text(rng, 1, 2))
    scene.file(f"{root}/{folder}/{other}.dat", text(rng, 1, 2))
    for link, leads_to in zip(chain, [*(f"{root}/{name}" for name in chain[1:]), target], strict=True):
        scene.link(f"{root}/{link}", leads_to)
    description = said(
        rng,
        f"{root}/{chain[0]} is a symbolic link, perhaps to another link. Which regular file does it lead to in the end? Answer with the full path.",
        f"Follow the link {root}/{chain[0]} to its end: what is the absolute path of the real file?",
        f"Someone opens {root}/{chain[0]}. Through links, which file is read? Give its absolute path.",
    )
    steps = [
        *maybe(rng, 0.6, step("I look at the links.", f"ls -l {root}")),
        answer_step(
            rng,
            thought(rng, "readlink -f follows all of them.", "realpath-style resolution gives the end."),
            f"readlink -f {root}/{chain[0]}",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("link", "follow"),
        answer="«answer»",
        truth=target,
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "broken-links": broken_links,
    "repoint-link": repoint_link,
    "hard-links": hard_links,
    "link-chain": link_chain,
}
