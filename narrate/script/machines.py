"""Text that a language model wrote -> announced with the model's name."""

from __future__ import annotations

from bs4 import Tag

from narrate.script.parts import Block, Place, Walk, cue
from narrate.script.visible import tidy


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """`.llm-content-block`; the site shows the model's name, which isn't text in the page."""
    model = tidy(str(element.get("data-model-name") or ""))
    blocks = walk.blocks(element.contents, place)
    if not any(block.is_said for block in blocks):
        return blocks
    name = model if any(c.isalnum() for c in model) else "an unknown model"
    return [cue(f"Written by {name}:", place), *blocks, cue("End of the model's text.", place)]
