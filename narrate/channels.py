"""Which feeds there are, which episodes belong to each, in what order and under which date. Pure.

A feed's name is the end of its address, `/feeds/<name>.xml`, for ever; the main feed's is `main`, at `/feed.xml`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar

from narrate.choose import Lane
from narrate.records import PostKind

MAIN = "main"
#: Karma from which on there is a feed: the cut-offs that LessWrong's own text feeds have.
KARMA_FLOORS = (30, 45, 75, 125)
#: So many episodes, and so many bytes of them, are in a feed's own file; phones fetch it whole.
NEWEST = 300
MAX_FEED_BYTES = 2_400_000
_DATE_BYTES = 200  # what a date and a number add to an item
#: Fewer episodes make no new feed for a tag.
LEAST_OF_A_TAG = 3
#: The feeds of everything, which name one another and are named by all others.
FAMILY = (MAIN, "curated", *(f"karma-{floor}" for floor in KARMA_FLOORS), "lane-recent", "lane-classics")

#: What a feed is a choice by; the page of all feeds shows them under these heads.
Group = Literal["all", "lane", "forum", "karma", "review", "sequence", "tag", "author"]
_FORUMS = {"lesswrong": "LessWrong", "alignmentforum": "the Alignment Forum", "eaforum": "the EA Forum"}
_WORDS = re.compile(r"[a-z0-9]+")
_BESIDE_WORDS = re.compile(r"[a-z0-9 \-_&',./()’]+")
_PLAIN_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_MAX_SLUG_CHARS = 80
_K = TypeVar("_K")
_V = TypeVar("_V")


class Place(NamedTuple):
    """A post's place in a sequence. `number` counts its posts from 1; None where the forum doesn't tell."""

    series: str  # lesswrong:sequence-<id>
    title: str
    number: int | None
    chapter: int  # from 1
    chapter_title: str  # "" for most


@dataclass(slots=True, kw_only=True)
class Shelved:
    """What decides in which feeds an episode is; its rendered item lies beside it, under the same key.

    `stamp` changes with whatever is shown of it.
    """

    key: str
    stamp: str
    title: str
    authors: tuple[tuple[str, str], ...]  # (slug, name); the slug is "" for nobody in particular
    tags: tuple[str, ...]
    forums: tuple[str, ...]  # as the settings name them; none for files
    kind: PostKind
    minutes: float
    lane: Lane
    karma: int | None
    is_curated: bool
    review_year: int | None  # of the Review it was nominated in, or won
    won_review: bool
    is_backfilled: bool  # nobody but the operator's look through the archive asked for it
    posted_at: datetime | None
    ready_at: datetime
    released_at: datetime | None
    made_at: datetime  # of this version
    n_bytes: int  # of its rendered item
    editions: tuple[str, ...] = ()  # other assemblies of it there are: "nofn", "fnafter"
    places: tuple[Place, ...] = ()


class Placed(NamedTuple):
    """An episode in a feed. `mark` says all that a feed shows of it: two with the same are the same bytes."""

    key: str
    mark: str
    at: datetime
    made_at: datetime
    n_bytes: int
    season: int | None = None
    season_name: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A feed: what it is called and what is in it, newest first; a serial one in its reading order."""

    name: str
    title: str  # what stands behind the show's own, "" for the main feed
    description: str
    group: Group
    placed: Sequence[Placed]
    is_serial: bool = False


#: An episode, and how feeds that date it by when it could first be heard hold it.
_Heard = tuple[Shelved, Placed]


def all_listings(shelf: Iterable[Shelved], published: Collection[str] = ()) -> list[Listing]:
    """Every feed that these episodes make, the main one first. The same episodes make the same feeds.

    A tag's feed that was `published` once (by name) takes what there is, however few.
    """
    episodes = sorted(shelf, key=lambda e: e.key)
    heard = _heard(episodes)
    return [
        *_main_and_lanes([e for e in episodes if e.released_at]),
        *_karma_and_curated(heard),
        *_forums(heard),
        *_reviews(episodes),
        *_sequences(episodes),
        *_tags(heard, published),
        *_authors(heard),
    ]


def ready_order(episodes: Iterable[Shelved]) -> list[Placed]:
    """These episodes as feeds by tag, author and taste date them: newest first."""
    return [placed for _, placed in _heard(episodes)]


