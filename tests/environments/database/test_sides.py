"""What is measured is not what was trained on: the two sides share no sentence, table, name or value.

Words they share.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from random import Random

import msgspec
import pytest

from environments.database.families.draft import FAMILIES, Draft
from environments.database.families.scene import STYLES, Scene, draw
from environments.database.generate import HELD_OUT, families, generate
from environments.database.vocabulary.domain import Domain, domains
from environments.database.vocabulary.side import Side, side_of
from environments.database.vocabulary.wording import Phrases, wordings

TRAIN, EVALUATION = domains()[Side.TRAIN], domains()[Side.EVALUATION]


def _phrases() -> list[Phrases]:
    files = msgspec.structs.asdict(wordings()).values()
    return [phrases for file in files for phrases in msgspec.structs.asdict(file).values()]


def _words(template: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"\{\w+\}", " ", template).lower())


def _plain(text: str) -> str:
    """As a server compares it: without case and accents."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


def _share(holds: Iterable[bool]) -> float:
    found = list(holds)
    return sum(found) / len(found)


def _draft(name: str, side: Side) -> Draft:
    make, least, most = FAMILIES[name]
    return next(draft for i in range(500) if (draft := make(draw(Random(i), side, least, most))) is not None)


def _tables(domains: Iterable[Domain]) -> set[str]:
    return {table.casefold() for domain in domains for table in (*domain.tables, *domain.companion.tables)}


def _names(domains: Iterable[Domain]) -> set[str]:
    return {word.casefold() for domain in domains for word in (*domain.firsts, *domain.seconds)}


def _values(domains: Iterable[Domain]) -> set[str]:
    categories = (category for domain in domains for category in (*domain.categories, domain.companion.attribute))
    return {value.casefold() for category in categories for value in category.values}


def test_only_the_split_train_has_the_training_side() -> None:
    assert side_of("train") is Side.TRAIN
    assert {side_of(split) for split in ("test", "dev", "Train", "training", "")} == {Side.EVALUATION}


def test_the_sides_share_no_wording_and_none_says_a_thing_twice_in_the_same_words() -> None:
    phrases = _phrases()
    assert len(phrases) > 50
    assert all(len(set(each.of(side))) == len(each.of(side)) for each in phrases for side in Side)
    train = {template for each in phrases for template in each.train}
    assert train.isdisjoint(template for each in phrases for template in each.evaluation)


def test_sentences_are_kept_for_evaluation_and_hardly_a_word() -> None:
    phrases = _phrases()
    words = {
        side: {word for each in phrases for template in each.of(side) for word in _words(template)} for side in Side
    }
    assert words[Side.EVALUATION] - words[Side.TRAIN] == {
        "biggest",
        "maximal",
        "minimal",
        "belonging",
        "ranking",
        "stands",
    }


@pytest.mark.parametrize("words", [_tables, _names, _values])
def test_the_sides_share_no_table_name_or_value(words: object) -> None:
    assert words(TRAIN) & words(EVALUATION) == set()  # type: ignore[operator]
    assert {domain.things for domain in TRAIN}.isdisjoint(domain.things for domain in EVALUATION)


def test_the_sides_write_headers_of_two_words_differently() -> None:
    written = {side: {style("Home port") for style in STYLES[side]} for side in Side}
    assert all(written.values())
    assert written[Side.TRAIN].isdisjoint(written[Side.EVALUATION])


def test_training_has_names_enough_to_be_copied_and_not_remembered() -> None:
    texts = [*_tables(TRAIN), *_names(TRAIN), *_values(TRAIN)]
    assert len({word for text in texts for word in re.findall(r"[^\W\d_]+", text)}) > 4000
    used = Counter(first.casefold() for domain in TRAIN for first in domain.firsts)
    assert max(used.values()) <= 4
    tables = [table.casefold() for domain in TRAIN for table in (*domain.tables, *domain.companion.tables)]
    assert len(set(tables)) == len(tables)


def test_a_domain_has_225_keys_and_no_two_headers_that_a_server_takes_for_one() -> None:
    for domain in (*TRAIN, *EVALUATION):
        assert len({f"{first} {second}".casefold() for first in domain.firsts for second in domain.seconds}) == 225
        columns = [domain.key, *(each.column for each in (*domain.categories, *domain.measures))]
        columns += [domain.companion.attribute.column, domain.companion.measure.column]
        for style in (style for styles in STYLES.values() for style in styles):
            assert len({style(column).casefold() for column in columns}) == len(columns), (domain.things, columns)


