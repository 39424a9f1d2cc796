"""Which forums there are: data only. All run ForumMagnum, so a new one is an entry of FORUMS and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from narrate.errors import BadSetting

#: How a forum is asked: `posts(selector: {new: {...}})`, or the older `posts(input: {terms: {view: "new", ...}})`.
QueryForm = Literal["selector", "input"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forum:
    """One forum. `source` is the first half of its posts' keys, `name` is said aloud.

    `base_url` is where we ask and `public_url` where people read; neither ends in a slash. `hosts` are all hosts whose
    addresses mean this forum's posts, in lower case, with a port only where that port is part of the address.
    """

    source: str
    name: str
    base_url: str
    public_url: str
    hosts: tuple[str, ...]
    query_form: QueryForm = "selector"  # the form to try first; the client finds out when it's wrong
    alignment_only: bool = False  # listings are limited to posts that are on the Alignment Forum too
    legacy_path: str = "lw"  # old addresses are /lw/<base 36>/<slug>
    crossposts_with: str | None = None  # the source whose posts may be shown here with the body over there
    has_reviews: bool = False  # holds an annual Review of the year's posts
    collections: tuple[tuple[str, str], ...] = ()  # (path, id) of the books of sequences
    has_bare_links: bool = False  # a post that is only a link is a post too: its page is added later

    def collection_id(self, slug: str) -> str | None:
        """Id of the collection at /<slug>, None when there is none."""
        return dict(self.collections).get(slug)


LESSWRONG = Forum(
    source="lesswrong",
    name="LessWrong",
    base_url="https://www.lesswrong.com",
    public_url="https://www.lesswrong.com",
    hosts=(
        "www.lesswrong.com",
        "lesswrong.com",
        "www.alignmentforum.org",
        "alignmentforum.org",
        "www.greaterwrong.com",
        "greaterwrong.com",
    ),
    crossposts_with="eaforum",
    has_reviews=True,
    collections=(
        ("rationality", "oneQyj4pw77ynzwAF"),
        ("codex", "2izXHCrmJ684AnZ5X"),
        ("hpmor", "ywQvGBSojSQZTMpLh"),
        ("highlights", "62bf5f5dc581cd211cc67d49"),
    ),
)

#: The Alignment Forum is a window on LessWrong: same posts, same keys, fewer of them in a listing.
ALIGNMENT_FORUM = replace(LESSWRONG, alignment_only=True)

EA_FORUM = Forum(
    source="eaforum",
    name="EA Forum",
    base_url="https://forum.effectivealtruism.org",
    public_url="https://forum.effectivealtruism.org",
    hosts=("forum.effectivealtruism.org", "ea.greaterwrong.com"),
    query_form="input",
    legacy_path="ea",
    crossposts_with="lesswrong",
)

#: By name, as a setting or a command gives it.
FORUMS: dict[str, Forum] = {"lesswrong": LESSWRONG, "alignmentforum": ALIGNMENT_FORUM, "eaforum": EA_FORUM}


def forums(lesswrong_url: str | None = None) -> dict[str, Forum]:
    """The forums by name, LessWrong's client pointed at `lesswrong_url` where that is given.

    That address (scheme, host and port) is then LessWrong's too, loopback included; there is no other way to one.
    Raises BadSetting when it isn't a bare http(s) address.
    """
    if not lesswrong_url:
        return dict(FORUMS)
    base_url, host = _checked(lesswrong_url)
    return {
        name: replace(forum, base_url=base_url, hosts=(*forum.hosts, host)) if forum.source == "lesswrong" else forum
        for name, forum in FORUMS.items()
    }


def _checked(url: str) -> tuple[str, str]:
    """(base URL without a slash at the end, host with port)."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme not in ("http", "https") or not host or not bare:
        raise BadSetting(
            f"NARRATE_LESSWRONG_URL is {url!r}, which isn't the address of a forum; give scheme and host only, "
            "such as http://127.0.0.1:8001"
        )
    netloc = f"[{host}]" if ":" in host else host
    netloc = netloc if port is None else f"{netloc}:{port}"
    return f"{parts.scheme}://{netloc}", netloc
