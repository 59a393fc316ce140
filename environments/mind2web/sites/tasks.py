"""The tasks of a site, as scripts of the recorder: `scripts/KIND.txt`, a template of TOML, written for one site."""

from __future__ import annotations

import tomllib
from pathlib import Path

from environments.mind2web.recorder.script import Script, checked
from environments.mind2web.sites.generated_site import Site
from environments.mind2web.sites.pages import templates


def scripts(site: Site, address: str) -> list[Script]:
    """The site's tasks, where it is served at `address`."""
    name = f"{site.kind}.txt"
    written = templates().get_template(name).render(site=site, records=site.records, words=site.words, style=site.style)
    about = {"website": site.name, "domain": site.domain, "subdomain": site.kind}
    return [
        checked({**about, **task, "url": f"{address}{task.get('url', '/')}"}, f"{name}, task {number}", Path())
        for number, task in enumerate(tomllib.loads(written)["tasks"])
    ]
