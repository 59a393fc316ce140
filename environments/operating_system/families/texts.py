"""Searching and editing text files and configurations."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

from collections import Counter

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
from environments.operating_system.families.drafting.words import (
    NOUNS,
    SERVICES,
    TOPICS,
    lines,
    names,
    place,
    sentence,
    stems,
)


def lines_with_word(rng: Draw) -> Draft:
    root, scene, total = place(rng), Scene(), 0
    word = rng.choice(rng.of(TOPICS))
    insensitive = rng.random() < 0.5
    for name in stems(rng, rng.randint(3, 5)):
        content = lines(rng, rng.randint(6, 14))
        for number in range(len(content)):
            if rng.random() < 0.35:
                shown = rng.choice((word, word.upper(), word.capitalize()))
                content[number] += f" {shown} {rng.choice(rng.of(NOUNS))}" + (f" {shown}" if rng.random() < 0.2 else "")
                total += insensitive or shown == word
        content.append(f"{word} last {sentence(rng)}")
        total += 1
        scene.file(f"{root}/{name}.txt", "\n".join(content) + "\n")
    scene.file(f"{root}/{stems(rng, 1)[0]}.md", f"{word}\n{word} {word}\n")
    case = "upper and lower case alike" if insensitive else "in lower case exactly"
    description = said(
        rng,
        f"How many lines in the .txt files of {root} contain the word '{word}' ({case})?",
        f"Search the text files (*.txt) in {root} for '{word}', {case}. How many lines match in all files together? A number is enough.",
        f"I need the number of lines that mention '{word}' ({case}) over all {root}/*.txt.",
    )
    flag = "-hi" if insensitive else "-h"
    steps = [
        *maybe(
            rng,
            0.4,
            step(
                thought(rng, "I look at some matches first.", "How do the lines look?"),
                f"grep {flag} '{word}' {root}/*.txt | head -5",
            ),
        ),
        answer_step(
            rng,
            thought(
                rng,
                "grep finds the lines of all files, wc counts them.",
                "A line counts once, however often the word stands in it.",
            ),
            f"grep {flag} '{word}' {root}/*.txt | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("text", "search"),
        answer="«answer»",
        truth=str(total),
        init=scene.script(),
    )


def replace_setting(rng: Draw) -> Draft:
    service, root = rng.choice(rng.of(SERVICES)), place(rng)
    path = f"{root}/{service}.conf"
    keys = rng.sample(("port", "timeout", "workers", "retries", "max_size", "interval", "log_level", "cache_ttl"), 6)
    values = {
        key: rng.choice(("debug", "info", "warn")) if key == "log_level" else str(rng.randrange(2, 9000))
        for key in keys
    }
    key = rng.choice([key for key in keys if key != "log_level"])
    new = str(rng.randrange(9001, 20000))
    separator = rng.choice(("=", " = "))
    content = [f"# {service}: {sentence(rng)}", f"# {key} is explained in the manual"]
    content += [f"{name}{separator}{value}" for name, value in values.items()] + [f"old_{key}{separator}{values[key]}"]
    wanted = [f"{key}{separator}{new}" if line.startswith(key + separator) else line for line in content]
    scene = Scene()
    scene.file(path, "\n".join(content) + "\n", mode=(mode := rng.choice(("600", "640", "644"))))
    description = said(
        rng,
        f"Set {key} to {new} in {path}. Change nothing else in that file.",
        f"The {service} service needs a new value: in {path}, the setting '{key}' must be {new}. All other lines stay as they are.",
        f"Please edit {path} so that {key} has the value {new} (keep the format, the other settings and the comments).",
    )
    steps = [
        step(
            thought(rng, "I read the file to see its format.", "First the current setting."), f"grep -n '{key}' {path}"
        ),
        step(
            thought(rng, "sed replaces the value on that line only.", "The anchor keeps the similar key untouched."),
            f"sed -i 's/^{key}{separator}.*/{key}{separator}{new}/' {path}",
        ),
        *maybe(rng, 0.6, step(thought(rng, "I check the line.", "Is it right now?"), f"grep '^{key}' {path}")),
    ]
    check = state.left({path: state.file("\n".join(wanted) + "\n", mode=mode)})
    return Draft(description, steps, finished(rng), ("text", "configuration"), checks=[check], init=scene.script())


def unique_lines(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    pool = rng.sample(rng.of(NOUNS), rng.randint(8, 15))
    content = [rng.choice(pool) for _ in range(rng.randint(20, 40))]
    source, target = (f"{root}/{name}.txt" for name in stems(rng, 2))
    scene.file(source, "\n".join(content) + "\n")
    backwards = rng.random() < 0.4
    wanted = sorted(set(content), reverse=backwards)
    order = "reverse alphabetical" if backwards else "alphabetical"
    description = said(
        rng,
        f"Write the distinct lines of {source} to {target}, one per line, in {order} order.",
        f"{source} has many repeated lines. Make a new file {target} that has each line once, in {order} order; leave the original as it is.",
        f"Sort the lines of {source} ({order} order), drop duplicates, and save the result as {target}.",
    )
    flags = "-ur" if backwards else "-u"
    steps = [
        *maybe(rng, 0.5, step("A short look at the file.", f"head -5 {source}")),
        step(
            thought(rng, "sort -u sorts and drops duplicates.", "sort does both at once."),
            f"sort {flags} {source} > {target}",
        ),
        *maybe(rng, 0.4, step("I check the new file.", f"wc -l {target}; head -3 {target}")),
    ]
    check = state.left(
        {source: state.file("\n".join(content) + "\n"), target: state.file("\n".join(wanted), loose_end=True)}
    )
    return Draft(description, steps, finished(rng), ("text", "sort"), checks=[check], init=scene.script())


def frequent_word(rng: Draw) -> Draft:
    path, scene = f"{place(rng)}/{stems(rng, 1)[0]}.txt", Scene()
    pool = names(rng, 9)
    counts = rng.sample(range(3, 19), 9)
    words = [word for word, count in zip(pool, counts, strict=True) for _ in range(count)]
    rng.shuffle(words)
    content = "\n".join(" ".join(words[start : start + 7]) for start in range(0, len(words), 7)) + "\n"
    scene.file(path, content)
    least = rng.random() < 0.3
    truth = min(Counter(words).items(), key=lambda item: item[1] if least else -item[1])[0]
    which = "least" if least else "most"
    description = said(
        rng,
        f"Which word occurs {which} often in {path}? Words are separated by blanks and newlines.",
        f"Count the words of {path}: the one that appears {which} often is your answer (just the word).",
        f"{path} is a list of words in lines. Tell me the {which} frequent one.",
    )
    command = f"tr -s ' ' '\\n' < {path} | sort | uniq -c | sort -{'n' if least else 'rn'}"
    steps = [
        step(
            thought(rng, "One word a line, then count.", "I split the text into words and count each."),
            f"{command} | head -3",
        ),
        answer_step(
            rng,
            thought(rng, "The first line has the word.", "I take the word alone."),
            f"{command} | head -1 | awk '{{print $2}}'",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("text", "count"),
        answer="«answer»",
        truth=truth,
        init=scene.script(),
    )


def strip_comments(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    source, target = f"{root}/{rng.choice(rng.of(SERVICES))}.ini", f"{root}/{names(rng, 1)[0]}.clean"
    content, wanted = [], []
    for name in names(rng, rng.randint(8, 14)):
        kind = rng.random()
        if kind < 0.3:
            content.append(f"# {sentence(rng)}")
        elif kind < 0.5:
            content.append("")
        else:
            wanted.append(f"{name} = {rng.randrange(1000)}" + (" #1" if rng.random() < 0.2 else ""))
            content.append(wanted[-1])
    wanted.append(f"last = {rng.randrange(1000)}")
    content += ["# end", "", wanted[-1]]
    scene.file(source, "\n".join(content) + "\n")
    description = said(
        rng,
        f"Copy {source} to {target} without empty lines and without comment lines (lines that begin with #). Keep the order; do not change {source}.",
        f"I want a version of {source} that has only its settings: no blank lines, no lines starting with '#'. Save it as {target}.",
        f"Create {target} from {source}: drop empty lines and lines whose first character is #, keep all others as they are.",
    )
    steps = [
        *maybe(rng, 0.5, step("First I read the file.", f"cat {source}")),
        step(
            thought(rng, "grep -v drops what is empty or starts with #.", "One pattern covers both kinds of lines."),
            f"grep -Ev '^(#|$)' {source} > {target}",
        ),
    ]
    check = state.left(
        {source: state.file("\n".join(content) + "\n"), target: state.file("\n".join(wanted), loose_end=True)}
    )
    return Draft(description, steps, finished(rng), ("text", "filter"), checks=[check], init=scene.script())


FAMILIES: dict[str, Family] = {
    "lines-with-word": lines_with_word,
    "replace-setting": replace_setting,
    "unique-lines": unique_lines,
    "frequent-word": frequent_word,
    "strip-comments": strip_comments,
}
