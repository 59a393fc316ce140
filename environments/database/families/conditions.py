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
from environments.database.families.side import Phrases
from environments.database.judge import quote
from environments.database.schema import literal

EQUAL = Phrases(
    (
        "whose {c} is {v}",
        "with the {c} {v}",
        "with {v} as {c}",
        "listed with the {c} {v}",
        "where the {c} is {v}",
        "whose {c} equals {v}",
        "of which the {c} is {v}",
        "where {v} is the {c}",
        "with {c} {v}",
        "with the value {v} for the {c}",
        "recorded with {v} as the {c}",
        "filed with the {c} {v}",
        "whose entry for the {c} is {v}",
        "carrying {v} as {c}",
        "with {v} noted as the {c}",
        "for which {v} is the {c}",
        "having the {c} {v}",
        "for which the {c} equals {v}",
        "having {v} for the {c}",
    ),
    ("for which the {c} is {v}", "having {v} as {c}"),
)
UNEQUAL = Phrases(
    (
        "whose {c} is not {v}",
        "with a {c} other than {v}",
        "with any {c} except {v}",
        "whose {c} does not equal {v}",
        "where the {c} is not {v}",
        "of which the {c} is not {v}",
        "without {v} as {c}",
        "without the {c} {v}",
        "not listed with the {c} {v}",
        "with another {c} than {v}",
        "whose {c} is something else than {v}",
        "whose entry for the {c} is not {v}",
        "with a {c} that is not {v}",
        "having any {c} but {v}",
        "for which the {c} is different from {v}",
        "with anything but {v} as {c}",
        "for which {v} is not the {c}",
    ),
    ("having a {c} different from {v}", "for which the {c} is anything but {v}"),
)
EITHER = Phrases(
    (
        "whose {c} is {v} or {w}",
        "with either {v} or {w} as {c}",
        "whose {c} is either {v} or {w}",
        "with {v} or {w} as {c}",
        "with the {c} {v} or {w}",
        "where the {c} is {v} or {w}",
        "whose {c} is in the list {v}, {w}",
        "whose {c} is among {v} and {w}",
        "whose {c} is any of these: {v}, {w}",
        "listed with {v} or with {w} as {c}",
        "whose {c} equals {v} or else {w}",
        "with a {c} out of {v} and {w}",
        "carrying either of {v} and {w} as {c}",
        "with the {c} {v} or the {c} {w}",
        "for which the {c} is one of {v} and {w}",
        "having either {v} or {w} as {c}",
        "with one of {v} and {w} as {c}",
        "having the {c} {v} or {w}",
        "for which {v} or {w} is the {c}",
    ),
    ("for which the {c} is {v} or {w}", "having one of {v} and {w} as {c}"),
)
BOTH = Phrases(
    (
        "whose {c} is {v} and whose {d} is {w}",
        "with the {c} {v} and the {d} {w}",
        "with {v} as {c} and {w} as {d}",
        "whose {c} is {v} and {d} is {w}",
        "where the {c} is {v} and the {d} is {w}",
        "with both the {c} {v} and the {d} {w}",
        "with {v} for the {c} and {w} for the {d}",
        "of which the {c} is {v} and the {d} is {w}",
        "whose {c} equals {v} and whose {d} equals {w}",
        "recorded with {v} as the {c} and {w} as the {d}",
        "listed with the {c} {v} and also with the {d} {w}",
        "with the {c} {v} where the {d} is {w}",
        "carrying {v} as {c} plus {w} as {d}",
        "for which {v} is the {c} and {w} the {d}",
        "having the {c} {v} together with the {d} {w}",
        "having {v} as {c} and {w} as {d}",
    ),
    ("for which the {c} is {v} and the {d} is {w}", "having {v} as {c} together with {w} as {d}"),
)
BUT_NOT = Phrases(
    (
        "whose {c} is {v} but whose {d} is not {w}",
        "with the {c} {v} but a {d} other than {w}",
        "with {v} as {c} and any {d} except {w}",
        "whose {c} is {v} and whose {d} is not {w}",
        "where the {c} is {v} but the {d} is not {w}",
        "with the {c} {v} and not the {d} {w}",
        "with {v} as {c} but without {w} as {d}",
        "of which the {c} is {v} and the {d} is not {w}",
        "whose {c} equals {v} and whose {d} does not equal {w}",
        "listed with the {c} {v} but not with the {d} {w}",
        "with {v} for the {c} and something else than {w} for the {d}",
        "with the {c} {v} and another {d} than {w}",
        "whose {d} is not {w} but whose {c} is {v}",
        "for which {v} is the {c} while {w} is not the {d}",
        "having the {c} {v} and a {d} other than {w}",
        "with the {c} {v} while the {d} is different from {w}",
    ),
    ("for which the {c} is {v} while the {d} is not {w}", "having {v} as {c} and a {d} different from {w}"),
)
COMPARED = Phrases(
    (
        "whose {m} is {sign} {n}",
        "with a {m} that is {sign} {n}",
        "where the {m} is {sign} {n}",
        "with a {m} {sign} {n}",
        "of which the {m} is {sign} {n}",
        "whose recorded {m} is {sign} {n}",
        "whose value for the {m} is {sign} {n}",
        "whose entry for the {m} is {sign} {n}",
        "with a value {sign} {n} for the {m}",
        "where a {m} {sign} {n} is recorded",
        "listed with a {m} {sign} {n}",
        "whose {m} as a number is {sign} {n}",
        "with the {m} {sign} {n}",
        "for which a {m} {sign} {n} is recorded",
        "having a value {sign} {n} as {m}",
        "for which the recorded {m} is {sign} {n}",
        "having a {m} that is {sign} {n}",
    ),
    ("for which the {m} is {sign} {n}", "having a {m} {sign} {n}"),
)
EQUAL_AND_COMPARED = Phrases(
    (
        "whose {c} is {v} and whose {m} is {sign} {n}",
        "with the {c} {v} and a {m} that is {sign} {n}",
        "whose {m} is {sign} {n} and whose {c} is {v}",
        "with {v} as {c} where the {m} is {sign} {n}",
        "where the {c} is {v} and the {m} is {sign} {n}",
        "with a {m} {sign} {n} and the {c} {v}",
        "of which the {c} is {v} and the {m} is {sign} {n}",
        "whose {c} equals {v} and whose {m} is {sign} {n}",
        "with {v} for the {c} and a value {sign} {n} for the {m}",
        "with both the {c} {v} and a {m} {sign} {n}",
        "listed with the {c} {v} where the {m} is {sign} {n}",
        "with {v} as {c} and with a {m} {sign} {n}",
        "recorded with the {c} {v} and a {m} {sign} {n}",
        "for which {v} is the {c} and the {m} is {sign} {n}",
        "having the {c} {v} and a {m} {sign} {n}",
        "having a {m} {sign} {n} and {v} as {c}",
    ),
    ("for which the {c} is {v} and the {m} is {sign} {n}", "having {v} as {c} and a {m} {sign} {n}"),
)
BETWEEN = Phrases(
    (
        "whose {m} is between {l} and {h} (both included)",
        "with a {m} from {l} to {h} (both included)",
        "with a {m} of at least {l} and at most {h}",
        "whose {m} is anywhere from {l} to {h} (ends included)",
        "whose {m} falls into the range {l} to {h} (ends included)",
        "with a {m} from {l} up to and including {h}",
        "with a {m} in the interval from {l} to {h} (borders included)",
        "where the {m} is at least {l} but at most {h}",
        "whose {m} is not below {l} and not above {h}",
        "with a {m} that is greater than or equal to {l} and less than or equal to {h}",
        "of which the {m} is between {l} and {h} (both numbers counted)",
        "whose {m} is {l}, {h} or something in between",
        "with a {m} between {l} and {h} (ends counted)",
        "for which the {m} is from {l} to {h} inclusive",
        "having a {m} between {l} and {h} (both included)",
        "whose {m} lies anywhere from {l} to {h} (ends included)",
        "with a {m} no lower than {l} but at most {h}",
        "with a {m} of at least {l} and no higher than {h}",
    ),
    ("for which the {m} lies between {l} and {h} inclusive", "having a {m} no lower than {l} and no higher than {h}"),
)
BEGINS = Phrases(
    (
        "whose {name} begins with '{w}'",
        "with a {name} that starts with '{w}'",
        "whose {name} has '{w}' at the start",
        "whose {name} starts with '{w}'",
        "with a {name} beginning with '{w}'",
        "with '{w}' at the beginning of the {name}",
        "where the {name} starts with '{w}'",
        "whose {name} commences with '{w}'",
        "with the prefix '{w}' in the {name}",
        "whose {name} carries '{w}' as a prefix",
        "where the start of the {name} is '{w}'",
        "where '{w}' begins the {name}",
        "whose {name} is '{w}' followed by anything",
        "with a {name} that has '{w}' as its beginning",
        "for which '{w}' opens the {name}",
        "having a {name} that begins with '{w}'",
        "with '{w}' in front in the {name}",
        "whose {name} opens on '{w}'",
    ),
    ("for which the {name} opens with '{w}'", "having '{w}' at the front of the {name}"),
)
ENDS = Phrases(
    (
        "whose {name} ends with '{w}'",
        "with a {name} that ends in '{w}'",
        "whose {name} has '{w}' at the end",
        "whose {name} ends in '{w}'",
        "with a {name} ending with '{w}'",
        "with '{w}' at the end of the {name}",
        "where the {name} ends with '{w}'",
        "whose {name} finishes with '{w}'",
        "whose {name} concludes with '{w}'",
        "with the suffix '{w}' in the {name}",
        "whose {name} carries '{w}' as a suffix",
        "where the end of the {name} is '{w}'",
        "where '{w}' ends the {name}",
        "whose {name} is anything followed by '{w}'",
        "with a {name} that has '{w}' as its ending",
        "for which '{w}' closes the {name}",
        "having a {name} that ends with '{w}'",
        "with '{w}' right at the back of the {name}",
        "whose {name} closes on '{w}'",
    ),
    ("for which the {name} closes with '{w}'", "having '{w}' at the back of the {name}"),
)
MISSING = Phrases(
    (
        "whose {c} is NULL",
        "with no {c} (NULL)",
        "whose {c} is missing (NULL)",
        "where the {c} is NULL",
        "of which the {c} is NULL",
        "without a {c} (NULL)",
        "with NULL for the {c}",
        "with NULL in the column of the {c}",
        "lacking a {c} (NULL)",
        "whose {c} is not given (NULL)",
        "whose {c} is left open (NULL)",
        "whose {c} was never recorded (NULL)",
        "where no {c} is recorded (NULL)",
        "with the {c} not filled in (NULL)",
        "for which no {c} is known (NULL)",
        "having no {c} (NULL)",
        "with an unknown {c} (NULL)",
        "for which NULL is the {c}",
    ),
    ("for which the {c} is unknown (NULL)", "having NULL as {c}"),
)
ABOVE_AVERAGE = Phrases(
    (
        "whose {m} is above the average {m} of all {things}",
        "with a {m} that is greater than the average of the whole table",
        "whose {m} is greater than the average {m}",
        "with a {m} above the average of all {things}",
        "where the {m} is above the overall average",
        "of which the {m} is larger than the average {m} of the table",
        "with an above-average {m}",
        "whose {m} is more than the average over all {things}",
        "with a {m} greater than what the {things} have on average",
        "whose {m} beats the average of the table",
        "whose {m} is greater than the average of that column",
        "with a {m} that is beyond the mean of the whole table",
        "for which the {m} exceeds the average of the table",
        "having an above-average {m}",
        "with a {m} over the average of all {things}",
        "whose {m} exceeds the general mean",
    ),
    ("for which the {m} exceeds the mean of all {things}", "having a {m} over the general average"),
)
SIGNS = {
    ">": (
        operator.gt,
        Phrases(
            (
                "greater than",
                "above",
                "more than",
                "larger than",
                "bigger than",
                "beyond",
                "in excess of",
                "strictly above",
                "strictly greater than",
            ),
            ("higher than", "over"),
        ),
    ),
    "<": (
        operator.lt,
        Phrases(
            ("less than", "below", "smaller than", "beneath", "short of", "strictly below", "strictly less than"),
            ("lower than", "under"),
        ),
    ),
    ">=": (
        operator.ge,
        Phrases(
            (
                "at least",
                "not less than",
                "not below",
                "not smaller than",
                "no smaller than",
                "greater than or equal to",
                "equal to or above",
            ),
            ("no less than",),
        ),
    ),
    "<=": (
        operator.le,
        Phrases(
            (
                "at most",
                "not more than",
                "not above",
                "not greater than",
                "no greater than",
                "less than or equal to",
                "equal to or below",
            ),
            ("no more than",),
        ),
    ),
}
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


