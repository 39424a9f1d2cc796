"""A fake ForumMagnum: post JSON files -> a server that speaks the forum's protocol, its refusals and failures included.

For tests, for `make demo` and for trying things out without troubling a real forum. Needs the extra `demo`.

    with running_forum(ForumData.from_folder(posts_folder())) as forum:
        Sources(lesswrong_url=forum.url).fetch("https://www.lesswrong.com/posts/ID")
"""

from __future__ import annotations

from narrate.samples.forum.app import FakeForum, Seen, create_app
from narrate.samples.forum.data import ForumData, Rules
from narrate.samples.forum.faults import Faults
from narrate.samples.forum.server import RunningForum, running_forum

__all__ = ["FakeForum", "Faults", "ForumData", "Rules", "RunningForum", "Seen", "create_app", "running_forum"]
