"""The generated sites: every link of theirs leads somewhere, they share nothing, and they are always the same."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from random import Random

import pytest

from environments.contract import UserError
from environments.mind2web.sites.generated_site import KINDS, SPLITS, Records, drawn_records, kind_named, site
from environments.mind2web.sites.pages import Asked, listed, page
from environments.mind2web.sites.tasks import scripts

ROOT = Path(__file__).parents[4]


def view(address: str) -> str:
    """Which of a site's pages it is, whatever it shows."""
    return re.split(r"[/?]", address[1:])[0]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_link_leads_to_a_page(kind: str, split: str) -> None:
    ahead, seen = ["/"], set()
    while ahead:
        if view(address := ahead.pop()) in seen:
            continue
        seen.add(view(address))
        html = page(site(kind, split), address)
        assert html is not None, address
        ahead += map(unescape, re.findall(r'(?:href|action)="(/[^"]*)"', html))
    assert len(seen) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_sites_of_a_kind_share_no_words_they_draw_from(kind: str) -> None:
    sites = [site(kind, split) for split in SPLITS]
    assert len({shown.name for shown in sites}) == len({shown.style for shown in sites}) == 3
    for name in kind_named(kind).records.drawn:
        drawn = [{record[name] for record in shown.records} for shown in sites]
        assert len(set.union(*drawn)) == sum(map(len, drawn)), name
    for name in kind_named(kind).words:
        words = [set(shown.words[name]) for shown in sites]
        assert len(set.union(*words)) == sum(map(len, words)), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_site_is_the_same_in_another_process(kind: str) -> None:
    program = "import sys; from environments.mind2web.sites import generated_site, pages; " + (
        "print(pages.page(generated_site.site(sys.argv[1], 'test'), '/list?page=2'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, kind], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == f"{page(site(kind, 'test'), '/list?page=2')}\n"


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_site_s_tasks_are_of_three_to_eight_steps(kind: str, split: str) -> None:
    tasks = scripts(site(kind, split), "http://127.0.0.1:1")
    assert {script.subdomain for script in tasks} == {kind}
    assert all(3 <= len(script.steps) <= 8 for script in tasks)
    assert len({script.confirmed_task for script in tasks}) == len(tasks) >= 4


@pytest.mark.parametrize("address", ["/item/9999", "/item/x", "/item/-1", "/item/1/2", "/list/²"])
def test_a_page_that_is_not_there_is_none(address: str) -> None:
    assert page(site("shop", "train"), address) is None


def test_a_search_shows_what_has_most_of_its_words_first() -> None:
    records = site("shop", "train").records
    found = listed(records, Asked(q=records[7]["title"]))
    assert found[0]["id"] == 7
    assert 1 < len(found) < len(records)
    priced = [record["price"] for record in listed(records, Asked(sort="-price", brand=records[7]["brand"]))]
    assert priced == sorted(priced, reverse=True)
    assert listed(records, Asked(q="no such thing")) == []


def test_too_few_words_are_told() -> None:
    made = Records(count=2, drawn={"title": ["a", "b", "c"]}, text={})
    with pytest.raises(UserError, match="the words give 1 titles, not 2; give more words, or a smaller count"):
        drawn_records(made, 0, Random(1))
