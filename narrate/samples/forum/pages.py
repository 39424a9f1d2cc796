"""Posts -> what a forum serves besides GraphQL: robots.txt, the RSS feed, a post's page. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from narrate.samples.forum.access import refusal_of_post
from narrate.samples.forum.data import Fields, ForumData, Rules
from narrate.samples.forum.views import parse_date, selected

_N_FEED_ITEMS = 10
_KARMA_STEPS = ((16, 2), (37, 30), (60, 45), (100, 75), (162, 125))  # (below this, that threshold), else 200
_VIEW_DATES = {"frontpageRss": "frontpageDate", "curatedRss": "curatedDate", "curated": "curatedDate"}


def robots(rules: Rules) -> str:
    """robots.txt, with a Crawl-Delay where the forum asks for one."""
    delay = [] if rules.crawl_delay_s is None else [f"Crawl-Delay: {rules.crawl_delay_s:g}"]
    paths = "/allPosts* /out?* /graphiql /debug /admin /compare /emailToken /*?commentId=* /users/*/replies /moderation"
    return "\n".join(
        [
            "User-agent: *",
            *(f"Disallow: {path}" for path in paths.split()),
            *delay,
            "",
            "User-agent: SemrushBot",
            "Disallow: /",
            "",
        ]
    )


def feed(data: ForumData, query: Mapping[str, str]) -> str:
    """RSS 2.0 of ten posts; parameters are a view (dashes allowed) and its terms."""
    terms: dict[str, Any] = {name: value for name, value in query.items() if name != "view"}
    view = re.sub(r"-(\w)", lambda dash: dash[1].upper(), query.get("view", "rss"))
    threshold = 0
    if "karmaThreshold" in terms:
        karma = int(terms["karmaThreshold"])
        threshold = next((step for below, step in _KARMA_STEPS if karma < below), 200)
        terms["karmaThreshold"] = threshold
    if "filterSettings" in terms:
        terms["filterSettings"] = json.loads(terms["filterSettings"])
    posts = selected(data.posts.values(), view, terms, af_only=data.rules.alignment_forum)[:_N_FEED_ITEMS]
    items = "".join(_item(dict(post), view, threshold, data) for post in posts if not refusal_of_post(post))
    site = escape(data.rules.site_url)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" '
        f'version="2.0"><channel><title><![CDATA[{data.rules.name}]]></title><link>{site}</link>'
        "<generator>RSS for Node</generator>"
        f'<atom:link href="{site}/feed.xml" rel="self" type="application/rss+xml"/>{items}</channel></rss>'
    )


def _item(post: Fields, view: str, threshold: int, data: ForumData) -> str:
    url = page_url(post, data.rules)
    shown_at = parse_date(post.get(_VIEW_DATES.get(view, "postedAt")) or post["postedAt"])
    crossed_at = parse_date(post.get(f"scoreExceeded{threshold}Date") or post["postedAt"])
    html = ((post["contents"] or {}).get("html") or "").replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<item><title><![CDATA[{post['title']}]]></title>"
        f'<description><![CDATA[{html}<br/><br/><a href="{url}#comments">Discuss</a>]]></description>'
        f'<link>{escape(url)}</link><guid isPermaLink="false">{post["_id"]}</guid>'
        f"<dc:creator><![CDATA[{_author_name(post, data)}]]></dc:creator>"
        f"<pubDate>{_rfc822(max(shown_at, crossed_at))}</pubDate></item>"
    )


def post_page(post: Fields, data: ForumData) -> str:
    """The post as a web page with the metas that a forum puts there."""
    url = page_url(post, data.rules)
    title = escape(post["title"])
    author = escape(_author_name(post, data))
    body = (post["contents"] or {}).get("html") or ""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} - {escape(data.rules.name)}</title>'
        f'<link rel="canonical" href="{escape(url)}"><meta property="og:title" content="{title}">'
        f'<meta name="citation_title" content="{title}"><meta name="citation_author" content="{author}">'
        f'<meta name="citation_publication_date" content="{parse_date(post["postedAt"]):%Y/%m/%d}">'
        f'</head><body><nav><a href="/">{escape(data.rules.name)}</a></nav><main><h1>{title}</h1><p>by {author}</p>'
        f'<div id="postBody"><div id="postContent" class="ContentStyles-base ContentStyles-postBody">{body}</div></div>'
        "</main></body></html>"
    )


def page_url(post: Fields, rules: Rules) -> str:
    return post.get("pageUrl") or f"{rules.site_url}/posts/{post['_id']}/{post['slug']}"


def _author_name(post: Fields, data: ForumData) -> str:
    user = data.user(post.get("userId"))
    return "[anonymous]" if post["hideAuthor"] or user is None else str(user["displayName"])


def _rfc822(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
