"""The shop as a web application: the pages of the original for people and agents, and two addresses for whoever hosts
sessions.

    GET  /{session}/               search            GET, POST /{session}/search     the first hits
    GET  /{session}/results        ten of the hits   GET  /{session}/item            a product and its options
    GET  /{session}/description …  /features /reviews /attributes                    POST /{session}/buy → done
    GET  /{session}/done           the reward        GET  /                          a new session, where allowed
    POST /sessions, DELETE /sessions/{session}       with the shop's token           GET  /health

A session's id is its only key: 144 random bits. Everything that is shown is escaped; no page loads anything from
elsewhere.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl
from zlib import crc32

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from environments.webshop.judge import score
from environments.webshop.payload import Goal, Payload
from environments.webshop.products.product import Product
from environments.webshop.products.product_catalogue import Catalogue
from environments.webshop.shop.addresses import SUB_PAGES, Place, read_options
from environments.webshop.shop.sessions import Purchase, Visit, Visits

HERE = Path(__file__).parent
PER_PAGE = 10
LARGE = 50_000
"""Products from which on a search is worth a thread: among a million, one for frequent words takes a tenth of a
second.
"""
TINTS = 8
"""Backgrounds that stand for a product's picture."""
LIMIT_BODY_BYTES = 1 << 20
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Offer(NamedTuple):
    """What a shop is opened with. `goals` makes a goal for somebody who comes to `/`; None keeps that door closed."""

    catalogue: Catalogue
    token: str
    noun_model: str
    show_attributes: bool = False
    max_sessions: int = 1024
    session_ttl_s: float = 3600.0
    goals: Callable[[], Goal] | None = None


