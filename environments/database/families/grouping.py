"""Questions that need GROUP BY."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from environments.database.families import conditions
from environments.database.families.conditions import Condition
from environments.database.families.draft import Draft, enter, family, listing
from environments.database.families.scene import Scene, number, spoken
from environments.database.judge import quote
from environments.database.vocabulary.wording import wordings


def _winner(totals: Mapping[str, int | Fraction], highest: bool) -> str | None:
    """The one with the largest or the smallest total; None where two tie or there is only one."""
    ranked = sorted(totals, key=lambda name: totals[name], reverse=highest)
    return ranked[0] if len(ranked) > 1 and totals[ranked[0]] != totals[ranked[1]] else None


def _by_size(scene: Scene, condition: Condition, most: bool) -> Draft | None:
    if (part := condition(scene)) is None:
        return None
    category = scene.category(but=part.columns)
    taken = f"take the rows{part.plan}, " if part.plan else ""
    winner = _winner(Counter(item.texts[category.column] for item in part.items), most)
    if winner is None:
        return None
    column = quote(category.column)
    return Draft(
        kind="ranking",
        ask=wordings().grouping.most_common if most else wordings().grouping.rarest,
        slots={**part.slots, "c": category.phrase},
        plan=f"{taken}group by {category.column}, count each group and keep the {'largest' if most else 'smallest'}",
        sql=f"SELECT {column} FROM {scene.t}{part.where} GROUP BY {column}"
        f" ORDER BY COUNT(*) {'DESC' if most else 'ASC'} LIMIT 1;",
        answers=(winner,),
    )


def _by_measure(scene: Scene, average: bool) -> Draft | None:
    category, measure, highest = scene.category(), scene.measure(), scene.rng.random() < 0.5
    values: dict[str, list[int]] = defaultdict(list)
    for item in scene.items:
        values[item.texts[category.column]].append(item.numbers[measure.column])
    winner = _winner({name: Fraction(sum(v), len(v) if average else 1) for name, v in values.items()}, highest)
    if winner is None:
        return None
    column, function, verb = quote(category.column), *(("AVG", "average") if average else ("SUM", "sum"))
    return Draft(
        kind="ranking",
        ask=wordings().grouping.by_average if average else wordings().grouping.by_sum,
        slots={"c": category.phrase, "m": measure.phrase, "extreme": scene.extreme(highest)},
        plan=f"group by {category.column}, {verb} {spoken(measure.column)} in each group and keep the"
        f" {'highest' if highest else 'lowest'}",
        sql=f"SELECT {column} FROM {scene.t} GROUP BY {column} "
        f"ORDER BY {function}({number(measure.column)}) {'DESC' if highest else 'ASC'} LIMIT 1;",
        answers=(winner,),
    )


@family(least=10)
def groups_of_size(scene: Scene) -> Draft | None:
    category = scene.category()
    sizes = Counter(item.texts[category.column] for item in scene.items)
    least = scene.rng.choice(sorted(sizes.values()))
    answers = listing([value for value, size in sizes.items() if size >= least])
    if answers is None or len(answers) == len(sizes) or least < 2:
        return None
    column = quote(category.column)
    return Draft(
        kind="comparison",
        ask=wordings().grouping.by_size,
        slots={"c": category.phrase, "n": least},
        plan=f"group by {category.column} and keep the groups of {least} or more rows",
        sql=f"SELECT {column} FROM {scene.t} GROUP BY {column} HAVING COUNT(*) >= {least};",
        answers=answers,
    )


for _name, _condition in {
    "": conditions.everything,
    "_matching": conditions.matching,
    "_compared": conditions.compared,
}.items():
    enter(f"group_with_most{_name}", partial(_by_size, condition=_condition, most=True), least=10)
for _name, _condition in {"": conditions.everything, "_compared": conditions.compared}.items():
    enter(f"group_with_fewest{_name}", partial(_by_size, condition=_condition, most=False), least=10)
enter("group_by_sum", partial(_by_measure, average=False), least=8)
enter("group_by_average", partial(_by_measure, average=True), least=8)
