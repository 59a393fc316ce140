"""Which rows a task is about: every condition, said in words, as a thought and in SQL, and worked out in Python.

A condition follows a noun in the singular or the plural ("ships whose home port is Bergen"), so each one goes with
every operation. Operations and conditions make a grid of families: a family that training never saw combines two pieces
that it saw elsewhere.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from environments.database.families.scene import Item, Scene, number, spoken
from environments.database.judge import quote
from environments.database.schema import literal
from environments.database.vocabulary.wording import wordings

HOLDS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
PLAIN = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"}
"""A sign in a thought: one way for each, however the task words it."""


class Part(NamedTuple):
    """Some of a table's rows. `words` follow a noun; `plan` and `where` are empty, or ` where …` and ` WHERE …`;
    `columns` are those that the condition looks at. `scene` is the scene, whose cells may now have gaps."""

    scene: Scene
    words: str
    plan: str
    where: str
    items: Sequence[Item]
    columns: tuple[str, ...] = ()

    @property
    def slots(self) -> dict[str, object]:
        """How a sentence names these rows: `rows` in the plural, `row` for any one of them."""
        domain = self.scene.domain
        return {"rows": f"{domain.things} {self.words}".strip(), "row": f"{domain.thing} {self.words}".strip()}

    @property
    def others(self) -> list[Item]:
        """The rows that the condition leaves out."""
        chosen = {item.key for item in self.items}
        return [item for item in self.scene.items if item.key not in chosen]


Condition = Callable[[Scene], Part | None]
"""Draws a part of a scene: some rows and not all of them, or None."""


def _part(
    scene: Scene, words: str, plan: str, where: str, holds: Callable[[Item], bool], columns: tuple[str, ...]
) -> Part | None:
    items = [item for item in scene.items if holds(item)]
    if not 0 < len(items) < len(scene.items):
        return None
    return Part(scene=scene, words=words, plan=f" where {plan}", where=f" WHERE {where}", items=items, columns=columns)


def _said(scene: Scene, sign: str) -> str:
    signs = wordings().signs
    return scene.say({">": signs.more_than, "<": signs.less_than, ">=": signs.at_least, "<=": signs.at_most}[sign])


def everything(scene: Scene) -> Part | None:
    """No condition."""
    return Part(scene=scene, words="", plan="", where="", items=scene.items)


def matching(scene: Scene) -> Part | None:
    """One column has a value."""
    category = scene.category()
    column, value = category.column, scene.item().texts[category.column]
    words = scene.say(wordings().conditions.equal, c=category.phrase, v=value)
    where = f"{quote(column)} = {literal(value)}"
    return _part(scene, words, f"{column} is {value}", where, lambda item: item.texts[column] == value, (column,))


def other_than(scene: Scene) -> Part | None:
    """One column does not have a value."""
    category = scene.category()
    column, value = category.column, scene.item().texts[category.column]
    words = scene.say(wordings().conditions.unequal, c=category.phrase, v=value)
    where = f"{quote(column)} <> {literal(value)}"
    return _part(scene, words, f"{column} is not {value}", where, lambda item: item.texts[column] != value, (column,))


def either(scene: Scene) -> Part | None:
    """One column has one of two values."""
    category = scene.category()
    column, (one, two) = category.column, scene.rng.sample(category.values, 2)
    words = scene.say(wordings().conditions.either, c=category.phrase, v=one, w=two)
    where = f"{quote(column)} IN ({literal(one)}, {literal(two)})"
    return _part(
        scene,
        words,
        f"{column} is one of {one}, {two}",
        where,
        lambda item: item.texts[column] in (one, two),
        (column,),
    )


def two_equal(scene: Scene) -> Part | None:
    """Two columns have a value each."""
    item = scene.item()
    (first, v), (second, w) = (
        (category, item.texts[category.column]) for category in scene.rng.sample(list(scene.categories), 2)
    )
    words = scene.say(wordings().conditions.both, c=first.phrase, v=v, d=second.phrase, w=w)
    where = f"{quote(first.column)} = {literal(v)} AND {quote(second.column)} = {literal(w)}"
    plan = f"{first.column} is {v} and {second.column} is {w}"
    columns = (first.column, second.column)
    return _part(
        scene, words, plan, where, lambda item: (item.texts[columns[0]], item.texts[columns[1]]) == (v, w), columns
    )


def excluding(scene: Scene) -> Part | None:
    """One column has a value, another has not."""
    first, second = scene.rng.sample(list(scene.categories), 2)
    v, w = scene.item().texts[first.column], scene.rng.choice(second.values)
    if not any((item.texts[first.column], item.texts[second.column]) == (v, w) for item in scene.items):
        return None
    words = scene.say(wordings().conditions.but_not, c=first.phrase, v=v, d=second.phrase, w=w)
    where = f"{quote(first.column)} = {literal(v)} AND {quote(second.column)} <> {literal(w)}"
    plan = f"{first.column} is {v} and {second.column} is not {w}"
    columns = (first.column, second.column)
    return _part(
        scene, words, plan, where, lambda item: item.texts[columns[0]] == v and item.texts[columns[1]] != w, columns
    )


def compared(scene: Scene) -> Part | None:
    """One column lies above or below a number."""
    measure, sign = scene.measure(), scene.rng.choice((">", ">", "<", "<", ">=", "<="))
    column, border = measure.column, scene.item().numbers[measure.column]
    holds, said = HOLDS[sign], _said(scene, sign)
    words = scene.say(wordings().conditions.compared, m=measure.phrase, sign=said, n=border)
    where = f"{number(column)} {sign} {border}"
    plan = f"{spoken(column)} is {PLAIN[sign]} {border}"
    return _part(scene, words, plan, where, lambda item: holds(item.numbers[column], border), (column,))


def two_conditions(scene: Scene) -> Part | None:
    """One column has a value, and another lies above or below a number."""
    category, measure, sign = scene.category(), scene.measure(), scene.rng.choice(tuple(HOLDS))
    c, m, value, border = (
        category.column,
        measure.column,
        scene.item().texts[category.column],
        scene.item().numbers[measure.column],
    )
    holds, said = HOLDS[sign], _said(scene, sign)
    words = scene.say(
        wordings().conditions.equal_and_compared, c=category.phrase, v=value, m=measure.phrase, sign=said, n=border
    )
    where = f"{quote(c)} = {literal(value)} AND {number(m)} {sign} {border}"
    plan = f"{c} is {value} and {spoken(m)} is {PLAIN[sign]} {border}"
    part = _part(
        scene, words, plan, where, lambda item: item.texts[c] == value and holds(item.numbers[m], border), (c, m)
    )
    return part if part and any(item.texts[c] == value for item in part.others) else None


def between(scene: Scene) -> Part | None:
    """One column lies between two numbers, both included."""
    measure = scene.measure()
    column, values = measure.column, sorted({item.numbers[measure.column] for item in scene.items})
    if len(values) < 4:
        return None
    start = scene.rng.randrange(len(values) - 2)
    low, high = values[start], values[start + 2]
    words = scene.say(wordings().conditions.between, m=measure.phrase, l=low, h=high)
    where = f"{number(column)} BETWEEN {low} AND {high}"
    plan = f"{spoken(column)} is between {low} and {high}"
    return _part(scene, words, plan, where, lambda item: low <= item.numbers[column] <= high, (column,))


def named_like(scene: Scene) -> Part | None:
    """The key begins or ends with a word."""
    ends = scene.rng.random() < 0.5
    word = scene.item().key.split()[-1 if ends else 0]
    folded, pattern = word.casefold(), f"%{word}" if ends else f"{word}%"
    words = scene.say(wordings().conditions.ends if ends else wordings().conditions.begins, name=scene.key_word, w=word)
    plan = f"{scene.key} {'ends' if ends else 'begins'} with {word}: {pattern}"

    def holds(item: Item) -> bool:
        key = item.key.casefold()
        return key.endswith(folded) if ends else key.startswith(folded)

    return _part(scene, words, plan, f"{scene.k} LIKE {literal(pattern)}", holds, ())


def missing(scene: Scene) -> Part | None:
    """One column holds NULL: two or more of the scene's cells become gaps."""
    column = scene.column()
    chosen = {
        item.key
        for item in scene.rng.sample(list(scene.items), scene.rng.randint(2, max(2, min(8, len(scene.items) // 3))))
    }
    gapped = replace(scene, gaps=frozenset((key, column.column) for key in chosen))
    words, name = scene.say(wordings().conditions.missing, c=column.phrase), column.column
    return _part(gapped, words, f"{name} IS NULL", f"{quote(name)} IS NULL", lambda item: item.key in chosen, (name,))


def above_average(scene: Scene) -> Part | None:
    """One column lies above its average; never equal to it, which would be ambiguous."""
    measure = scene.measure()
    column, total = measure.column, sum(item.numbers[measure.column] for item in scene.items)
    if any(item.numbers[column] * len(scene.items) == total for item in scene.items):
        return None
    words = scene.say(wordings().conditions.above_average, m=measure.phrase)
    where = f"{number(column)} > (SELECT AVG({number(column)}) FROM {scene.t})"
    plan = f"{spoken(column)} is above its average"
    return _part(scene, words, plan, where, lambda item: item.numbers[column] * len(scene.items) > total, (column,))
