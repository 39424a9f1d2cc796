"""LessWrong posts in, a podcast with titled chapters out.

    Candidate -> Post -> Script -> Takes -> Recording -> Episode -> feeds
    sources/     sources/ script/  audio/   audio/       audio/     feeds/

`pipeline.py` is these arrows, in order, on one screen; `records.py` holds the nouns. `voices` and `feeds` are libraries
beside this package that have never heard of forum posts: only `narrate` knows the story.
"""

__version__ = "0.1.0"
