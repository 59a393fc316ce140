"""Questions about service and access logs."""

# ruff: noqa: E501 - whole sentences and programs read better unbroken

from __future__ import annotations

from collections import Counter

from environments.operating_system.families.drafting.draft import (
    LAST_NUMBER,
    Draft,
    Family,
    answer_step,
    concluded,
    maybe,
    said,
    step,
    thought,
)
from environments.operating_system.families.drafting.draw import Draw
from environments.operating_system.families.drafting.scene import Scene
from environments.operating_system.families.drafting.words import SERVICES, names, sentence

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def _day(rng: Draw) -> str:
    return f"20{rng.randint(21, 25)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def _clock(rng: Draw) -> str:
    return f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"


def _address(rng: Draw) -> str:
    return f"{rng.choice(('10', '172', '192'))}.{rng.randrange(1, 250)}.{rng.randrange(1, 250)}.{rng.randrange(2, 250)}"


def level_count(rng: Draw) -> Draft:
    service, days = rng.choice(rng.of(SERVICES)), [_day(rng) for _ in range(3)]
    path, level, scene = f"/var/log/{service}/{names(rng, 1)[0]}.log", rng.choice(LEVELS[1:]), Scene()
    rows = [(rng.choice(days), _clock(rng), rng.choice(LEVELS)) for _ in range(rng.randint(40, 90))]
    rows += [(days[0], _clock(rng), level)] * 3
    rows.sort()
    text = [
        f"{day} {clock} [{kind}] {sentence(rng, 2, 4)}" + (f" after {level}" if rng.random() < 0.1 else "")
        for day, clock, kind in rows
    ]
    scene.file(path, "\n".join(text) + "\n")
    one_day = rng.random() < 0.6
    truth = sum(kind == level and (not one_day or day == days[0]) for day, _, kind in rows)
    when = f" on {days[0]}" if one_day else ""
    description = said(
        rng,
        f"How many entries of level {level} does {path} have{when}?",
        f"Each line of {path} is 'DATE TIME [LEVEL] message'. Count the lines with level {level}{when}.",
        f"We saw trouble in {service}. Tell me the number of [{level}] lines{when} in {path}; the word may also occur in messages, those don't count.",
    )
    pattern = f"^{days[0]} [0-9:]* \\[{level}\\]" if one_day else f"^[^ ]* [^ ]* \\[{level}\\]"
    steps = [
        step(thought(rng, "I look at the format first.", "How do the lines look?"), f"head -3 {path}"),
        answer_step(
            rng,
            thought(
                rng,
                "The level stands in brackets after the time.",
                "I anchor the pattern so that messages don't match.",
            ),
            f"grep -c '{pattern}' {path}",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("log", "count"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def _requests(rng: Draw) -> list[tuple[str, str, int, int]]:
    clients = [_address(rng) for _ in range(8)]
    counts = rng.sample(range(2, 18), 8)
    paths = [f"/{name}" for name in names(rng, 5)]
    rows = [
        (
            client,
            f"{rng.choice(paths)}/{rng.randrange(1, 50)}",
            rng.choice((200, 200, 200, 301, 404, 500)),
            rng.randrange(100, 9000),
        )
        for client, count in zip(clients, counts, strict=True)
        for _ in range(count)
    ]
    rng.shuffle(rows)
    return rows


def _access_log(rng: Draw, rows: list[tuple[str, str, int, int]]) -> str:
    return "".join(
        f'{client} - - [{rng.randint(1, 28):02d}/May/2024:{_clock(rng)} +0000] "GET {path} HTTP/1.1" {status} {size}\n'
        for client, path, status, size in rows
    )


def top_client(rng: Draw) -> Draft:
    path, rows, scene = f"/var/log/{rng.choice(rng.of(SERVICES))}/access.log", _requests(rng), Scene()
    scene.file(path, _access_log(rng, rows))
    ask_number = rng.random() < 0.4
    client, count = Counter(row[0] for row in rows).most_common(1)[0]
    what = (
        "How many requests did the busiest client (IP address) make"
        if ask_number
        else "Which client (IP address) made the most requests"
    )
    description = said(
        rng,
        f"{what} according to {path}?",
        f"{path} is a web server's access log; each line starts with the client's address. {what}?",
        f"Somebody hammers our server. Look at {path}. {what}? Answer with that alone.",
    )
    command = f"cut -d' ' -f1 {path} | sort | uniq -c | sort -rn"
    steps = [
        *maybe(rng, 0.5, step("The format first.", f"head -2 {path}")),
        answer_step(
            rng,
            thought(
                rng,
                "Counting the first column gives the requests of each client.",
                "I count lines per address, most first.",
            ),
            f"{command} | head -3",
            r"^\s*(\d+) " if ask_number else r"^\s*\d+ (\S+)",
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("log", "count"),
        answer="«answer»",
        truth=str(count) if ask_number else client,
        init=scene.script(),
    )


def bytes_by_status(rng: Draw) -> Draft:
    path, rows, scene = f"/var/log/{names(rng, 1)[0]}-access.log", _requests(rng), Scene()
    scene.file(path, _access_log(rng, rows))
    status = rng.choice(sorted({row[2] for row in rows}))
    truth = sum(size for _, _, kind, size in rows if kind == status)
    description = said(
        rng,
        f"In {path} the last two fields of a line are the status code and the number of bytes sent. How many bytes were sent with status {status} in total?",
        f"Sum the response sizes (last field) of all requests in {path} that were answered with {status} (the field before it).",
        f"Traffic report: total bytes of responses with HTTP status {status} in the access log {path}. Number only.",
    )
    steps = [
        *maybe(rng, 0.6, step(thought(rng, "I check the columns.", "One line shows the fields."), f"head -1 {path}")),
        answer_step(
            rng,
            thought(
                rng,
                "awk adds the last field where the one before it is right.",
                "The last field is the size; I sum it for that status.",
            ),
            f"awk '$(NF-1) == {status} {{s += $NF}} END {{print s}}' {path}",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("log", "sum"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


def rotated_logs(rng: Draw) -> Draft:
    service, scene, truth = rng.choice(rng.of(SERVICES)), Scene(), 0
    root, code = f"/var/log/{service}-{names(rng, 1)[0]}", f"E{rng.randrange(100, 999)}"
    packed = []
    for number in range(rng.randint(3, 5)):
        path = f"{root}/{service}.log" + (f".{number}" if number else "")
        rows = []
        for _ in range(rng.randint(8, 20)):
            hit = rng.random() < 0.4
            truth += hit
            rows.append(f"{_clock(rng)} {code if hit else 'W' + str(rng.randrange(100, 999))} {sentence(rng, 2, 4)}")
        rows.append(f"{_clock(rng)} {code} {names(rng, 1)[0]}")
        truth += 1
        scene.file(path, "\n".join(rows) + "\n")
        packed += [path] if number else []
    scene.run(f"gzip -n {' '.join(packed)}")
    description = said(
        rng,
        f"The log of {service} lies in {root}: the current file and older ones compressed with gzip. How many lines with error code {code} are there in all of them?",
        f"Count the lines that contain {code} in every log file of {root}, compressed (.gz) or not.",
        f"How often did {service} report {code}? Its logs are in {root}, the rotated ones gzipped. I want the number of lines.",
    )
    steps = [
        step(thought(rng, "Which files are there?", "I list the logs."), f"ls {root}"),
        answer_step(
            rng,
            thought(
                rng,
                "zcat -f reads plain and compressed files alike.",
                "zgrep would count per file; one stream is simpler.",
            ),
            f"zcat -f {root}/* | grep -c '{code} '",
            LAST_NUMBER,
        ),
    ]
    return Draft(
        description=description,
        steps=steps,
        conclusion=concluded(rng),
        labels=("log", "archive"),
        answer="«answer»",
        truth=str(truth),
        init=scene.script(),
    )


FAMILIES: dict[str, Family] = {
    "log-level-count": level_count,
    "top-client": top_client,
    "bytes-by-status": bytes_by_status,
    "rotated-logs": rotated_logs,
}
