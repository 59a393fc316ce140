"""CSV and JSON: sums, filters, look-ups and edits."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

import json
from typing import Any

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
    AMOUNTS,
    CITIES,
    NOUNS,
    PEOPLE,
    SERVICES,
    names,
    place,
    stems,
)


def _orders(rng: Draw) -> list[tuple[int, str, str, int]]:
    cities = rng.sample(rng.of(CITIES), 4)
    start = rng.randrange(100, 9000)
    return [
        (start + n, rng.choice(cities), rng.choice(rng.of(PEOPLE)), rng.randrange(5, 900))
        for n in range(rng.randint(25, 60))
    ]


def _csv(rows: list[tuple[int, str, str, int]], amount: str) -> str:
    return f"id,city,customer,{amount}\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)


def csv_sum(rng: Draw) -> Draft:
    rows, path, scene = _orders(rng), f"{place(rng)}/{stems(rng, 1)[0]}.csv", Scene()
    amount = rng.choice(rng.of(AMOUNTS))
    city = rng.choice(rows)[1]
    scene.file(path, _csv(rows, amount))
    truth = sum(row[3] for row in rows if row[1] == city)
    description = said(
        rng,
        f"{path} is a comma-separated file with a header. What is the sum of the column '{amount}' over the rows whose city is {city}?",
        f"For the report I need the total {amount} for {city} from {path}. Answer with the number only.",
        f"Add up '{amount}' for all {city} rows in {path}.",
    )
    steps = [
        step(thought(rng, "The header says which column is which.", "First the columns."), f"head -3 {path}"),
        answer_step(
            rng,
            thought(
                rng,
                f"City is column 2 and {amount} column 4; awk sums them.",
                "awk filters on the second column and sums the fourth.",
            ),
            f"awk -F, '$2 == \"{city}\" {{s += $4}} END {{print s}}' {path}",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("csv", "sum"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def csv_filter(rng: Draw) -> Draft:
    rows, (source, target), scene = _orders(rng), stems(rng, 2), Scene()
    root = place(rng)
    source, target = f"{root}/{source}.csv", f"{root}/{target}.csv"
    limit = sorted(row[3] for row in rows)[rng.randint(8, len(rows) - 8)]
    scene.file(source, _csv(rows, "amount"))
    wanted = _csv([row for row in rows if row[3] > limit], "amount")
    description = said(
        rng,
        f"Write to {target} the header of {source} and those of its rows whose amount is greater than {limit}, in the same order.",
        f"Filter {source}: keep the header line and the rows with amount > {limit}, and save that as {target}. The source stays as it is.",
        f"I need a CSV {target} with only the orders of {source} above {limit} (column amount). Same header, same order.",
    )
    steps = [
        *maybe(rng, 0.7, step("I look at the columns.", f"head -3 {source}")),
        step(
            thought(
                rng, "The first line always passes, the others by column 4.", "awk keeps line 1 and the big amounts."
            ),
            f"awk -F, 'NR == 1 || $4 > {limit}' {source} > {target}",
        ),
    ]
    check = state.left({target: state.file(wanted, loose_end=True), source: state.file(_csv(rows, "amount"))})
    return Draft(description, steps, finished(rng), ("csv", "filter"), checks=[check], init=scene.script())


def _machines(rng: Draw) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{name}-{rng.randrange(10, 99)}",
            "service": rng.choice(rng.of(SERVICES)[:5]),
            "enabled": rng.random() < 0.6,
            "limits": {"memory_mb": rng.randrange(64, 4096), "tasks": rng.randrange(2, 90)},
        }
        for name in names(rng, rng.randint(9, 16))
    ]


def json_sum(rng: Draw) -> Draft:
    machines, path, scene = _machines(rng), f"{place(rng)}/{stems(rng, 1)[0]}.json", Scene()
    field, wanted = rng.choice(("memory_mb", "tasks")), rng.random() < 0.5
    machines[0]["enabled"] = wanted
    scene.file(
        path, json.dumps({"version": rng.randrange(1, 9), "machines": machines}, indent=rng.choice((None, 2))) + "\n"
    )
    truth = sum(machine["limits"][field] for machine in machines if machine["enabled"] is wanted)
    kind = "enabled" if wanted else "not enabled"
    description = said(
        rng,
        f"{path} lists machines. What is the sum of limits.{field} over the machines that are {kind}?",
        f"From the JSON file {path}: add up '{field}' (inside 'limits') of every machine whose 'enabled' is {json.dumps(wanted)}.",
        f"How much {field} do the machines in {path} have together that are {kind}? The number, please.",
    )
    code = (
        f'import json\nmachines = json.load(open("{path}"))["machines"]\n'
        f'print(sum(m["limits"]["{field}"] for m in machines if {"" if wanted else "not "}m["enabled"]))'
    )
    steps = [
        step(thought(rng, "How is the file built?", "I look at its structure."), f"head -c 300 {path}"),
        answer_step(
            rng,
            thought(rng, "Python reads JSON reliably.", "A few lines of Python do the sum."),
            f"python3 -c '{code}'",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("json", "sum"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def json_edit(rng: Draw) -> Draft:
    machines, path, scene = _machines(rng), f"{place(rng)}/{stems(rng, 1)[0]}.json", Scene()
    before = {"version": rng.randrange(1, 9), "machines": machines}
    scene.file(path, json.dumps(before, indent=2) + "\n")
    target, value = rng.choice(machines)["name"], rng.randrange(5000, 9000)
    after = json.loads(json.dumps(before))
    for machine in after["machines"]:
        if machine["name"] == target:
            machine["limits"]["memory_mb"] = value
    description = said(
        rng,
        f"In {path}, set limits.memory_mb of the machine named {target} to {value}. It must stay valid JSON and change nowhere else.",
        f"Raise the memory limit of machine '{target}' to {value} (key memory_mb under limits) in {path}; leave everything else.",
        f"Edit the JSON file {path}: machine {target} gets memory_mb {value}.",
    )
    code = (
        f'import json\npath = "{path}"\ndata = json.load(open(path))\nfor m in data["machines"]:\n    if m["name"] == "{target}":\n'
        f'        m["limits"]["memory_mb"] = {value}\njson.dump(data, open(path, "w"), indent=2)'
    )
    steps = [
        *maybe(rng, 0.6, step("I look at the entry first.", f"grep -A 7 '\"{target}\"' {path}")),
        step(
            thought(
                rng, "Python changes this one value and writes the file back.", "Editing JSON as data keeps it valid."
            ),
            f"python3 -c '{code}'",
        ),
        *maybe(rng, 0.5, step("I check the new value.", f"grep -A 5 '\"{target}\"' {path}")),
    ]
    program = f"import json\nassert json.load(open({path!r})) == json.loads({json.dumps(json.dumps(after))})"
    check = state.passes_python(program, path)
    return Draft(description, steps, finished(rng), ("json", "edit"), checks=[check], init=scene.script())


def key_value_join(rng: Draw) -> Draft:
    root, scene = place(rng), Scene()
    ids = rng.sample(range(100, 999), rng.randint(15, 30))
    teams = rng.sample(rng.of(NOUNS), 4)
    people = [(number, f"{rng.choice(rng.of(PEOPLE))}{number}", rng.choice(teams)) for number in ids]
    hours = [(rng.choice(ids), rng.randrange(1, 12)) for _ in range(rng.randint(30, 60))]
    team = rng.choice(people)[2]
    hours.append((next(number for number, _, group in people if group == team), rng.randrange(1, 12)))
    scene.file(f"{root}/people.csv", "id,name,team\n" + "".join(f"{i},{n},{t}\n" for i, n, t in people))
    scene.file(f"{root}/hours.csv", "id,hours\n" + "".join(f"{i},{h}\n" for i, h in hours))
    members = {number for number, _, group in people if group == team}
    truth = sum(count for number, count in hours if number in members)
    description = said(
        rng,
        f"{root}/people.csv says which person is in which team, {root}/hours.csv who worked how many hours (by id). How many hours did team {team} work in total?",
        f"Join {root}/hours.csv with {root}/people.csv on the id column: what is the sum of hours for the team '{team}'?",
        f"I need the total of hours that members of {team} logged. Data: {root}/people.csv and {root}/hours.csv, linked by id.",
    )
    command = f"awk -F, 'NR == FNR {{if ($3 == \"{team}\") member[$1] = 1; next}} $1 in member {{s += $2}} END {{print s}}' people.csv hours.csv"
    steps = [
        step(
            thought(rng, "I look at both files.", "First the columns of both."),
            f"cd {root}\nhead -3 people.csv hours.csv",
        ),
        answer_step(
            rng,
            thought(
                rng,
                "awk remembers the team's ids from the first file and sums the second.",
                "Two passes: the members, then their hours.",
            ),
            command,
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("csv", "join"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "csv-sum": csv_sum,
    "csv-filter": csv_filter,
    "csv-join": key_value_join,
    "json-sum": json_sum,
    "json-edit": json_edit,
}
