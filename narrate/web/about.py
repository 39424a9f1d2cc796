"""/about: who runs this, what is read and what isn't, what it costs, and what is stored about whom."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from narrate.settings import split_names
from narrate.web.rendering import show
from narrate.web.service import service

router = APIRouter(include_in_schema=False)


@router.api_route("/about", methods=["GET", "HEAD"])
def about(request: Request) -> Response:
    at = service(request)
    return show(
        request,
        "about.html",
        here="about",
        settings=at.settings,
        books=[_TITLES.get(name, name) for name in split_names(at.settings.find_excluded_collections)],
    )


#: Books on LessWrong by their addresses.
_TITLES = {
    "rationality": "the Sequences (Rationality: From AI to Zombies)",
    "hpmor": "Harry Potter and the Methods of Rationality",
    "codex": "the Codex",
}