def test_training_mixes_names_of_all_domains_into_tables_columns_and_keys() -> None:
    training = {domain.things: domain for domain in TRAIN}
    scenes = [draw(Random(number), Side.TRAIN) for number in range(1000)]
    given = [training[scene.domain.things] for scene in scenes]
    assert 0.6 < _share(scene.domain.firsts == own.firsts for scene, own in zip(scenes, given, strict=True)) < 0.8
    assert 0.4 < _share(scene.table in own.tables for scene, own in zip(scenes, given, strict=True)) < 0.6
    columns = [
        pair
        for scene, own in zip(scenes, given, strict=True)
        for pair in zip(scene.domain.categories, own.categories, strict=True)
    ]
    mixed = [drawn for drawn, own in columns if drawn.values != own.values]
    assert 0.4 < len(mixed) / len(columns) < 0.6
    assert all(len({value.casefold() for value in drawn.values}) == len(drawn.values) for drawn in mixed)
    assert len({value for drawn in mixed for value in drawn.values}) > 2000
    evaluation = {domain.things: domain for domain in EVALUATION}
    for number in range(300):
        scene = draw(Random(number), Side.EVALUATION)
        assert scene.domain == evaluation[scene.domain.things]


def test_no_two_headers_of_a_scene_are_the_same_to_a_server_and_none_of_training_is_one_of_evaluation() -> None:
    shown = {side: [_headers(draw(Random(number), side)) for number in range(2000)] for side in Side}
    assert all(len(set(headers)) == len(headers) for scenes in shown.values() for headers in scenes)
    spelt = {
        side: {re.sub(r"\W|_", "", header) for headers in scenes for header in headers}
        for side, scenes in shown.items()
    }
    assert spelt[Side.TRAIN].isdisjoint(spelt[Side.EVALUATION])


def _headers(scene: Scene) -> list[str]:
    """The main table's, and those that a second one would bring."""
    companion = scene.domain.companion
    return [
        _plain(header)
        for header in (*scene.order, scene.style(companion.attribute.column), scene.style(companion.measure.column))
    ]


def test_no_table_or_value_of_evaluation_is_made_of_the_words_that_training_mixes() -> None:
    words = {_plain(word) for domain in TRAIN for word in (*domain.firsts, *domain.seconds)}
    for name in (*_tables(EVALUATION), *_values(EVALUATION)):
        assert not words.issuperset(_plain(name).replace("_", " ").split()), name


def test_a_table_stays_narrow_and_keeps_the_column_that_a_second_table_is_about() -> None:
    for number in range(500):
        scene = draw(Random(number), Side.TRAIN)
        assert 5 <= len(scene.order) <= 7
        assert scene.categories[0].values == scene.domain.categories[0].values


def test_every_family_and_condition_has_twelve_wordings_for_training_and_two_for_evaluation() -> None:
    for name in families():
        ask = _draft(name, Side.TRAIN).ask
        assert len(set(ask.train)) >= 12, name
        assert len(set(ask.evaluation)) >= 2, name
    for said, each in msgspec.structs.asdict(wordings().conditions).items():
        assert len(set(each.train)) >= 12, said


def test_what_tasks_of_two_splits_show_is_apart() -> None:
    """The tasks themselves, whatever the vocabularies say: no table, key, or wording of one is found in the other."""
    shown = {split: list(generate(3 * len(families()), 2, split)) for split in ("train", "test")}
    tables = {
        split: {table["name"] for task in tasks for table in task.payload["tables"]} for split, tasks in shown.items()
    }
    cells = {
        split: {
            cell
            for task in tasks
            for table in task.payload["tables"]
            for row in table["rows"]
            for cell in row
            if cell and not cell.isdigit()
        }
        for split, tasks in shown.items()
    }
    assert tables["train"].isdisjoint(tables["test"])
    assert {cell for cell in cells["train"] & cells["test"] if not re.fullmatch(r"-?\d+", cell)} == set()
    assert {task.id for task in shown["train"]}.isdisjoint(task.id for task in shown["test"])
    for task in shown["test"]:
        ask = _draft(str(task.family), Side.TRAIN).ask
        patterns = [_pattern(template) for template in ask.train]
        assert [pattern for pattern in patterns if re.fullmatch(pattern, task.payload["description"])] == []


def _pattern(template: str) -> str:
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)).replace(r"a\ ", r"an?\ ").replace(r"A\ ", r"An?\ ")


def test_a_split_other_than_train_has_the_same_tasks_under_any_name() -> None:
    test, dev = (list(generate(20, 6, split)) for split in ("test", "dev"))
    assert [task.payload for task in test] == [task.payload for task in dev]
    assert [task.payload for task in test] != [task.payload for task in generate(20, 6, "train")]


def test_held_out_families_are_known_and_of_every_kind() -> None:
    assert len(set(HELD_OUT)) == len(HELD_OUT)
    kinds = {task.payload["kinds"][0] for task in generate(len(HELD_OUT), 0, "test", HELD_OUT)}
    assert {"INSERT", "UPDATE", "DELETE", "counting", "ranking"} <= kinds
