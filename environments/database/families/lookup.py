"""Questions that look a value up, or list the rows that match a filter."""

from __future__ import annotations

from environments.database.families.draft import Draft, family, listing, only
from environments.database.families.scene import Scene, number
from environments.database.judge import quote
from environments.database.schema import literal


@family()
def lookup_by_key(scene: Scene) -> Draft | None:
    item = scene.item()
    column = scene.column()
    answer = item.texts.get(column.column) or str(item.numbers[column.column])
    return Draft(
        "other",
        (
            f"What is the {column.phrase} of {item.key}?",
            f"Which {column.phrase} is recorded for {item.key}?",
            f"Look up {item.key} and tell me the {column.phrase}.",
        ),
        f"read the column {column.column} in the row of {item.key}",
        f"SELECT {quote(column.column)} FROM {scene.t} WHERE {scene.k} = {literal(item.key)};",
        (answer,),
    )


@family()
def lookup_by_value(scene: Scene) -> Draft | None:
    measure, chosen = scene.measure(), scene.item()
    value = chosen.numbers[measure.column]
    if only([item for item in scene.items if item.numbers[measure.column] == value]) is None:
        return None
    thing = scene.domain.thing
    return Draft(
        "other",
        (
            f"Which {thing} has a {measure.phrase} of {value}?",
            f"Name the {thing} whose {measure.phrase} is {value}.",
            f"A {measure.phrase} of {value} belongs to which {thing}?",
        ),
        f"find the row whose {measure.column} is {value}",
        f"SELECT {scene.k} FROM {scene.t} WHERE {quote(measure.column)} = '{value}';",
        (chosen.key,),
    )


@family()
def lookup_by_two(scene: Scene) -> Draft | None:
    first, second = scene.categories[0], scene.categories[1]
    chosen, measure = scene.item(), scene.measure()
    pair = (chosen.texts[first.column], chosen.texts[second.column])
    if only([item for item in scene.items if (item.texts[first.column], item.texts[second.column]) == pair]) is None:
        return None
    thing = scene.domain.thing
    return Draft(
        "other",
        (
            f"What is the {measure.phrase} of the {thing} with {first.phrase} {pair[0]} and {second.phrase} {pair[1]}?",
            f"One {thing} has {pair[0]} as {first.phrase} and {pair[1]} as {second.phrase}. What is the {measure.phrase}?",
            f"Give the {measure.phrase} where the {first.phrase} is {pair[0]} and the {second.phrase} is {pair[1]}.",
        ),
        f"filter on {first.column} and {second.column} and read {measure.column}",
        f"SELECT {quote(measure.column)} FROM {scene.t} WHERE {quote(first.column)} = {literal(pair[0])} "
        f"AND {quote(second.column)} = {literal(pair[1])};",
        (str(chosen.numbers[measure.column]),),
    )


@family(most=25)
def list_either(scene: Scene) -> Draft | None:
    category = scene.category()
    one, two = scene.rng.sample(category.values, 2)
    answers = listing([item.key for item in scene.items if item.texts[category.column] in (one, two)])
    if answers is None or len(answers) == len(scene.items):
        return None
    things, column = scene.domain.things, quote(category.column)
    return Draft(
        "comparison",
        (
            f"Which {things} have either {one} or {two} as their {category.phrase}?",
            f"List all {things} whose {category.phrase} is {one} or {two}.",
            f"Name every one of the {things} with the {category.phrase} {one} or the {category.phrase} {two}.",
        ),
        f"list the rows where {category.column} is {one} or {two}",
        f"SELECT {scene.k} FROM {scene.t} WHERE {column} = {literal(one)} OR {column} = {literal(two)};",
        answers,
    )


