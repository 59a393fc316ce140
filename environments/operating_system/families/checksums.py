"""Checksums, duplicates and encoded text."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

import base64
import hashlib

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


def file_by_checksum(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    algorithm = rng.choice(("md5", "sha1", "sha256"))
    folders = [root, f"{root}/{names(rng, 1)[0]}"]
    contents = {f"{name}.{rng.choice(rng.of(EXTENSIONS))}": text(rng) for name in stems(rng, rng.randint(7, 14))}
    for name, content in contents.items():
        scene.file(f"{rng.choice(folders)}/{name}", content)
    truth = rng.choice(sorted(contents))
    digest = hashlib.new(algorithm, contents[truth].encode()).hexdigest()
    description = said(
        rng,
        f"Which file under {root} has the {algorithm} checksum {digest}? Answer with its name without the directory.",
        f"A report names a file only by its {algorithm} sum, {digest}. It lies somewhere in {root}. What is its base name?",
        f"Find the file below {root} whose {algorithm}sum is {digest}; give the name, no path.",
    )
    steps = [
        *maybe(rng, 0.3, step("I see which files there are.", f"find {root} -type f | head")),
        answer_step(
            rng,
            thought(rng, "I compute the sums of all files and look for this one.", "One of the sums must match."),
            f"find {root} -type f -exec {algorithm}sum {{}} + | grep {digest}",
            r"([^/\s]+)\s*\Z",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("checksum", "search"),
        answer="«answer»",
        truth=truth,
        init=scene.script(),
    )


def failed_checksums(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    bad, total = rng.randint(3, 9), rng.randint(16, 24)
    manifest = []
    for number, name in enumerate(rng.sample(stems(rng, total), total)):
        content = text(rng, 1, 2)
        manifest.append(f"{hashlib.sha256(content.encode()).hexdigest()}  {name}.dat")
        scene.file(f"{root}/{name}.dat", content.replace(" ", "_", 1) if number < bad else content)
    rng.shuffle(manifest)
    scene.file(f"{root}/SHA256SUMS", "\n".join(manifest) + "\n")
    ask_bad = rng.random() < 0.6
    what = "do not match" if ask_bad else "match"
    description = said(
        rng,
        f"{root}/SHA256SUMS lists the checksums of the files in {root}. How many of the listed files {what} their checksum?",
        f"Verify the files in {root} against SHA256SUMS there: how many of them {what}?",
        f"A copy to {root} may have gone wrong. Count the files that {what} the sums in {root}/SHA256SUMS.",
    )
    steps = [
        *maybe(rng, 0.5, step("I look at the list.", f"head -2 {root}/SHA256SUMS")),
        answer_step(
            rng,
            thought(
                rng,
                "sha256sum -c checks the list; I count its verdicts.",
                "The check prints OK or FAILED for each file.",
            ),
            f"cd {root} && sha256sum -c SHA256SUMS 2>/dev/null | grep -c '{': FAILED' if ask_bad else ': OK'}'",
            LAST_NUMBER,
        ),
    ]
    truth = bad if ask_bad else total - bad
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("checksum", "verify"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def decode_file(rng: Draw) -> Draft:
    root, (first, second), scene = place(rng), stems(rng, 2), Scene()
    source, target, content = f"{root}/{first}.b64", f"{root}/{second}.txt", text(rng, 3, 7)
    encode = rng.random() < 0.4
    if encode:
        source = f"{root}/{first}.txt"
        target = f"{root}/{second}.b64"
    packed = base64.b64encode(content.encode()).decode()
    scene.file(source, content if encode else packed + "\n")
    description = (
        said(
            rng,
            f"Encode {source} in base64 and save that as {target}.",
            f"I have to send {source} as text: write its base64 form to {target}.",
            f"Make {target}, the base64 encoding of the file {source}.",
        )
        if encode
        else said(
            rng,
            f"{source} is base64. Decode it and save the result as {target}.",
            f"Write the decoded content of the base64 file {source} to {target}.",
            f"Someone sent me {source} (base64-encoded text). I want it in clear as {target}.",
        )
    )
    steps = [
        *maybe(rng, 0.5, step("A look at the file.", f"head -c 80 {source}")),
        step(
            thought(rng, "base64 does this.", "One call of base64 is enough."),
            f"base64 {'' if encode else '-d '}{source} > {target}",
        ),
        *maybe(rng, 0.4, step("I check the result.", f"head -c 80 {target}")),
    ]
    if encode:
        check = state.passes_python(
            f"import base64\nassert base64.b64decode(open({target!r}).read()) == {content.encode()!r}\nassert open({target!r}).read(4) == {packed[:4]!r}",
            target,
        )
    else:
        check = state.left({target: state.file(content), source: state.file(packed + "\n")})
    return Draft(description, steps, finished(rng), ("encoding", "base64"), checks=[check], init=scene.script())


def duplicate_files(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    folders = [root, *(f"{root}/{name}" for name in names(rng, 2))]
    groups = [rng.randint(2, 4) for _ in range(rng.randint(2, 5))] + [1] * rng.randint(3, 6)
    names_left = stems(rng, sum(groups))
    for size in groups:
        content = text(rng, 2, 4)
        for _ in range(size):
            scene.file(f"{rng.choice(folders)}/{names_left.pop()}.txt", content)
    distinct = len(groups)
    surplus = sum(groups) - distinct
    ask_surplus = rng.random() < 0.5
    what = (
        "could be deleted so that one copy of each content remains"
        if ask_surplus
        else "different contents do these files have"
    )
    description = said(
        rng,
        f"Some files under {root} have the same content. How many {'files ' if ask_surplus else ''}{what}?",
        f"Look for duplicates below {root} (compare contents, all levels). How many {'files ' if ask_surplus else ''}{what}? A number, please.",
        f"{root} is full of copies under different names. How many {'files ' if ask_surplus else ''}{what}?",
    )
    count = "wc -l" if not ask_surplus else "awk 'END {print total - NR} {total += $1}'"
    steps = [
        *maybe(rng, 0.4, step("I look at the checksums.", f"find {root} -type f -exec md5sum {{}} + | sort | head -6")),
        answer_step(
            rng,
            thought(rng, "Equal checksums mean equal content; I count the distinct ones.", "Files group by checksum."),
            f"find {root} -type f -exec md5sum {{}} + | cut -d' ' -f1 | sort | uniq -c | {count}",
            LAST_NUMBER,
        ),
    ]
    truth = surplus if ask_surplus else distinct
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("checksum", "duplicates"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "file-by-checksum": file_by_checksum,
    "failed-checksums": failed_checksums,
    "base64": decode_file,
    "duplicate-files": duplicate_files,
}
