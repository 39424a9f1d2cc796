"""At the start: what a dead owner left half done is put in order, before anything new is begun."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from narrate.home import Home
from narrate.store import jobs, machine
from narrate.store.sites import MAIN, list_sites, open_site, stale_sites
from narrate.work.sites import UNWRITTEN, Sites

log = structlog.get_logger()


def reconcile(home: Home, sites: Sites) -> None:
    """Put back claimed jobs, and bring sites up to date whose pages or feeds weren't written any more.

    Half-made files are dropped with the scratch folders of the dead; files that nothing names are `clean`'s.
    """
    with home.store.begin() as session:
        freed = jobs.release_claims(session)
        machine.forget_work(session)
        known = {site.name for site in list_sites(session)}
        if MAIN not in known:  # episodes are put on it by their rows, before it is first written
            open_site(session, MAIN, home.publishing.set_url(MAIN), home.settings.public_url, datetime.now(UTC))
        unwritten = stale_sites(session)
    if freed:
        log.info("put back what a dead worker held", jobs=freed)
    for name in unwritten:
        if name == MAIN or home.publishing.is_there(name):
            try:
                sites.write(name)
                log.info("wrote what a dead worker had left", site=name)
            except UNWRITTEN as error:
                sites.owes_main |= name == MAIN  # others are written with their next episode, or the next start
                log.error("a site is left as it stands", site=name, error=str(error))