def everything(scene: Scene) -> Part | None:
    """No condition."""
    return Part(scene=scene, words="", plan="", where="", items=scene.items)


def matching(scene: Scene) -> Part | None:
    """One column has a value."""
    category = scene.category()
    column, value = category.column, scene.item().texts[category.column]
    words = scene.say(EQUAL, c=category.phrase, v=value)
    where = f"{quote(column)} = {literal(value)}"
    return _part(scene, words, f"{column} is {value}", where, lambda item: item.texts[column] == value, (column,))


def other_than(scene: Scene) -> Part | None:
    """One column does not have a value."""
    category = scene.category()
    column, value = category.column, scene.item().texts[category.column]
    words = scene.say(UNEQUAL, c=category.phrase, v=value)
    where = f"{quote(column)} <> {literal(value)}"
    return _part(scene, words, f"{column} is not {value}", where, lambda item: item.texts[column] != value, (column,))


def either(scene: Scene) -> Part | None:
    """One column has one of two values."""
    category = scene.category()
    column, (one, two) = category.column, scene.rng.sample(category.values, 2)
    words = scene.say(EITHER, c=category.phrase, v=one, w=two)
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
    words = scene.say(BOTH, c=first.phrase, v=v, d=second.phrase, w=w)
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
    words = scene.say(BUT_NOT, c=first.phrase, v=v, d=second.phrase, w=w)
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
    holds, signs = SIGNS[sign]
    said = scene.say(signs)
    words = scene.say(COMPARED, m=measure.phrase, sign=said, n=border)
    where = f"{number(column)} {sign} {border}"
    plan = f"{spoken(column)} is {PLAIN[sign]} {border}"
    return _part(scene, words, plan, where, lambda item: holds(item.numbers[column], border), (column,))


