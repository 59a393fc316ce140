"""Questions that need GROUP BY."""

from __future__ import annotations

from collections import Counter

from environments.database.families.draft import Draft, family, listing
from environments.database.families.scene import Scene, number
from environments.database.judge import quote


def _winner(totals: Counter[str]) -> str | None:
    """The one with the largest total; None where two tie or there is only one."""
    ranked = totals.most_common(2)
    return ranked[0][0] if len(ranked) == 2 and ranked[0][1] != ranked[1][1] else None


@family()
def group_with_most(scene: Scene) -> Draft | None:
    category, things = scene.category(), scene.domain.things
    winner = _winner(Counter(item.texts[category.column] for item in scene.items))
    if winner is None:
        return None
    column = quote(category.column)
    return Draft(
        "ranking",
        (
            f"Which {category.phrase} do most {things} have?",
            f"What is the most common {category.phrase} among the {things}?",
            f"Find the {category.phrase} that occurs with the largest number of {things}.",
        ),
        f"count the rows for each {category.column} and take the largest group",
        f"SELECT {column} FROM {scene.t} GROUP BY {column} ORDER BY COUNT(*) DESC LIMIT 1;",
        (winner,),
    )


@family()
def group_with_largest_sum(scene: Scene) -> Draft | None:
    category, measure, things = scene.category(), scene.measure(), scene.domain.things
    totals: Counter[str] = Counter()
    for item in scene.items:
        totals[item.texts[category.column]] += item.numbers[measure.column]
    winner = _winner(totals)
    if winner is None:
        return None
    column = quote(category.column)
    return Draft(
        "ranking",
        (
            f"Which {category.phrase} has the largest total {measure.phrase} over its {things}?",
            f"If the {measure.phrase} is added up for each {category.phrase}, which {category.phrase} comes first?",
            f"Summed over all {things}, which {category.phrase} reaches the highest {measure.phrase}?",
        ),
        f"sum {measure.column} for each {category.column} and take the largest sum",
        f"SELECT {column} FROM {scene.t} GROUP BY {column} ORDER BY SUM({number(measure.column)}) DESC LIMIT 1;",
        (winner,),
        casts=(measure.column,),
    )


@family(least=10)
def groups_of_size(scene: Scene) -> Draft | None:
    category, things = scene.category(), scene.domain.things
    sizes = Counter(item.texts[category.column] for item in scene.items)
    least = scene.rng.choice(sorted(sizes.values()))
    answers = listing([value for value, size in sizes.items() if size >= least])
    if answers is None or len(answers) == len(sizes) or least < 2:
        return None
    column = quote(category.column)
    return Draft(
        "comparison",
        (
            f"Which values of {category.phrase} are shared by at least {least} {things}?",
            f"List every {category.phrase} that {least} or more {things} have.",
            f"For which {category.phrase} entries are there no fewer than {least} {things}?",
        ),
        f"group by {category.column} and keep the groups of {least} or more rows",
        f"SELECT {column} FROM {scene.t} GROUP BY {column} HAVING COUNT(*) >= {least};",
        answers,
    )
