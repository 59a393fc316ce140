"""Questions whose answer is a number of rows."""

from __future__ import annotations

from environments.database.families.draft import Draft, family
from environments.database.families.scene import Scene, number
from environments.database.judge import quote
from environments.database.schema import literal


@family()
def count_matching(scene: Scene) -> Draft | None:
    category = scene.category()
    value = scene.item().texts[category.column]
    count = sum(item.texts[category.column] == value for item in scene.items)
    things = scene.domain.things
    return Draft(
        "counting",
        (
            f"How many {things} have the {category.phrase} {value}?",
            f"Count the {things} whose {category.phrase} is {value}.",
            f"What is the number of {things} with {value} as their {category.phrase}?",
        ),
        f"count the rows whose {category.column} is {value}",
        f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(category.column)} = {literal(value)};",
        (str(count),),
    )


@family()
def count_above(scene: Scene) -> Draft | None:
    measure = scene.measure()
    border = scene.item().numbers[measure.column]
    above = scene.rng.random() < 0.5
    count = sum(item.numbers[measure.column] > border if above else item.numbers[measure.column] < border for item in scene.items)
    word, sign = ("greater", ">") if above else ("smaller", "<")
    things = scene.domain.things
    return Draft(
        "counting",
        (
            f"How many {things} have a {measure.phrase} {word} than {border}?",
            f"For how many {things} is the {measure.phrase} {word} than {border}?",
            f"Give the number of {things} with a {measure.phrase} {word} than {border}.",
        ),
        f"count the rows whose {measure.column} is {word} than {border}",
        f"SELECT COUNT(*) FROM {scene.t} WHERE {number(measure.column)} {sign} {border};",
        (str(count),),
        casts=(measure.column,),
    )


@family()
def count_two_conditions(scene: Scene) -> Draft | None:
    category, measure = scene.category(), scene.measure()
    value = scene.item().texts[category.column]
    border = scene.item().numbers[measure.column]
    matching = [item for item in scene.items if item.texts[category.column] == value]
    count = sum(item.numbers[measure.column] >= border for item in matching)
    if count in (0, len(matching)):
        return None
    things = scene.domain.things
    return Draft(
        "counting",
        (
            f"How many {things} with the {category.phrase} {value} have a {measure.phrase} of at least {border}?",
            f"Among the {things} whose {category.phrase} is {value}, how many reach a {measure.phrase} of {border} or more?",
            f"Count the {things} that have {value} as {category.phrase} and a {measure.phrase} not below {border}.",
        ),
        f"count the rows with {category.column} {value} and {measure.column} of {border} or more",
        f"SELECT COUNT(*) FROM {scene.t} WHERE {quote(category.column)} = {literal(value)} AND {number(measure.column)} >= {border};",
        (str(count),),
        casts=(measure.column,),
    )


@family()
def count_distinct(scene: Scene) -> Draft | None:
    category, measure = scene.category(), scene.measure()
    border = scene.item().numbers[measure.column]
    values = {item.texts[category.column] for item in scene.items if item.numbers[measure.column] <= border}
    things = scene.domain.things
    return Draft(
        "counting",
        (
            f"How many different values of {category.phrase} occur among {things} with a {measure.phrase} of at most {border}?",
            f"Of {things} whose {measure.phrase} is {border} or less, how many distinct values does the {category.phrase} have?",
            f"Count the distinct entries for {category.phrase} where the {measure.phrase} does not exceed {border}.",
        ),
        f"count the different values of {category.column} where {measure.column} is at most {border}",
        f"SELECT COUNT(DISTINCT {quote(category.column)}) FROM {scene.t} WHERE {number(measure.column)} <= {border};",
        (str(len(values)),),
        casts=(measure.column,),
    )


@family()
def count_above_average(scene: Scene) -> Draft | None:
    measure = scene.measure()
    values = [item.numbers[measure.column] for item in scene.items]
    if any(value * len(values) == sum(values) for value in values):
        return None  # exactly on the average: not a case to have an opinion on
    count = sum(value * len(values) > sum(values) for value in values)
    things = scene.domain.things
    cast = number(measure.column)
    return Draft(
        "counting",
        (
            f"How many {things} have a {measure.phrase} above the average of all {things}?",
            f"What number of {things} lies above the overall average {measure.phrase}?",
            f"Count the {things} whose {measure.phrase} is higher than the mean {measure.phrase} of the table.",
        ),
        f"compare each {measure.column} with the average of the whole table and count",
        f"SELECT COUNT(*) FROM {scene.t} WHERE {cast} > (SELECT AVG({cast}) FROM {scene.t});",
        (str(count),),
        casts=(measure.column,),
    )
