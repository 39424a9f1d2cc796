"""Podcast feeds and the files around them, from plain records. Never heard of forum posts."""
