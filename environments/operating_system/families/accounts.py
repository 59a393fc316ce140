"""Users and groups. Accounts are written straight into passwd and group: quicker than useradd, and the same everywhere."""

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
from environments.operating_system.families.drafting.words import NOUNS, PEOPLE, place

SHELLS = ("/bin/bash", "/bin/sh", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash")


def _account(name: str, number: int, shell: str) -> str:
    return f"{name}:x:{number}:{number}::/home/{name}:{shell}"


def _append(lines: list[str], path: str) -> str:
    return f"printf '%s\\n' {' '.join(repr(line) for line in lines)} >> {path}"


def login_shells(rng: Draw) -> Draft:
    wanted, *others = [*rng.sample(SHELLS[2:], 3), "/usr/sbin/nologin"]
    people, scene = rng.sample(rng.of(PEOPLE), rng.randint(14, 26)), Scene()
    shells = [rng.choice((wanted, wanted, *others)) for _ in people]
    shells[-3:] = [wanted] * 3
    first = rng.randrange(1100, 9000)
    floor = first + rng.randrange(1, 6)
    scene.run(
        _append(
            [_account(name, first + n, shell) for n, (name, shell) in enumerate(zip(people, shells, strict=True))],
            "/etc/passwd",
        )
    )
    truth = sum(shell == wanted for shell in shells[floor - first :])
    description = said(
        rng,
        f"How many user accounts with a user id of {floor} or more have {wanted} as their login shell?",
        f"Count the entries of /etc/passwd whose login shell is {wanted} and whose user id is at least {floor}.",
        f"We want to remove {wanted}. How many users with an id from {floor} on still log in with it? Number only.",
    )
    steps = [
        *maybe(rng, 0.4, step("The shells in use, counted.", "cut -d: -f7 /etc/passwd | sort | uniq -c")),
        answer_step(
            rng,
            thought(rng, "The id is field 3 and the shell field 7.", "awk can test both fields."),
            f"awk -F: '$3 >= {floor} && $7 == \"{wanted}\"' /etc/passwd | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("user", "count"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def group_members(rng: Draw) -> Draft:
    scene, people = Scene(), rng.sample(rng.of(PEOPLE), 14)
    group, *others = (
        f"{noun}{rng.randrange(10, 99)}" for noun in rng.sample(rng.of(NOUNS), 3)
    )  # Debian has a group shadow
    number = rng.randrange(2000, 3000)
    members = people[: rng.randint(3, 7)]
    primary = people[7 : 7 + rng.randint(2, 5)]
    accounts = [_account(name, 1100 + n, "/bin/bash").split(":") for n, name in enumerate(people)]
    for fields in accounts:
        if fields[0] in primary:
            fields[3] = str(number)
    scene.run(_append([":".join(fields) for fields in accounts], "/etc/passwd"))
    groups = [f"{group}:x:{number}:{','.join(members)}"]
    groups += [f"{name}:x:{number + 1 + n}:{','.join(rng.sample(people, 4))}" for n, name in enumerate(others)]
    scene.run(_append(groups, "/etc/group"))
    truth = len(members) + len(primary)
    description = said(
        rng,
        f"How many users are in the group {group}? Count both those that /etc/group lists as members and those whose primary group it is.",
        f"Tell me the number of accounts that belong to the group '{group}', be it as primary or as supplementary group.",
        f"Group {group}: number of users in it, primary membership included?",
    )
    steps = [
        step(
            thought(
                rng,
                "I look at the group's entry for its number and members.",
                "The entry has the id and the listed members.",
            ),
            f"getent group {group}",
            {"gid": r"^[^:]*:[^:]*:(\d+):"},
        ),
        answer_step(
            rng,
            thought(
                rng,
                "The group's id is «gid». I join listed members with users whose primary group is «gid».",
                "Now users with primary group «gid» as well, each once.",
            ),
            f"(getent group {group} | cut -d: -f4 | tr ',' '\\n'; awk -F: '$4 == «gid» {{print $1}}' /etc/passwd) | sort -u | wc -l",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("user", "group"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def create_user(rng: Draw) -> Draft:
    name = f"{rng.choice(rng.of(PEOPLE))}{rng.randrange(10, 99)}"
    number, shell, home = rng.randrange(1500, 9000), rng.choice(SHELLS[:2] + SHELLS[4:]), f"{place(rng)}-{name}"
    description = said(
        rng,
        f"Create a user {name} with user id {number}, login shell {shell} and home directory {home}; the home directory must exist and belong to the user.",
        f"New colleague: please add the account '{name}' (uid {number}, shell {shell}). The home is {home}; create it, owned by {name}.",
        f"Add user {name}: uid {number}, home {home} (made for real, the user's own), shell {shell}.",
    )
    steps = [
        step(
            thought(rng, "useradd can do it all at once.", "-m makes the home directory."),
            f"mkdir -p {home.rpartition('/')[0]}\nuseradd -m -d {home} -u {number} -s {shell} {name}",
        ),
        *maybe(rng, 0.6, step("I check the entry.", f"getent passwd {name}; ls -ld {home}")),
    ]
    check = state.passes(
        f'[ "$(getent passwd {name} | cut -d: -f3,6,7)" = "{number}:{home}:{shell}" ] || exit 1\n'
        f'[ "$(getent passwd {name} | wc -l)" = 1 ] && [ "$(stat -c %u:%F {home})" = "{number}:directory" ]'
    )
    return Draft(description, steps, finished(rng), ("user", "create"), checks=[check])


def create_group(rng: Draw) -> Draft:
    people, scene = rng.sample(rng.of(PEOPLE), 8), Scene()
    group, number = f"{rng.choice(rng.of(NOUNS))}{rng.randrange(10, 99)}", rng.randrange(3000, 9000)
    members = people[: rng.randint(2, 4)]
    scene.run(_append([_account(name, 1100 + n, "/bin/bash") for n, name in enumerate(people)], "/etc/passwd"))
    scene.run(_append([f"{name}:x:{1100 + n}:" for n, name in enumerate(people)], "/etc/group"))
    listed = ", ".join(members)
    description = said(
        rng,
        f"Create a group {group} with group id {number} whose members are exactly these existing users: {listed}.",
        f"Please set up the group '{group}' (gid {number}) and put {listed} into it. Nobody else.",
        f"{listed} work together from today: they need a common group {group}, gid {number}. Their primary groups stay.",
    )
    add = (
        "\n".join(f"usermod -aG {group} {name}" for name in members)
        if rng.random() < 0.5
        else f"gpasswd -M {','.join(members)} {group}"
    )
    steps = [
        step(
            thought(rng, "First the group with its number.", "groupadd takes the id with -g."),
            f"groupadd -g {number} {group}",
        ),
        step(thought(rng, "Now its members.", "I add the users to it."), add),
        *maybe(rng, 0.6, step("I check the entry.", f"getent group {group}")),
    ]
    expected = ",".join(sorted(members))
    primaries = ",".join(str(1100 + n) for n in range(len(people)))
    check = state.passes(
        f'[ "$(getent group {group} | cut -d: -f3)" = {number} ] || exit 1\n'
        f'[ "$(getent group {group} | cut -d: -f4 | tr , "\\n" | sort | paste -sd,)" = "{expected}" ] || exit 1\n'
        f'[ "$(for name in {" ".join(people)}; do id -g $name; done | paste -sd,)" = "{primaries}" ]'
    )
    return Draft(description, steps, finished(rng), ("user", "group"), checks=[check], init=scene.script())


def highest_id(rng: Draw) -> Draft:
    people, scene = rng.sample(rng.of(PEOPLE), rng.randint(8, 14)), Scene()
    numbers = sorted(rng.sample(range(1001, 30000), len(people)))
    entries = list(zip(numbers, people, strict=True))
    lowest, spot = rng.random() < 0.5, rng.randrange(3, len(people) - 3)
    border = numbers[spot] + rng.choice((-1, 0, 1))
    truth = (
        min(entry for entry in entries if entry[0] > border)[1]
        if lowest
        else max(entry for entry in entries if entry[0] < border)[1]
    )
    rng.shuffle(entries)
    scene.run(_append([_account(name, number, rng.choice(SHELLS)) for number, name in entries], "/etc/passwd"))
    edge = (
        f"smallest user id that is greater than {border}" if lowest else f"largest user id that is less than {border}"
    )
    description = said(
        rng,
        f"Which user has the {edge}? Answer with the user name.",
        f"Look at the accounts of this machine: what is the name of the one with the {edge}?",
        f"Name the account in /etc/passwd with the {edge}.",
    )
    test, end = (">", "head") if lowest else ("<", "tail")
    steps = [
        *maybe(rng, 0.4, step("The last entries are the added ones.", "tail -5 /etc/passwd")),
        answer_step(
            rng,
            thought(rng, "I sort the accounts in range by id.", "Sorting ids numerically shows it at one end."),
            f"awk -F: '$3 {test} {border} {{print $3, $1}}' /etc/passwd | sort -n | {end} -1 | cut -d' ' -f2",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("user", "query"),
        answer="«answer»",
        truth=truth,
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "login-shells": login_shells,
    "group-members": group_members,
    "create-user": create_user,
    "create-group": create_group,
    "highest-id": highest_id,
}
