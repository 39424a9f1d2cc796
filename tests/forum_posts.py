"""Post objects as a forum returns them, with defaults, so that a test shows only what matters."""

from __future__ import annotations

from typing import Any

#: Valid ids, for tests that need several.
IDS = tuple(f"tryPost{letter}23456789x" for letter in "ABCDEFGHJK")
POST_ID = IDS[0]
ALICE = {"_id": "userAlice23456789", "slug": "alice", "displayName": "Alice"}
BOB = {"_id": "userBobby23456789", "slug": "bob", "displayName": "Bob"}


def a_post(post_id: str = POST_ID, **fields: Any) -> dict[str, Any]:
    """A published post with a short body; `html` is the body's."""
    html = fields.pop("html", "<p>One thing is certain.</p>")
    return {
        "_id": post_id,
        "slug": "a-title",
        "title": "A Title",
        "pageUrl": f"https://www.lesswrong.com/posts/{post_id}/a-title",
        "postedAt": "2024-05-06T07:08:09.123Z",
        "baseScore": 42,
        "user": ALICE,
        "contents": {"html": html, "version": "1.2.0", "wordCount": 4},
        **fields,
    }


def a_comment(comment_id: str, html: str = "<p>Because.</p>", **fields: Any) -> dict[str, Any]:
    return {
        "_id": comment_id,
        "postedAt": "2024-05-07T00:00:00.000Z",
        "baseScore": 5,
        "user": BOB,
        "contents": {"html": html, "version": "1.0.0"},
        **fields,
    }