def two_conditions(scene: Scene) -> Part | None:
    """One column has a value, and another lies above or below a number."""
    category, measure, sign = scene.category(), scene.measure(), scene.rng.choice(tuple(SIGNS))
    c, m, value, border = (
        category.column,
        measure.column,
        scene.item().texts[category.column],
        scene.item().numbers[measure.column],
    )
    holds, signs = SIGNS[sign]
    said = scene.say(signs)
    words = scene.say(EQUAL_AND_COMPARED, c=category.phrase, v=value, m=measure.phrase, sign=said, n=border)
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
    words = scene.say(BETWEEN, m=measure.phrase, l=low, h=high)
    where = f"{number(column)} BETWEEN {low} AND {high}"
    plan = f"{spoken(column)} is between {low} and {high}"
    return _part(scene, words, plan, where, lambda item: low <= item.numbers[column] <= high, (column,))


def named_like(scene: Scene) -> Part | None:
    """The key begins or ends with a word."""
    ends = scene.rng.random() < 0.5
    word = scene.item().key.split()[-1 if ends else 0]
    folded, pattern = word.casefold(), f"%{word}" if ends else f"{word}%"
    words = scene.say(ENDS if ends else BEGINS, name=scene.key_word, w=word)
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
    words, name = scene.say(MISSING, c=column.phrase), column.column
    return _part(gapped, words, f"{name} IS NULL", f"{quote(name)} IS NULL", lambda item: item.key in chosen, (name,))


def above_average(scene: Scene) -> Part | None:
    """One column lies above its average; never equal to it, which would be ambiguous."""
    measure = scene.measure()
    column, total = measure.column, sum(item.numbers[measure.column] for item in scene.items)
    if any(item.numbers[column] * len(scene.items) == total for item in scene.items):
        return None
    words = scene.say(ABOVE_AVERAGE, m=measure.phrase)
    where = f"{number(column)} > (SELECT AVG({number(column)}) FROM {scene.t})"
    plan = f"{spoken(column)} is above its average"
    return _part(scene, words, plan, where, lambda item: item.numbers[column] * len(scene.items) > total, (column,))
