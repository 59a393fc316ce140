"""Questions to a repository, and changes to one. Histories are made by one `git fast-import`: quick, and the same hashes everywhere."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

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
from environments.operating_system.families.drafting.words import NOUNS, PEOPLE, VERBS, names, place, sentence, stems


class _Commit(NamedTuple):
    author: str
    subject: str
    path: str
    content: str


def _history(rng: Draw, authors: list[str], count: int) -> list[_Commit]:
    paths = [f"{name}.txt" for name in names(rng, 4)]
    things = rng.sample(rng.of(NOUNS), count)
    return [
        _Commit(
            rng.choice(authors),
            f"{rng.choice(rng.of(VERBS)).capitalize()[:-1]} the {thing}",
            rng.choice(paths),
            f"{sentence(rng)} {thing}\n",
        )
        for thing in things
    ]


def _repository(scene: Scene, root: str, commits: list[_Commit], start: int, branch: str = "main") -> None:
    stream = []
    for number, commit in enumerate(commits):
        stream.append(
            f"commit refs/heads/{branch}\nauthor {commit.author} <{commit.author}@example.org> {start + number * 5000} +0000\n"
            f"committer {commit.author} <{commit.author}@example.org> {start + number * 5000} +0000\ndata {len(commit.subject) + 1}\n{commit.subject}\n"
            f"M 100644 inline {commit.path}\ndata {len(commit.content)}\n{commit.content}\n"
        )
    scene.directory(root)
    scene.run(f"cd {root}\ngit init -q --template= -b {branch}")
    scene.run("printf '[user]\\n\\tname = tester\\n\\temail = tester@example.org\\n' >> .git/config")
    scene.run(
        "git -c core.fsync=none -c fastimport.unpackLimit=1 fast-import --quiet <<'STREAM'\n"
        + "".join(stream)
        + "STREAM\ngit reset -q --hard"
    )


def commits_by_author(rng: Draw) -> Draft:
    root, scene, authors = place(rng), Scene(), rng.sample(rng.of(PEOPLE), 4)
    commits = _history(rng, authors, rng.randint(18, 35))
    author = rng.choice([name for name, made in Counter(commit.author for commit in commits).items() if made > 2])
    _repository(scene, root, commits, 1_600_000_000 + rng.randrange(100_000_000))
    truth = sum(commit.author == author for commit in commits)
    description = said(
        rng,
        f"How many commits did {author} make in the git repository {root}?",
        f"In the repository at {root}, count the commits whose author is {author}.",
        f"For the statistics: number of commits by {author} in {root} (branch main).",
    )
    steps = [
        *maybe(rng, 0.5, step("Who has committed there?", f"git -C {root} log --format=%an | sort | uniq -c")),
        answer_step(
            rng,
            thought(rng, "The author names, one a line, then count.", "git log prints each commit's author."),
            f"git -C {root} log --format=%an | grep -cx {author}",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("git", "count"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def who_changed(rng: Draw) -> Draft:
    root, scene, authors = place(rng), Scene(), rng.sample(rng.of(PEOPLE), 6)
    commits = _history(rng, authors, rng.randint(10, 18))
    number = rng.randrange(2, len(commits))
    token = f"{rng.choice(rng.of(NOUNS))}-{rng.randrange(1000, 9999)}"
    commits[number] = commits[number]._replace(content=f"{sentence(rng)}\n{token}\n")
    _repository(scene, root, commits, 1_600_000_000 + rng.randrange(100_000_000))
    description = said(
        rng,
        f"Who introduced the text '{token}' into the git repository {root}? Answer with the author's name.",
        f"At some time a commit in {root} added a line '{token}'. Which author was that?",
        f"The string {token} was once added in {root} (see its git history; it may be gone again). Name the author of that commit.",
    )
    search = f"git -C {root} log -S'{token}' --reverse --format='%h %an %s'"
    steps = [
        *maybe(rng, 0.4, step("First the recent history.", f"git -C {root} log --oneline | head -5")),
        answer_step(
            rng,
            thought(
                rng,
                "log -S finds the commits that add or remove a text; the first one added it.",
                "The earliest commit that touches the text added it.",
            ),
            search,
            r"\A\w+ (\S+) ",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("git", "search"),
        answer="«answer»",
        truth=commits[number].author,
        init=scene.script(),
    )


def tag_commit(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    commits = _history(rng, rng.sample(rng.of(PEOPLE), 3), rng.randint(8, 14))
    _repository(scene, root, commits, 1_600_000_000 + rng.randrange(100_000_000))
    subject = rng.choice(commits[:-1]).subject
    tag = f"v{rng.randrange(1, 9)}.{rng.randrange(20)}.{rng.randrange(20)}"
    description = said(
        rng,
        f"In the git repository {root}, set the tag {tag} on the commit with the subject '{subject}'.",
        f"We released too early to tag it: please tag the commit '{subject}' of {root} as {tag}.",
        f"Create a tag named {tag} in {root}. It belongs on the older commit whose message is '{subject}', not on the newest.",
    )
    steps = [
        step(
            thought(rng, "I look for that commit's hash.", "Which commit is it?"),
            f"git -C {root} log --format='%h %s' | grep '{subject}$'",
            {"hash": r"^(\w+) "},
        ),
        step(thought(rng, "It is «hash»; I tag it.", "Now the tag on «hash»."), f"git -C {root} tag {tag} «hash»"),
        *maybe(rng, 0.4, step("I check the tag.", f"git -C {root} log -1 --oneline {tag}")),
    ]
    check = state.prints(
        f"cd {root} && git log -1 --format=%s 'refs/tags/{tag}' && git rev-list --count main && git tag | wc -l",
        f"{subject}\n{len(commits)}\n1",
    )
    return Draft(description, steps, finished(rng), ("git", "tag"), checks=[check], init=scene.script())


def commit_change(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    commits = _history(rng, rng.sample(rng.of(PEOPLE), 3), rng.randint(4, 8))
    _repository(scene, root, commits, 1_600_000_000 + rng.randrange(100_000_000))
    path, line, message = (
        f"{stems(rng, 1)[0]}.md",
        sentence(rng),
        f"Add the {rng.choice(rng.of(NOUNS))} {rng.choice(rng.of(NOUNS))} notes",
    )
    scene.run(f"echo draft > {root}/scratch.tmp")
    description = said(
        rng,
        f"In the git repository {root}, add a file {path} that contains the line '{line}' and commit it (only it) with the message '{message}'.",
        f"Please commit a new file to {root}: name {path}, content the single line '{line}', commit message '{message}'. scratch.tmp must not be committed.",
        f"Record in {root} (git, branch main) one commit '{message}' which adds {path} with the line '{line}' and nothing else.",
    )
    steps = [
        *maybe(rng, 0.6, step("What is the state there?", f"git -C {root} status --short")),
        step(
            thought(rng, "I write the file and add it alone.", "Only this file is added."),
            f"cd {root}\necho '{line}' > {path}\ngit add {path}",
        ),
        step(
            thought(rng, "Now the commit.", "I commit with the given message."),
            f"git commit -q -m '{message}'\ngit log --stat -1 | tail -3",
        ),
    ]
    check = state.prints(
        f"cd {root} && git log -1 --format=%s main && git show main:{path} && git rev-list --count main && git show --name-only --format= main",
        f"{message}\n{line}\n{len(commits) + 1}\n{path}",
    )
    return Draft(description, steps, finished(rng), ("git", "commit"), checks=[check], init=scene.script())


def restore_file(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    commits = _history(rng, rng.sample(rng.of(PEOPLE), 3), rng.randint(6, 10))
    path = f"{stems(rng, 1)[0]}.cfg"
    good = "".join(f"{name} = {rng.randrange(100)}\n" for name in names(rng, 5))
    spot = rng.randrange(1, len(commits) - 1)
    commits.insert(spot, _Commit(commits[0].author, f"Set up {path}", path, good))
    commits.append(_Commit(commits[0].author, f"Clean up {path}", path, "broken\n"))
    _repository(scene, root, commits, 1_600_000_000 + rng.randrange(100_000_000))
    description = said(
        rng,
        f"The last commit in {root} spoiled the file {path}. Bring back its content from the commit 'Set up {path}' in the working tree; no new commit is needed.",
        f"Restore {root}/{path} to what it was in the commit with the subject 'Set up {path}'. Other files stay as they are.",
        f"{root} is a git repository. I want the file {path} as it was in 'Set up {path}', the other files as they are now.",
    )
    steps = [
        step(
            thought(rng, "The file's own history has that commit.", "I look for the commit."),
            f"cd {root}\ngit log --format='%h %s' -- {path}",
            {"hash": rf"^(\w+) Set up {path}$"},
        ),
        step(
            thought(rng, "I take the file from «hash».", "«hash» has the right content."),
            f"git checkout -q «hash» -- {path}",
        ),
        *maybe(rng, 0.6, step("I check it.", f"cat {path}")),
    ]
    latest = {commit.path: commit.content for commit in commits} | {path: good}
    want = {f"{root}/{name}": state.file(content) for name, content in latest.items()}
    return Draft(description, steps, finished(rng), ("git", "restore"), checks=[state.left(want)], init=scene.script())


FAMILIES: dict[str, Family] = {
    "commits-by-author": commits_by_author,
    "who-changed": who_changed,
    "tag-commit": tag_commit,
    "commit-change": commit_change,
    "restore-file": restore_file,
}