class Refusal(Exception):
    """An answer that is no page of the shop."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Shop:
    """The pages over one catalogue."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self.visits = Visits(offer.max_sessions, offer.session_ttl_s)
        self.sub_pages = SUB_PAGES if offer.show_attributes else SUB_PAGES[:-1]
        self._large = len(offer.catalogue) > LARGE
        self._judging = asyncio.Lock()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters["fields"] = lambda address: parse_qsl(address.partition("?")[2], keep_blank_values=True)
        self._templates.filters["tint"] = lambda asin: crc32(asin.encode("utf-8", "replace")) % TINTS

    def _page(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(values), headers=HEADERS)

    async def refuse(self, request: Request, refusal: Exception) -> Response:
        """The page that says what was wrong."""
        assert isinstance(refusal, Refusal)
        page = self._page("refusal.html", refusal=refusal)
        page.status_code = refusal.code
        return page

    def _visit(self, request: Request) -> Visit:
        visit = self.visits.get(request.path_params["session"])
        if visit is None:
            raise Refusal(404, "This session is unknown, or was forgotten.")
        return visit

    def _place(self, request: Request, visit: Visit) -> Place:
        query = request.query_params
        try:
            place = Place(
                int(query["s"]), int(query["page"]), query.get("asin", ""), read_options(query.get("options", ""))
            )
        except (KeyError, ValueError):
            raise Refusal(400, "This address is incomplete.") from None
        if not 0 <= place.search < len(visit.searches) or not 1 <= place.page <= 1000:
            raise Refusal(404, "There is no such search in this session.")
        return place

    def _product(self, place: Place) -> Product:
        product = self._offer.catalogue.product(place.asin)
        if product is None:
            raise Refusal(404, "There is no such product.")
        if any(value not in product.options.get(name, ()) for name, value in place.options.items()):
            raise Refusal(400, "This product has no such option.")
        return product

    async def index(self, request: Request) -> Response:
        """The search page."""
        return self._page("index.html", visit=self._visit(request))

    async def search(self, request: Request) -> Response:
        """Remembers what is searched for and shows its results. A person's browser sends it in the address, an agent's
        as a form, for an agent's queries can be of any length."""
        visit = self._visit(request)
        query = request.url.query if request.method == "GET" else (await _body(request)).decode("utf-8", "replace")
        number = visit.remember_search(parse_qs(query, keep_blank_values=True).get("q", [""])[0])
        if number is None:
            raise Refusal(429, "There were too many searches in this session.")
        return await self._results(visit, Place(number))

    async def results(self, request: Request) -> Response:
        """Ten of the hits. As in the original every page leads to a next one, be it empty."""
        visit = self._visit(request)
        return await self._results(visit, self._place(request, visit))

    async def _results(self, visit: Visit, place: Place) -> Response:
        text = visit.searches[place.search]
        search = self._offer.catalogue.search
        hits = await asyncio.to_thread(search, text) if self._large else search(text)
        shown = self._offer.catalogue.listed(hits[(place.page - 1) * PER_PAGE : place.page * PER_PAGE])
        return self._page("results.html", visit=visit, place=place, products=shown, total=len(hits))

    async def item(self, request: Request) -> Response:
        """A product with its options."""
        visit = self._visit(request)
        place = self._place(request, visit)
        product = self._product(place)
        visit.remember_product(product.asin)
        return self._page("item.html", visit=visit, place=place, product=product, titles=self.sub_pages)

    def sub_page(self, title: str) -> Callable[[Request], Awaitable[Response]]:
        """The handler of one of the pages behind a product's."""

        async def show(request: Request) -> Response:
            visit = self._visit(request)
            place = self._place(request, visit)
            return self._page("details.html", visit=visit, place=place, product=self._product(place), title=title)

        return show

    async def buy(self, request: Request) -> Response:
        """Scores the first purchase of a session; a second one changes nothing."""
        visit = self._visit(request)
        place = self._place(request, visit)
        product = self._product(place)
        async with self._judging:  # a thread, for spaCy takes its time, and one at a time, for it takes a processor
            if visit.purchase is None:
                found = await asyncio.to_thread(score, product, dict(place.options), visit.goal, self._offer.noun_model)
                visit.purchase = Purchase(product.asin, dict(place.options), found)
        return RedirectResponse("done", 303, HEADERS)

    async def done(self, request: Request) -> Response:
        """What was bought and what it is worth."""
        visit = self._visit(request)
        if visit.purchase is None:
            raise Refusal(404, "Nothing was bought yet.")
        bought = self._offer.catalogue.product(visit.purchase.asin)
        return self._page(
            "done.html", visit=visit, purchase=visit.purchase, product=bought, outcome=_outcome(visit.purchase)
        )

    async def enter(self, request: Request) -> Response:
        """A new session for a person."""
        if self._offer.goals is None:
            raise Refusal(404, "This shop gives out sessions to its host only.")
        visit = self.visits.start(await asyncio.to_thread(self._offer.goals))
        if visit is None:
            raise Refusal(503, "All sessions of this shop are taken.")
        return RedirectResponse(f"/{visit.id}/", 303, HEADERS)

    async def open_session(self, request: Request) -> Response:
        """A new session for a payload: `{"session": id}`."""
        self._authorise(request)
        try:
            payload = msgspec.json.decode(await _body(request), type=Payload)
        except msgspec.DecodeError as error:
            return JSONResponse({"error": f"no shopping task: {error}"}, 422)
        catalogue = self._offer.catalogue
        if payload.catalogue != catalogue.name:
            return JSONResponse(
                {"error": f"it is made for catalogue '{payload.catalogue}', this shop has '{catalogue.name}'"}, 422
            )
        if catalogue.product(payload.goal.asin) is None:
            return JSONResponse(
                {"error": f"its product '{payload.goal.asin}' is not in catalogue '{catalogue.name}'"}, 422
            )
        visit = self.visits.start(payload.goal)
        if visit is None:
            return JSONResponse({"error": f"all {self._offer.max_sessions} sessions of the shop are taken"}, 503)
        return JSONResponse({"session": visit.id}, 201)

    async def end_session(self, request: Request) -> Response:
        """Forgets a session."""
        self._authorise(request)
        self.visits.end(request.path_params["session"])
        return Response(status_code=204)

    async def health(self, request: Request) -> Response:
        """That it is open, and with which catalogue."""
        self._authorise(request)
        return JSONResponse({"catalogue": self._offer.catalogue.name, "sessions": len(self.visits)})

    def _authorise(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {self._offer.token}".encode()):
            raise Refusal(401, "The shop's token is needed here.")


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LIMIT_BODY_BYTES:
            raise Refusal(413, "That is too much at once.")
        parts.append(part)
    return b"".join(parts)


def _outcome(purchase: Purchase) -> dict[str, object]:
    bought = {"asin": purchase.asin, "options": purchase.options}
    return {"reward": purchase.score.reward, "bought": bought, "parts": purchase.score.parts()}


def create_app(offer: Offer) -> FastAPI:
    """The application."""
    shop = Shop(offer)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(Refusal, shop.refuse)
    pages = [
        ("/", shop.enter, "GET"),
        ("/health", shop.health, "GET"),
        ("/sessions", shop.open_session, "POST"),
        ("/sessions/{session}", shop.end_session, "DELETE"),
        ("/{session}/", shop.index, "GET"),
        ("/{session}/search", shop.search, "GET"),
        ("/{session}/search", shop.search, "POST"),
        ("/{session}/results", shop.results, "GET"),
        ("/{session}/item", shop.item, "GET"),
        ("/{session}/buy", shop.buy, "POST"),
        ("/{session}/done", shop.done, "GET"),
        *((f"/{{session}}/{title.lower()}", shop.sub_page(title), "GET") for title in shop.sub_pages),
    ]
    # Starlette's routes: FastAPI's own read a handler's parameters from the request, and here each reads what it needs.
    app.router.routes.extend(Route(path, handler, methods=[method]) for path, handler, method in pages)
    return app
