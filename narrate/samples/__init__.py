"""Post JSON files of our own -> their paths: what `make demo` narrates and the fake forum serves.

Eight posts in the markup that the forum really serves, from every editor it has had; between them they hold every
construct that a reader of its posts must know (`tests/narrate/samples` lists them). Each file is the object that the
forum's GraphQL returns for a post, and one key more: `_comments`, what its `comments` query returns for that post
(a question's answers, an old debate's messages). Authors, addresses and ids are invented.
"""

from __future__ import annotations

from pathlib import Path


def posts_folder() -> Path:
    """The folder that holds the sample posts."""
    return Path(__file__).parent / "posts"


def sample_files() -> tuple[Path, ...]:
    """The sample posts, one JSON file each, in the order of their names."""
    return tuple(sorted(posts_folder().glob("*.json")))
