"""Packing, unpacking and looking into archives."""

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
from environments.operating_system.families.drafting.words import EXTENSIONS, names, place, stems, text


def make_archive(rng: Draw) -> Draft:
    root, target = place(rng), f"{place(rng)}.tar.gz"
    scene, (kind, other), wanted = Scene(), rng.sample(rng.of(EXTENSIONS), 2), {}
    inner = names(rng, 1)[0]
    for number, name in enumerate(stems(rng, rng.randint(5, 9))):
        relative = (f"{inner}/" if number % 3 == 2 else "") + name
        content = text(rng, 1, 3)
        scene.file(f"{root}/{relative}.{kind}", content)
        wanted[f"{relative}.{kind}"] = content
    for name in stems(rng, 3):
        scene.file(f"{root}/{name}.{other}", text(rng, 1, 2))
    scene.directory(target.rpartition("/")[0])
    description = said(
        rng,
        f"Pack all .{kind} files under {root} (subdirectories too, nothing else) into the gzipped tar archive {target}, with paths relative to {root}.",
        f"I need {target} (tar, gzip) with every *.{kind} file below {root}; member names are relative to {root}. No other files.",
        f"Make a tar.gz of the .{kind} files in {root} and its subdirectories. It goes to {target}; store paths as seen from {root}.",
    )
    steps = [
        *maybe(rng, 0.5, step("Which files are these?", f"cd {root}\nfind . -type f -name '*.{kind}'")),
        step(
            thought(rng, "find lists the members and tar reads the list.", "tar takes the names from find."),
            f"cd {root}\nfind . -type f -name '*.{kind}' | tar czf {target} -T -",
        ),
        *maybe(rng, 0.5, step("I list the archive to check it.", f"tar tzf {target}")),
    ]
    program = (
        f"import tarfile\nfound = {{}}\nwith tarfile.open({target!r}, 'r:gz') as archive:\n    for member in archive:\n        if not member.isdir():\n"
        "            name = member.name[2:] if member.name.startswith('./') else member.name\n"
        f"            found[name] = archive.extractfile(member).read().decode()\nassert found == {wanted!r}, sorted(found)"
    )
    return Draft(
        description,
        steps,
        finished(rng),
        ("archive", "tar"),
        checks=[state.passes_python(program, target)],
        init=scene.script(),
    )


def unpack(rng: Draw) -> Draft:
    source, target, scene, want, held = place(rng), place(rng) + "-out", Scene(), {}, []
    zipped, inner = rng.random() < 0.5, names(rng, 1)[0]
    archive = f"{source}.{'zip' if zipped else 'tar.gz'}"
    for number, name in enumerate(stems(rng, rng.randint(4, 7))):
        relative, content = (
            (f"{inner}/" if number % 2 else "") + f"{name}.{rng.choice(rng.of(EXTENSIONS))}",
            text(rng, 1, 3),
        )
        scene.file(f"{source}/{relative}", content)
        want[f"{target}/{relative}"] = state.file(content)
        held.append(relative)
    pack = f"zip -qr {archive} ." if zipped else f"tar czf {archive} ."
    scene.run(f"cd {source}\n{pack}\ncd /\nrm -r {source}")
    want[archive] = state.file()
    description = said(
        rng,
        f"Unpack {archive} into the directory {target} (create it). Keep the archive.",
        f"Extract everything from {archive} to {target}; the directory does not exist yet, and the archive must stay.",
        f"{archive} holds a backup. Restore its contents under {target}, so that a member a/b becomes {target}/a/b. Don't delete the archive.",
    )
    extract = f"mkdir -p {target}\n" + (
        f"unzip -q {archive} -d {target}" if zipped else f"tar xzf {archive} -C {target}"
    )
    steps = [
        *maybe(
            rng,
            0.6,
            step(
                thought(rng, "What is in it?", "I list the archive first."),
                f"unzip -l {archive}" if zipped else f"tar tzf {archive}",
            ),
        ),
        step(thought(rng, "Now I extract it there.", "The target directory is made and filled."), extract),
        *maybe(rng, 0.4, step("I check the files.", f"find {target} -type f")),
    ]
    return Draft(
        description,
        steps,
        finished(rng),
        ("archive", "unpack"),
        checks=[state.left(want, {target: [*held, inner]})],
        init=scene.script(),
    )


def archive_member(rng: Draw) -> Draft:
    source, scene, token = place(rng), Scene(), f"{names(rng, 1)[0]}-{rng.randrange(1000, 9999)}"
    inner = names(rng, 2)
    members = [
        f"{rng.choice(inner)}/{name}.{rng.choice(rng.of(EXTENSIONS))}" for name in stems(rng, rng.randint(6, 12))
    ]
    hit = rng.choice(members)
    for member in members:
        content = text(rng, 2, 4)
        scene.file(f"{source}/{member}", content + f"ref {token}\n" + text(rng, 1, 2) if member == hit else content)
    archive = f"{source}.tar.gz"
    scene.run(f"cd {source}\ntar czf {archive} .\ncd /\nrm -r {source}")
    description = said(
        rng,
        f"One file inside {archive} contains the text '{token}'. What is that file's name, without its directory?",
        f"Look into the archive {archive}: which member mentions {token}? Answer with its base name.",
        f"I remember writing '{token}' into some file, which is now in {archive}. Which one? Only the file name, no path.",
    )
    folder = f"/tmp/{names(rng, 1)[0]}"
    steps = [
        step(
            thought(rng, "I unpack it to a scratch directory.", "To search it I extract it somewhere temporary."),
            f"mkdir -p {folder}\ntar xzf {archive} -C {folder}",
        ),
        answer_step(
            rng,
            thought(rng, "grep names the file that has the text.", "Now grep finds the file."),
            f"grep -rl '{token}' {folder} | xargs basename",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("archive", "search"),
        answer="«answer»",
        truth=hit.rpartition("/")[2],
        init=scene.script(),
    )


def archive_count(rng: Draw) -> Draft:
    source, scene = place(rng), Scene()
    kind, other = rng.sample(rng.of(EXTENSIONS), 2)
    total, inner = rng.randint(6, 20), names(rng, 3)
    for number, name in enumerate(stems(rng, total + rng.randint(4, 8))):
        scene.file(f"{source}/{rng.choice(inner)}/{name}.{kind if number < total else other}")
    zipped = rng.random() < 0.5
    archive = f"{source}.{'zip' if zipped else 'tar.gz'}"
    scene.run(
        f"cd {source}\n" + (f"zip -qr {archive} ." if zipped else f"tar czf {archive} .") + f"\ncd /\nrm -r {source}"
    )
    description = said(
        rng,
        f"How many .{kind} files are in the archive {archive}?",
        f"Count the members of {archive} whose name ends in .{kind}. You need not unpack it.",
        f"{archive}: number of *.{kind} files in it, please.",
    )
    listing = f"unzip -Z1 {archive}" if zipped else f"tar tzf {archive}"
    steps = [
        *maybe(rng, 0.4, step("I look at a few members.", f"{listing} | head -6")),
        answer_step(
            rng,
            thought(rng, "The list of members is enough.", "Listing it shows the names to count."),
            f"{listing} | grep -c '\\.{kind}$'",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("archive", "count"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "make-archive": make_archive,
    "unpack": unpack,
    "archive-member": archive_member,
    "archive-count": archive_count,
}
