"""Post -> Script: html to blocks, blocks to utterances under their chapters, and the lines said around them.

blocks.read -> announce, mark chapters, place notes -> utterances.split -> paced and numbered -> Script
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from narrate.errors import PostEmpty
from narrate.records import Chapter, Post, Script
from narrate.script import (
    blocks,
    chapters,
    dialogues,
    figures,
    flow,
    frame,
    furniture,
    handmade,
    listings,
    notes,
    quotes,
    references,
    transcripts,
)
from narrate.script.draft import Draft, voice_roles
from narrate.script.lexicon import shipped
from narrate.script.parts import Block, Left, Line, Place, Start, cue, nothing
from narrate.script.pronounce import Pronouncer
from narrate.script.visible import tidy

#: Changes when the reading rules change; part of every script, so that an old one can be told.
SCRIPT_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOptions:
    """What a listener or an operator may choose."""

    footnotes: notes.Setting = "after"
    glossary: bool = False  # a closing chapter of the post's own approved terms
    comments_from_karma: int | None = None  # a closing chapter of the comments with so much karma; None for none
    pronouncer: Pronouncer | None = None  # an operator's lexicon; None is the package's own


DEFAULT = ScriptOptions()


def write(post: Post, options: ScriptOptions = DEFAULT) -> Script:
    """What will be said of `post`, and everything that won't be. Raises PostEmpty when there is nothing to say."""
    voiced = options.pronouncer or _shipped_pronouncer()
    draft = Draft(Start(title=chapters.cut_title(post.title) or "Untitled", anchor=None, level=1), voiced)
    draft.say(Block(kind="cue", line=Line(written=frame.opening(post)), place=Place(role="aside")), None)
    for i, block in enumerate(_blocks(post, options)):
        draft.say(block, i)
    if draft.is_empty:
        raise PostEmpty(f"{post.url or post.title}: the post has no text and no pictures; there is nothing to narrate")
    if post.link_url and post.linked_page is None:
        left = Left(what="linked page", text="", why="of the page this post links to, only what stands here is read",
                    href=post.link_url)  # fmt: skip
        draft.say(nothing(left), None)
    closing = frame.closing(omission.what for omission in draft.omissions)
    if closing:
        draft.say(Block(kind="cue", line=Line(written=closing), place=Place(role="aside")), None)
    done = draft.chapters()
    return Script(
        key=post.key,
        title=tidy(post.title),
        authors=tuple(author.name for author in post.authors),
        source_url=post.url,
        posted_at=post.posted_at,
        revision=post.revision,
        text_sha256=hashlib.sha256(post.html.encode("utf-8", "surrogatepass")).hexdigest(),
        script_version=SCRIPT_VERSION,
        voice_roles=voice_roles(u for chapter in done for u in chapter.utterances),
        chapters=done,
        omissions=tuple(draft.omissions),
        figures=tuple(draft.figures),
        note_ranges=draft.note_ranges(),
        inline_notes=tuple(draft.inline_notes),
        unknown_words=_unknown_words(done, voiced),
    )


@lru_cache(maxsize=1)
def _shipped_pronouncer() -> Pronouncer:
    return Pronouncer(shipped())


def _blocks(post: Post, options: ScriptOptions) -> list[Block]:
    """Everything of a post that is said or left out, in order."""
    html = post.html
    if post.kind == "debate":
        html += dialogues.from_comments(post.comments)
    out = _arranged(chapters.mark(_announced(blocks.read(html))), options)
    if post.kind == "question":
        for answer in post.comments:
            out += _chapter(f"Answer by {tidy(answer.author.name)}", answer.comment_id)
            out += _arranged(_announced(blocks.read(answer.html, Place(is_heading_free=True))), options)
    out += _linked_page(post, options)
    if post.kind not in ("question", "debate"):
        out += _comments(post, options)
    return out + (_glossary(post, options) if options.glossary else [])


def _chapter(title: str, anchor: str | None) -> list[Block]:
    """The heading of a chapter that isn't in the post's own text."""
    start = Start(title=chapters.cut_title(title), anchor=anchor, level=1)
    return [Block(kind="heading", line=Line(written=title), start=start)]


def _linked_page(post: Post, options: ScriptOptions) -> list[Block]:
    """The chapters of the page that a link-post points to; or the word that its text couldn't be taken."""
    page = post.linked_page
    if page is None:
        return []
    if not page.html:
        missing = Left(what="linked page", text="", why=page.why, href=page.url)
        return [
            cue(f"This post links to a page on {page.site}, whose text could not be taken.", Place()),
            nothing(missing),
        ]
    by = f", by {' and '.join(tidy(name) for name in page.authors[:2])}" if page.authors else ""
    whole = "The abstract of the page" if page.is_abstract else "The page"
    out = _chapter(f"Linked page: {tidy(page.title) or page.site}", None)
    out.append(cue(f"{whole} that this post links to, from {page.site}{by}.", Place()))
    for block in chapters.mark(_announced(blocks.read(page.html))):
        start = block.start and replace(block.start, anchor=None, level=block.start.level + 1)
        out += [replace(block, start=start)]
    return out[:2] + _arranged(out[2:], options)


def _comments(post: Post, options: ScriptOptions) -> list[Block]:
    """The closing chapter of the best comments, each in its author's voice after its author's name."""
    least = options.comments_from_karma
    chosen = [c for c in post.comments if least is not None and c.karma >= least]
    out = _chapter("Comments", "comments") if chosen else []
    for comment in chosen:
        place = Place(is_heading_free=True, speaker=tidy(comment.author.name) or None)
        out.append(dialogues.turn(f"{tidy(comment.author.name)} comments", place))
        out += _arranged(_announced(blocks.read(comment.html, place)), options)
    return out


def _glossary(post: Post, options: ScriptOptions) -> list[Block]:
    """The closing chapter of the post's own terms. Nothing is explained that the post doesn't explain."""
    out = _chapter("Glossary", None) if post.glossary else []
    for term in post.glossary:
        out.append(Block(kind="heading", line=Line(written=tidy(term.term))))
        out += _arranged(_announced(blocks.read(term.html, Place(is_heading_free=True))), options)
    return out


def _announced(found: list[Block]) -> list[Block]:
    """The blocks of one text with what surrounds it set apart and its bounds announced."""
    found = transcripts.assign(references.sift(furniture.sift(handmade.adopt(found))))
    found = listings.brief(found)
    return flow.mark(quotes.announce(figures.count_runs(dialogues.name_changes(found))))


def _arranged(found: list[Block], options: ScriptOptions) -> list[Block]:
    return notes.place(found, options.footnotes)


def _unknown_words(written: Iterable[Chapter], pronouncer: Pronouncer) -> tuple[str, ...]:
    """The words of a script that no lexicon knows, each once, in order."""
    found = (pronouncer.unknown_words(u.spoken) for chapter in written for u in chapter.utterances)
    return tuple(dict.fromkeys(word for words in found for word in words))
