"""Questions about the first, the last, or the n-th."""

from __future__ import annotations

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Item, Scene, number
from environments.database.judge import quote
from environments.database.schema import literal

ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def _ranked(items: list[Item], column: str, descending: bool) -> list[Item] | None:
    """Items by a measure; None where two of the first six tie."""
    ranked = sorted(items, key=lambda item: item.numbers[column], reverse=descending)
    leading = [item.numbers[column] for item in ranked[:6]]
    return ranked if ranked and len(set(leading)) == len(leading) else None


@family()
def rank_first(scene: Scene) -> Draft | None:
    measure = scene.measure()
    descending = scene.rng.random() < 0.5
    ranked = _ranked(list(scene.items), measure.column, descending)
    if ranked is None:
        return None
    word, thing = "greatest" if descending else "smallest", scene.domain.thing
    return Draft(
        "ranking",
        (
            f"Which {thing} has the {word} {measure.phrase}?",
            f"Name the {thing} with the {word} {measure.phrase} of all.",
            f"Find the {thing} whose {measure.phrase} is the {word}.",
        ),
        f"order by {measure.column} and take the first row",
        f"SELECT {scene.k} FROM {scene.t} ORDER BY {number(measure.column)} {'DESC' if descending else 'ASC'} LIMIT 1;",
        (ranked[0].key,),
        casts=(measure.column,),
    )


@family(least=12)
def rank_first_among(scene: Scene) -> Draft | None:
    measure, category = scene.measure(), scene.category()
    value = scene.item().texts[category.column]
    descending = scene.rng.random() < 0.5
    matching = [item for item in scene.items if item.texts[category.column] == value]
    ranked = _ranked(matching, measure.column, descending)
    if ranked is None or len(ranked) < 3:
        return None
    word, thing = "highest" if descending else "lowest", scene.domain.thing
    return Draft(
        "ranking",
        (
            f"Among the {scene.domain.things} with the {category.phrase} {value}, which one has the {word} {measure.phrase}?",
            f"Which {thing} has the {word} {measure.phrase} if only those with {value} as {category.phrase} are considered?",
            f"Take the {scene.domain.things} whose {category.phrase} is {value}. Which of them has the {word} {measure.phrase}?",
        ),
        f"filter on {category.column}, order by {measure.column} and take the first row",
        f"SELECT {scene.k} FROM {scene.t} WHERE {quote(category.column)} = {literal(value)} "
        f"ORDER BY {number(measure.column)} {'DESC' if descending else 'ASC'} LIMIT 1;",
        (ranked[0].key,),
        casts=(measure.column,),
    )


@family(least=7)
def rank_nth(scene: Scene) -> Draft | None:
    measure, place = scene.measure(), scene.rng.randint(2, 5)
    descending = scene.rng.random() < 0.6
    ranked = _ranked(list(scene.items), measure.column, descending)
    if ranked is None:
        return None
    word, thing = f"{ORDINALS[place]} {'highest' if descending else 'lowest'}", scene.domain.thing
    return Draft(
        "ranking",
        (
            f"Which {thing} has the {word} {measure.phrase}?",
            f"Name the {thing} that comes out with the {word} {measure.phrase}.",
            f"If the {scene.domain.things} are ranked by {measure.phrase}, which one is the {word}?",
        ),
        f"order by {measure.column}, skip {place - 1} and take one row",
        f"SELECT {scene.k} FROM {scene.t} ORDER BY {number(measure.column)} {'DESC' if descending else 'ASC'} LIMIT 1 OFFSET {place - 1};",
        (ranked[place - 1].key,),
        casts=(measure.column,),
    )


@family(least=8)
def rank_top(scene: Scene) -> Draft | None:
    measure, count = scene.measure(), scene.rng.randint(2, 5)
    ranked = _ranked(list(scene.items), measure.column, True)
    if ranked is None:
        return None
    things = scene.domain.things
    return Draft(
        "ranking",
        (
            f"Which {count} {things} have the highest {measure.phrase}?",
            f"List the top {count} {things} by {measure.phrase}.",
            f"Name the {count} {things} that lead the table in {measure.phrase}.",
        ),
        f"order by {measure.column} from the top and take {count} rows",
        f"SELECT {scene.k} FROM {scene.t} ORDER BY {number(measure.column)} DESC LIMIT {count};",
        tuple(item.key for item in ranked[:count]),
        casts=(measure.column,),
    )
