"""The pages of a site: `/VIEW/RECORD?FIELD=VALUE…` by the kind's template, always the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import jinja2

from environments.mind2web.sites.generated_site import Record, Site

FOLDER = Path(__file__).parent


class Asked(dict[str, str]):
    """An address's fields; what it has not got is empty."""

    def __missing__(self, name: str) -> str:
        return ""


@cache
def templates() -> jinja2.Environment:
    """The templates of pages and of scripts."""
    loader = jinja2.FileSystemLoader([FOLDER / "templates", FOLDER / "scripts"])
    found = jinja2.Environment(
        loader=loader, autoescape=jinja2.select_autoescape(["html"]), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    found.globals["static"] = lambda name: (FOLDER / "templates" / name).read_text(encoding="utf-8")
    return found


def page(site: Site, address: str) -> str | None:
    """The HTML at an address of the site; None where it has none."""
    parts = urlsplit(address)
    view, _, number = (parts.path.strip("/") or "home").partition("/")
    if number and (not number.isdecimal() or int(number) >= len(site.records)):
        return None
    asked = Asked(parse_qsl(parts.query))
    found = listed(site.records, asked)
    at = int(asked["page"]) if asked["page"].isdecimal() else 1
    begin = max(0, at - 1) * site.per_page
    return (
        templates()
        .get_template(f"{site.kind}.html")
        .render(
            site=site,
            view=view,
            record=site.records[int(number or 0)],
            asked=asked,
            found=found,
            shown=found[begin : begin + site.per_page],
            at=at,
            pages=-(-len(found) // site.per_page),
            style=site.style,
            words=site.words,
        )
    )


def listed(records: list[Record], asked: Asked) -> list[Record]:
    """The records with every field as asked and some word of `q`, those with most words of it first; or in the order
    of `sort` (`-FIELD`: from the top).
    """
    words = asked["q"].lower().split()
    fields = {name: value for name, value in asked.items() if value and name in records[0]}
    found = [record for record in records if all(str(record[name]) == value for name, value in fields.items())]
    if words:
        hits = {record["id"]: _hits(record, words) for record in found}
        found = sorted((record for record in found if hits[record["id"]]), key=lambda record: -hits[record["id"]])
    field = asked["sort"].removeprefix("-")
    if field in records[0]:
        found = sorted(found, key=lambda record: record[field], reverse=asked["sort"].startswith("-"))
    return found


def _hits(record: Record, words: list[str]) -> int:
    said = " ".join(str(value) for value in record.values()).lower()
    return sum(word in said for word in words)
