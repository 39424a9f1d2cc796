"""`make demo`: the sample posts, asked for from a practice forum on this machine, become a podcast in ./demo-site.

Everything is the real thing but the forum: the same client, script, voice, encoder and publisher. Needs no network.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from narrate.samples import posts_folder
from narrate.samples.forum import ForumData, running_forum

SITE = Path("demo-site")
HOME = Path("demo-data")


def main() -> int:
    """Narrate every sample post and say where the result lies. The exit code is that of `narrate episode`."""
    data = ForumData.from_folder(posts_folder())
    with running_forum(data) as forum:
        os.environ |= {"NARRATE_HOME": str(HOME), "NARRATE_LESSWRONG_URL": forum.url}
        addresses = [f"{forum.url}/posts/{post['_id']}/{post['slug']}" for post in data.posts.values()]
        from narrate.cli import run_command

        code = run_command(["episode", *addresses, "--out", str(SITE)])
    if code == 0:
        index, feed = (SITE / "index.html").resolve(), (SITE / "feed.xml").resolve()
        print(f"\nListen: open {index.as_uri()} in a browser.\nThe feed: {feed}")
        print("A real post next:  .venv/bin/narrate episode https://www.lesswrong.com/posts/ID/SLUG --out site")
    return code


if __name__ == "__main__":
    sys.exit(main())