def feed_path(name: str, page: int = 0) -> str:
    """Where a feed lies on a site; `page` counts its archive from the oldest, from 1."""
    if page:
        return f"feeds/{name}/{page}.xml"
    return "feed.xml" if name == MAIN else f"feeds/{name}.xml"


def parted(listing: Listing) -> list[Sequence[Placed]]:
    """What a feed's own file holds, then its archive's pages (RFC 5005), the oldest first.

    The file holds the newest episodes, as many as apps fetch gladly. Pages are cut from the old end, so that a new
    episode changes none of them; the newest page may hold some that the file has, too. A serial is one file.
    """
    placed = listing.placed
    if listing.is_serial:
        return [placed]
    n_shown, n_bytes = 0, 0
    for one in placed[:NEWEST]:
        n_bytes += one.n_bytes + _DATE_BYTES
        if n_bytes > MAX_FEED_BYTES and n_shown:
            break
        n_shown += 1
    n_pages = -(-(len(placed) - n_shown) // NEWEST)
    ends = (len(placed) - page * NEWEST for page in range(n_pages))
    return [placed[:n_shown], *(placed[max(0, end - NEWEST) : end] for end in ends)]


@lru_cache(maxsize=100_000)
def tag_name(tag: str) -> str:
    """The name of a tag's feed. Capitals and the signs between words make no other tag, "C++" and "C#" are two.

    >>> tag_name("AI Safety"), tag_name("ai-safety"), tag_name("C++") == tag_name("C#")
    ('tag-ai-safety', 'tag-ai-safety', False)
    """
    folded = unicodedata.normalize("NFKC", tag).casefold()
    return f"tag-{_slug(folded, whole=not _BESIDE_WORDS.sub('', folded))}"


def author_name(slug: str) -> str:
    """The name of an author's feed, by their address on our site.

    >>> author_name("ben-pace"), author_name("a_b") == author_name("a-b")
    ('author-ben-pace', False)
    """
    return f"author-{slug if _PLAIN_SLUG.fullmatch(slug) else _slug(slug, whole=False)}"


def _slug(text: str, *, whole: bool) -> str:
    """Lower-case ASCII words with hyphens between; with a digest of the text where they don't say the `whole`."""
    words = "-".join(_WORDS.findall(text))
    if whole and 0 < len(words) <= _MAX_SLUG_CHARS:
        return words
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{words[:_MAX_SLUG_CHARS].strip('-')}-{digest}".lstrip("-")


def _main_and_lanes(released: Sequence[Shelved]) -> Iterator[Listing]:
    placed = _by(_when_released, released)
    yield Listing(name=MAIN, title="", description="", group="all", placed=placed)
    lane_of = {e.key: e.lane for e in released}
    lanes: tuple[tuple[Lane, str, str, str], ...] = (
        ("recent", "lane-recent", "recent posts", "Only recent posts, as members vote for them."),
        ("classic", "lane-classics", "classics", "Only classics: posts that were a year old or more."),
    )
    for lane, name, title, description in lanes:
        if those := [p for p in placed if lane_of[p.key] == lane]:
            yield Listing(name=name, title=title, description=description, group="lane", placed=those)


def _karma_and_curated(heard: Sequence[_Heard]) -> Iterator[Listing]:
    if curated := [p for e, p in heard if e.is_curated]:
        said = "Only what the forum’s moderators curated."
        yield Listing(name="curated", title="curated", description=said, group="karma", placed=curated)
    for floor in KARMA_FLOORS:
        if placed := [p for e, p in heard if e.karma is not None and e.karma >= floor]:
            said = f"Only posts with a karma of {floor} and more."
            title = f"karma {floor} and more"
            yield Listing(name=f"karma-{floor}", title=title, description=said, group="karma", placed=placed)


def _forums(heard: Sequence[_Heard]) -> Iterator[Listing]:
    for forum, placed in sorted(_grouped((forum, p) for e, p in heard for forum in e.forums).items()):
        site = _FORUMS.get(forum, forum)
        said = f"Only posts from {site}."
        yield Listing(name=f"forum-{forum}", title=f"from {site}", description=said, group="forum", placed=placed)


def _reviews(episodes: Sequence[Shelved]) -> Iterator[Listing]:
    """A Review year: its winners are the first season, who else was nominated the second."""
    years = _grouped((e.review_year, e) for e in episodes if e.review_year is not None)
    for year, those in sorted(years.items(), reverse=True):
        seasons = {True: (1, f"Best of {year}"), False: (2, f"Nominated in the Review of {year}")}
        won = {e.key: e.won_review for e in those}
        at = {e.key: e for e in those}
        placed = [_placed(at[p.key], p.at, *seasons[won[p.key]]) for p in _by(_when_posted, those)]
        said = f"Posts of {year} that the annual Review chose, and those it nominated, each as a season."
        title = f"the Review of {year}"
        yield Listing(name=f"review-{year}", title=title, description=said, group="review", placed=placed)


def _sequences(episodes: Sequence[Shelved]) -> Iterator[Listing]:
    series = _grouped((place.series, (place, e)) for e in episodes for place in e.places)
    for key, those in sorted(series.items()):
        title = those[0][0].title
        placed = list(_in_reading_order(those))
        source, _, post_id = key.partition(":")
        name = post_id if source == "lesswrong" else post_id.replace("sequence-", f"sequence-{source}-", 1)
        said = f"The posts of the sequence “{title}”, in its reading order."
        yield Listing(name=name, title=title, description=said, group="sequence", placed=placed, is_serial=True)


def _in_reading_order(those: Sequence[tuple[Place, Shelved]]) -> Iterator[Placed]:
    """A chapter is a season. Posts whose place isn't known come last, as they were published."""
    known = sorted((t for t in those if t[0].number is not None), key=lambda t: (t[0].number or 0, t[1].key))
    others = sorted((t for t in those if t[0].number is None), key=lambda t: (_when_posted(t[1]), t[1].key))
    last = known[-1][0].number if known else 0
    for offset, (place, episode) in enumerate([*known, *others], 1):
        number = place.number or (last or 0) + offset - len(known)
        name = place.chapter_title or place.title
        yield _placed(episode, _when_posted(episode), place.chapter, name, number)


def _tags(heard: Sequence[_Heard], published: Collection[str]) -> Iterator[Listing]:
    tags = _grouped((tag_name(tag), (tag, p)) for e, p in heard for tag in dict.fromkeys(e.tags))
    for name, those in sorted(tags.items()):
        placed = list({p.key: p for _, p in those}.values())  # one episode may spell a tag in two ways
        if len(placed) >= LEAST_OF_A_TAG or name in published:
            tag = min(tag for tag, _ in those)
            said = f"Only posts with the tag “{tag}”."
            yield Listing(name=name, title=tag, description=said, group="tag", placed=placed)


def _authors(heard: Sequence[_Heard]) -> Iterator[Listing]:
    authors = _grouped((slug, (name, p)) for e, p in heard for slug, name in dict(e.authors).items() if slug)
    for slug, those in sorted(authors.items()):
        author = those[0][0]  # as the newest post spells it
        placed = [p for _, p in those]
        said = f"Only posts by {author}."
        yield Listing(name=author_name(slug), title=f"by {author}", description=said, group="author", placed=placed)


def _when_released(episode: Shelved) -> datetime:
    return episode.released_at or episode.ready_at


def _when_posted(episode: Shelved) -> datetime:
    """Never later than it could be heard, whatever a forum's clock says: apps hide what is dated in the future."""
    return min(episode.posted_at or episode.ready_at, episode.ready_at)


def _when_heard(episode: Shelved) -> datetime:
    return _when_posted(episode) if episode.is_backfilled else episode.ready_at


def _heard(episodes: Iterable[Shelved]) -> list[_Heard]:
    """Made once and shared by all feeds of this kind: a library of thousands is in dozens of feeds each."""
    both = [(e, _placed(e, _when_heard(e))) for e in episodes]
    both.sort(key=lambda pair: (pair[1].at, pair[1].key), reverse=True)
    return both


def _by(when: Callable[[Shelved], datetime], episodes: Iterable[Shelved]) -> list[Placed]:
    placed = [_placed(e, when(e)) for e in episodes]
    placed.sort(key=lambda p: (p.at, p.key), reverse=True)
    return placed


def _placed(
    episode: Shelved, at: datetime, season: int | None = None, season_name: str = "", number: int | None = None
) -> Placed:
    mark = f"{episode.stamp} {at.isoformat()}"
    if season is not None:
        mark = f"{mark} {season} {season_name!r} {number}"
    return Placed(episode.key, mark, at, episode.made_at, episode.n_bytes, season, season_name, number)


def _grouped(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, list[_V]]:
    groups: dict[_K, list[_V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