@family()
def list_between(scene: Scene) -> Draft | None:
    measure = scene.measure()
    values = sorted(item.numbers[measure.column] for item in scene.items)
    start = scene.rng.randrange(len(values) - 2)
    low, high = values[start], values[start + 2]
    answers = listing([item.key for item in scene.items if low <= item.numbers[measure.column] <= high])
    if answers is None or low == high:
        return None
    things = scene.domain.things
    return Draft(
        "comparison",
        (
            f"Which {things} have a {measure.phrase} between {low} and {high}, both included?",
            f"List the {things} whose {measure.phrase} lies from {low} up to and including {high}.",
            f"Name all {things} with a {measure.phrase} of at least {low} and at most {high}.",
        ),
        f"list the rows whose {measure.column} lies between {low} and {high}",
        f"SELECT {scene.k} FROM {scene.t} WHERE {number(measure.column)} BETWEEN {low} AND {high};",
        answers,
        casts=(measure.column,),
    )


@family()
def list_named_like(scene: Scene) -> Draft | None:
    word = scene.rng.choice((scene.domain.firsts, scene.domain.seconds)[scene.rng.randrange(2)])
    ends = scene.rng.random() < 0.5
    word = scene.item().key.split()[-1 if ends else 0]
    matches = [item.key for item in scene.items if (item.key.endswith(word) if ends else item.key.startswith(word))]
    answers = listing(matches)
    if answers is None or len(answers) == len(scene.items):
        return None
    things, verb, pattern = scene.domain.things, *(("end with", f"%{word}") if ends else ("begin with", f"{word}%"))
    return Draft(
        "comparison",
        (
            f"Which {things} are recorded under a {scene.key} that {verb.replace(' ', 's ', 1)} '{word}'?",
            f"List the {things} whose entries in {scene.key} {verb} '{word}'.",
            f"Find all values of {scene.key} that {verb} '{word}'.",
        ),
        f"match {scene.key} against the pattern {pattern}",
        f"SELECT {scene.k} FROM {scene.t} WHERE {scene.k} LIKE {literal(pattern)};",
        answers,
    )


@family(least=8, most=60)
def list_excluding(scene: Scene) -> Draft | None:
    first, second = scene.categories[0], scene.categories[1]
    wanted, unwanted = scene.rng.choice(first.values), scene.rng.choice(second.values)
    matching = [item for item in scene.items if item.texts[first.column] == wanted]
    answers = listing([item.key for item in matching if item.texts[second.column] != unwanted])
    if answers is None or len(answers) == len(matching):
        return None
    things = scene.domain.things
    return Draft(
        "comparison",
        (
            f"Which {things} have the {first.phrase} {wanted} but a {second.phrase} other than {unwanted}?",
            f"List the {things} with {wanted} as {first.phrase}, leaving out those whose {second.phrase} is {unwanted}.",
            f"Name the {things} whose {first.phrase} is {wanted} and whose {second.phrase} is not {unwanted}.",
        ),
        f"filter on {first.column} and leave out {unwanted} in {second.column}",
        f"SELECT {scene.k} FROM {scene.t} WHERE {quote(first.column)} = {literal(wanted)} "
        f"AND {quote(second.column)} <> {literal(unwanted)};",
        answers,
    )


@family()
def compare_named(scene: Scene) -> Draft | None:
    measure = scene.measure()
    rivals = scene.rng.sample(list(scene.items), 4)
    best = max(item.numbers[measure.column] for item in rivals)
    winner = only([item for item in rivals if item.numbers[measure.column] == best])
    if winner is None:
        return None
    names = ", ".join(item.key for item in rivals[:3]) + f" and {rivals[3].key}"
    return Draft(
        "comparison",
        (
            f"Of {names}, which one has the greatest {measure.phrase}?",
            f"Compare {names}: whose {measure.phrase} is the highest?",
            f"Which of these has the largest {measure.phrase}: {names}?",
        ),
        f"take the four rows that are named and order them by {measure.column}",
        f"SELECT {scene.k} FROM {scene.t} WHERE {scene.k} IN ({', '.join(literal(item.key) for item in rivals)}) "
        f"ORDER BY {number(measure.column)} DESC LIMIT 1;",
        (winner.key,),
        casts=(measure.column,),
    )
