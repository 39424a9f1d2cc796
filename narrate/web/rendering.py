"""A template and its values -> a page for whoever is signed in."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from narrate import pages
from narrate.web.security import csrf_token, current_member
from narrate.web.service import service


def show(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for whoever is signed in, never kept by caches. Every template gets `member`, `csrf`, `root`, `now`."""
    at = service(request)
    html = pages.render(
        template,
        root="/",
        show_title=at.settings.show_title,
        public_url=at.settings.public_url,
        member=current_member(request),
        csrf=csrf_token(request),
        now=at.now(),
        **values,
    )
    return HTMLResponse(html, status, {"Cache-Control": "private, no-store", "Vary": "Cookie"})
