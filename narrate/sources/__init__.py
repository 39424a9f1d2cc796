"""An address, an id, a key or a local file -> Post; a forum's listings -> Candidates. The door of this room.

with Sources(contact="https://example.org/about") as sources:
    post = sources.fetch("https://www.lesswrong.com/posts/ID/its-title")
"""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from narrate.errors import PostElsewhere, SourceError, UnknownAddress
from narrate.guarded import is_public
from narrate.records import Author, Candidate, Post, PostKey, Series
from narrate.sources import takes_of_week
from narrate.sources.addresses import PostAddress, is_id, locate
from narrate.sources.files import SUFFIXES, read_post
from narrate.sources.forummagnum import ForumMagnum, utc_now
from narrate.sources.forums import FORUMS, Forum, forums
from narrate.sources.mapping import parse_candidate, parse_post
from narrate.sources.outside import OutsidePages
from narrate.sources.people import Person, parse_profile
from narrate.sources.transport import PoliteClient

__all__ = [
    "FORUMS",
    "Forum",
    "Person",
    "PostAddress",
    "Sources",
    "forums",
    "locate",
    "parse_candidate",
    "parse_post",
    "read_post",
]


#: Posts looked at in one request.
_KEYS_AT_ONCE = 100


class Sources:
    """Everything posts come from, behind one polite client. Use as a context manager, or call `close`.

    `lesswrong_url` points LessWrong's client elsewhere (see `forums`), `contact` goes into the User-Agent. A week's
    quick takes are those of `quick_take_karma` by authors who `may_read`. `outside_sites` are the hosts whose pages
    are read when a post links to them. `clock`, `sleep` and `now` are arguments so that tests need not wait,
    `is_visitable` so that they have a page to visit. Safe for threads.
    """

    def __init__(
        self,
        lesswrong_url: str | None = None,
        contact: str = "",
        *,
        known: Mapping[str, Forum] | None = None,
        quick_take_karma: int = 25,
        may_read: Callable[[Author], bool] = lambda author: True,
        outside_sites: Iterable[str] = (),
        is_visitable: Callable[[str], bool] = is_public,
        timeout_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.forums = dict(known) if known is not None else forums(lesswrong_url)
        self._http = PoliteClient(contact=contact, timeout_s=timeout_s, clock=clock, sleep=sleep)
        self._outside = OutsidePages(outside_sites, self._http.user_agent, is_visitable)
        if self._outside.sites:
            self.forums = {name: replace(forum, has_bare_links=True) for name, forum in self.forums.items()}
        self._now = now
        self._quick_take_karma, self._may_read = quick_take_karma, may_read
        self._clients = {name: ForumMagnum(forum, self._http, now) for name, forum in self.forums.items()}

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()
        self._outside.close()

    def in_haste(self) -> Sources:
        """These sources for somebody who waits at a web page: the same pace and connections, but one try only."""
        hasty = copy.copy(self)
        hasty._http = self._http.in_haste()
        hasty._clients = {name: ForumMagnum(forum, hasty._http, self._now) for name, forum in self.forums.items()}
        return hasty

    def fetch(self, text: str | PostKey) -> Post:
        """The post at a URL, bare id, key or path of a local file.

        A crosspost comes from, and has the key of, the forum that hosts its body. Never hand a stranger's text to this
        without `locate` first: it may name a file. Raises UnknownAddress, UnreadableFile or a SourceError.
        """
        if isinstance(text, str) and (path := self._local_file(text)):
            return self._outside.complete(read_post(path, self.forums.values(), self._now()))
        address = self._precise(self._locate(text))
        try:
            return self._fetch_at(address)
        except PostElsewhere as elsewhere:
            if elsewhere.url is None:
                raise
            return self._fetch_at(locate(elsewhere.url, self.forums.values()))

    def fetch_many(self, keys: Iterable[PostKey]) -> Iterator[tuple[PostKey, Post | SourceError]]:
        """The posts with these keys, many to a request; where one can't be had, the error that says why.

        Forum by forum, otherwise in the given order. Raises ForumUnavailable where a forum as a whole doesn't answer.
        """
        by_source: dict[str, list[PostKey]] = {}
        for key in dict.fromkeys(keys):
            by_source.setdefault(key.source, []).append(key)
        for source, members in by_source.items():
            ids = [key.post_id for key in members if is_id(key.post_id)]
            found = self._client(source).posts(ids) if ids else {}
            for key in members:
                yield key, self._settled(key, found.get(key.post_id))

    def resolve(self, text: str) -> PostKey:
        """The key of the post at a URL, bare id or key; asks the forum only for slugs, old numbers and comments.

        Never opens a file. A crosspost's key is known only from `candidate` or `fetch`. Raises UnknownAddress or a
        SourceError.
        """
        key = self._precise(self._locate(text)).key
        assert key is not None  # precise addresses name their post
        return key

    def candidate(self, text: str | PostKey) -> Candidate:
        """What the board shows of the post at a URL, bare id or key, its reason for refusal included. No body.

        A quick take is fetched whole for it. Raises UnknownAddress or a SourceError.
        """
        address = self._precise(self._locate(text))
        if address.kind in ("comment", "week"):
            return _candidate_of(self._fetch_at(address))
        return self._client(address.forum.source).candidate(address.value)

    def candidates(
        self,
        forum: str = "lesswrong",
        view: str = "new",
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int = 100,
        terms: Mapping[str, object] | None = None,
    ) -> Iterator[Candidate]:
        """At most `limit` posts of a forum's view (forum by name, as in `FORUMS`); see ForumMagnum.candidates."""
        return self._clients[forum].candidates(view, after=after, before=before, limit=limit, terms=terms)

    def person(self, text: str) -> Person:
        """Whose profile on LessWrong this address (or slug) is. Raises UnknownAddress or a SourceError."""
        return self._clients["lesswrong"].person(parse_profile(text, self.forums["lesswrong"]))

    def review_winners(self, forum: str = "lesswrong") -> Iterator[Candidate]:
        """The posts that won one of the forum's annual Reviews."""
        return self._clients[forum].review_winners()

    def candidates_by_key(self, keys: Iterable[PostKey]) -> Iterator[Candidate]:
        """What the board shows of these posts, many to a request; those that guests can't see are missing."""
        by_source: dict[str, list[str]] = {}
        for key in dict.fromkeys(keys):
            by_source.setdefault(key.source, []).append(key.post_id)
        for source, ids in by_source.items():
            for start in range(0, len(ids), _KEYS_AT_ONCE):
                yield from self._client(source).candidates_by_id(ids[start : start + _KEYS_AT_ONCE])

    def keys_in(self, text: str) -> tuple[PostKey, ...]:
        """The keys of a sequence's or a collection's posts, in reading order, by its address."""
        address = self._locate(text)
        client, source = self._client(address.forum.source), address.forum.source
        if address.kind == "sequence":
            return tuple(key for _, keys in client.series(address.value).chapters for key in keys)
        collection_id = address.forum.collection_id(address.value) if address.kind == "collection" else None
        if collection_id is None:
            raise UnknownAddress(f"{text!r} is one post, not a sequence: give an address such as .../s/ID")
        return tuple(PostKey(source, post_id) for post_id in client.ids_in_collection(collection_id))

    def series(self, text: str) -> Series:
        """The sequence at an address, its posts in reading order. Raises UnknownAddress or a SourceError."""
        address = self._locate(text)
        if address.kind != "sequence":
            raise UnknownAddress(f"{text!r} is no sequence: give an address such as .../s/ID")
        return self._client(address.forum.source).series(address.value)

    def _client(self, source: str) -> ForumMagnum:
        for name, forum in self.forums.items():
            if forum.source == source:
                return self._clients[name]
        raise UnknownAddress(f"{source!r} isn't a forum we know: posts from files must be given as files again")

    def _locate(self, text: str | PostKey) -> PostAddress:
        if isinstance(text, PostKey) and text.source not in {forum.source for forum in self.forums.values()}:
            self._client(text.source)
        return locate(str(text), self.forums.values())

    def _local_file(self, text: str) -> Path | None:
        """The path if this is meant as a file: one is there, or it has a file's ending or a path's beginning."""
        if not text.strip() or "://" in text or is_id(text.strip()) or "\0" in text:
            return None
        path = Path(text).expanduser()
        looks_like_one = path.suffix.lower() in SUFFIXES or text.startswith((".", "/", "~"))
        return path if looks_like_one or os.path.lexists(path) else None

    def _precise(self, address: PostAddress) -> PostAddress:
        """The address by id of one post or quick take, asking the forum where needed."""
        forum, client = address.forum, self._client(address.forum.source)
        if address.kind in ("sequence", "collection"):
            raise UnknownAddress(
                f"{address.value!r} on {forum.name} is a {address.kind} of posts: give one of its posts"
            )
        if address.kind == "slug":
            address = PostAddress(forum, "post", client.id_of_slug(address.value), address.comment_id)
        elif address.kind == "legacy":
            address = PostAddress(forum, "post", client.id_of_legacy(address.value), address.comment_id)
        if address.comment_id is None:
            return address
        if client.is_quick_takes(address.value):
            return PostAddress(forum, "comment", address.comment_id)
        return PostAddress(forum, "post", address.value)

    def _fetch_at(self, address: PostAddress) -> Post:
        client = self._client(address.forum.source)
        if address.kind == "comment":
            return client.quick_take(address.value)
        if address.kind == "week":
            starts_at = takes_of_week.starts_at(address.value)
            return takes_of_week.compose(
                address.value,
                client.quick_takes(starts_at, starts_at + timedelta(days=7)),
                address.forum,
                self._now(),
                min_karma=self._quick_take_karma,
                may_read=self._may_read,
            )
        return self._outside.complete(client.post(address.value))

    def _settled(self, key: PostKey, found: Post | SourceError | None) -> Post | SourceError:
        """What became of one key of a batch; quick takes and crossposts are asked for one by one."""
        try:
            if isinstance(found, Post):
                return self._outside.complete(found)
            if found is not None and not isinstance(found, PostElsewhere):
                return found
            return self.fetch(key)
        except SourceError as refused:
            return refused


def _candidate_of(post: Post) -> Candidate:
    """A quick take as the board shows it."""
    return Candidate(
        key=post.key,
        url=post.url,
        title=post.title,
        authors=post.authors,
        karma=post.karma or 0,
        posted_at=post.posted_at or post.fetched_at,
        kind=post.kind,
        word_count=len(post.html.split()),
        site=post.site,
    )
