"""What is done with the lines that are selected: the columns of the grid `lines-SELECTION-OPERATION`."""

from __future__ import annotations

from typing import NamedTuple

from environments.operating_system.families.drafting import state
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.words import names
from environments.operating_system.families.grids.cells import Operation, Outcome
from environments.operating_system.families.grids.line_selections import NUMBER, Lines, text


class Chosen(NamedTuple):
    """A file of records, and which of them are meant."""

    path: str
    lines: Lines
    hits: list[tuple[str, ...]]


def content(rows: list[tuple[str, ...]]) -> str:
    """The text of a file that holds these records."""
    return "".join(f"{text(row)}\n" for row in rows)


def _count(rng: Draw, chosen: Chosen) -> Outcome:
    return Outcome(truth=str(len(chosen.hits)))


def _sum(rng: Draw, chosen: Chosen) -> Outcome:
    return Outcome(
        {"column": chosen.lines.columns[NUMBER], "field": str(NUMBER + 1)},
        str(sum(int(row[NUMBER]) for row in chosen.hits)),
    )


def _values(rng: Draw, chosen: Chosen) -> Outcome | None:
    field = rng.choice((0, 1, 3))
    named = {"column": chosen.lines.columns[field], "field": str(field + 1)}
    found = sorted({row[field] for row in chosen.hits})
    return Outcome(named, values=found) if len(found) > 1 else None


def _last(rng: Draw, chosen: Chosen) -> Outcome | None:
    field = rng.choice((0, 1, 3))
    first, *_, last = (row[field] for row in chosen.hits)
    return Outcome({"column": chosen.lines.columns[field], "field": str(field + 1)}, last) if first != last else None


def _write(rng: Draw, chosen: Chosen) -> Outcome:
    target = f"{chosen.path.rpartition('/')[0]}/{names(rng, 1)[0]}.txt"
    kept, wanted = state.file(content(chosen.lines.rows)), state.file(content(chosen.hits), loose_end=True)
    return Outcome({"target": target}, check=state.left({chosen.path: kept, target: wanted}))


def _delete(rng: Draw, chosen: Chosen) -> Outcome:
    left = [row for row in chosen.lines.rows if row not in chosen.hits]
    return Outcome(check=state.left({chosen.path: state.file(content(left))}))


OPERATIONS: dict[str, Operation] = {
    "count": Operation(
        (
            "How many {lines} do you see?",
            "Please tell me how many {lines} there are.",
            "How many {lines} are there?",
            "Count the {lines}.",
            "Tell me the number of {lines}.",
            "I need to know how many {lines} there are.",
            "Give me the count of the {lines}.",
            "The number of {lines} is wanted.",
            "How many {lines} can you find?",
            "In this file, how many {lines} are there?",
            "How many {lines} do you count?",
            "The {lines}: how many are there?",
            "What is the number of {lines}?",
            "Please count all {lines}.",
        ),
        "awk '{condition}' {path} | wc -l",
        "wc -l counts them",
        _count,
    ),
    "sum": Operation(
        (
            "Calculate the total {column} of the {lines}.",
            "How much {column} do the {lines} have, all combined?",
            "What is the sum of the {column} over the {lines}?",
            "Add up the {column} of the {lines}.",
            "What {column} do the {lines} have in total?",
            "Tell me the total {column} of the {lines}.",
            "Add together the {column} of each of the {lines}.",
            "Give me the {column}, summed over the {lines}.",
            "The {lines}: what is their total {column}?",
            "I need the sum of the {column} of the {lines}.",
            "Calculate the combined {column} of the {lines}.",
            "How much {column} is there in the {lines} altogether?",
            "Sum the {column} of all {lines}.",
            "What do the {lines} add up to in {column}?",
        ),
        "awk '{condition} {{s += ${field}}} END {{print s}}' {path}",
        "s adds up {column}, field {field}",
        _sum,
    ),
    "values": Operation(
        (
            "Collect the {column} of the {lines}, without repetition and comma-separated.",
            "Answer with each different {column} of the {lines}, with commas.",
            "List each {column} of the {lines} once, with commas.",
            "Which different values of {column} have the {lines}? Use commas.",
            "Name every {column} in the {lines} once, with commas between.",
            "What are the distinct values of {column} in the {lines}, with commas between?",
            "Which {column} values occur in the {lines}? Each once, with commas.",
            "With commas and without repeats, tell me each {column} of the {lines}.",
            "For the {lines}, list every {column} once, separated by commas.",
            "The {lines}: which {column} values are in them? Once each, with commas.",
            "Collect each {column} of the {lines}, once and with commas.",
            "Answer with every {column} that is in the {lines}, once each, comma-separated.",
            "Give me a comma-separated list of each {column} in the {lines}, without repetition.",
            "I want every different {column} of the {lines}, once and with commas.",
        ),
        "awk '{condition} {{print ${field}}}' {path} | sort -u | paste -sd,",
        "sort -u on {column}, field {field}",
        _values,
    ),
    "last": Operation(
        (
            "Look for the last of the {lines}: which {column} does it have?",
            "Say what the {column} is in the last of the {lines}.",
            "Which {column} has the last of the {lines}?",
            "Of the {lines}, take the last: what is its {column}?",
            "What is the {column} in the last of the {lines}?",
            "Tell me the {column} of the last of the {lines}.",
            "What {column} does the last of the {lines} have?",
            "Find the last of the {lines}: what {column} is in it?",
            "The last of the {lines}: what is its {column}?",
            "I need the {column} from the last of the {lines}.",
            "Say which {column} stands in the last of the {lines}.",
            "Take the {lines}: the last one has which {column}?",
            "Look at the last of the {lines} and give me its {column}.",
            "The {lines}: what {column} is in the final one?",
        ),
        "awk '{condition} {{print ${field}}}' {path} | tail -1",
        "tail -1 on {column}, field {field}",
        _last,
    ),
    "write": Operation(
        (
            "Put the {lines} into the file {target}.",
            "Could you store the {lines} in {target}?",
            "Write the {lines} to {target}.",
            "Copy the {lines} into the new file {target}.",
            "Save the {lines} as {target}.",
            "Make a file {target} of the {lines}.",
            "Create the file {target} from the {lines}.",
            "A copy of the {lines} should go into {target}.",
            "I want the {lines} in a new file {target}.",
            "To {target}, write all {lines} and no others.",
            "Store a copy of the {lines} in {target}.",
            "Could you write the {lines} into the file {target}?",
            "{target} should hold the {lines}: create it.",
            "Put all {lines} into a new file, {target}.",
        ),
        "awk '{condition}' {path} > {target}",
        "> copies them to {target}",
        _write,
    ),
    "delete": Operation(
        (
            "Get rid of the {lines}.",
            "Could you take the {lines} out of the file and keep the others?",
            "Delete the {lines}.",
            "Remove the {lines} from the file.",
            "Take the {lines} out of the file.",
            "Please delete all {lines} from the file.",
            "Drop all {lines} from the file.",
            "The {lines} should no longer be in the file.",
            "Make the file keep everything but the {lines}.",
            "From the file itself, remove all {lines}.",
            "Could you remove the {lines} from the file?",
            "The file should lose all {lines} and nothing else.",
            "Get rid of the {lines}; keep the others.",
            "The {lines} have to go from the file.",
        ),
        "awk -i inplace '!({condition})' {path}",
        "they go, ! keeps the others",
        _delete,
    ),
}
