"""`python -m narrate.samples.forum`: a fake forum on loopback, until interrupted. Its address is the first line."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from narrate.samples import posts_folder
from narrate.samples.forum.data import ForumData, Rules
from narrate.samples.forum.server import running_forum


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m narrate.samples.forum", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free one")
    parser.add_argument("--posts", type=Path, default=posts_folder(), help="folder of post JSON files")
    parser.add_argument("--crawl-delay", type=float, default=0, help="seconds that robots.txt asks for")
    parser.add_argument("--legacy-only", action="store_true", help="speak only the older dialect, as the EA Forum does")
    parser.add_argument("--control", action="store_true", help="allow /_control to switch faults and change posts")
    args = parser.parse_args()
    rules = Rules(crawl_delay_s=args.crawl_delay, legacy_only=args.legacy_only)
    with running_forum(ForumData.from_folder(args.posts, rules), port=args.port, control=args.control) as forum:
        print(forum.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
