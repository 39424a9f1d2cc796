"""`make chaos`: the long form. 100 kills over 30 posts; prints what was done, what it cost, and what was wrong.

python -m tests.chaos [--kills N] [--posts N] [--seed N] [--voice V]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.world import finish, rampage, world


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--posts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--voice", default="tone")
    parser.add_argument("--keep", type=Path, help="leave everything in this folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="narrate-chaos-") as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with world(folder, n_posts=args.posts, n_paragraphs=20, voice=args.voice, line_s=0.02, seed=args.seed) as run:
            rampage(run, args.kills, pause_s=1.0, n_troubles=args.kills // 10, n_full_disks=args.kills // 30)
            finish(run, 600)
            exit_code = run.worker.stop()
            starts = {"starts_of_the_worker": len(run.worker.exit_codes), "graceful_stop": exit_code}
            found = run.figures() | starts
    print(json.dumps(found, indent=1))
    return 1 if found["wrong"] or exit_code else 0


if __name__ == "__main__":
    sys.exit(main())
