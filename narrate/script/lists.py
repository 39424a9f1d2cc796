"""Lists -> one block an item, numbered ones with their number said, lists in them as the forum shows it: "Two, A."

The number of an ordered item isn't in the page's text, so it is said before the item and not written.
"""

from __future__ import annotations

from dataclasses import replace

from bs4 import Tag

from narrate.script import furniture
from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Place, Walk
from narrate.script.visible import visible_text

#: How the forum's pages number a list, a list in it, and one in that.
_STYLES = ("1", "a", "1")


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<ul>, <ol>, <menu>, <dir>. What stands between the items is read as it comes."""
    if furniture.is_contents(element.contents):
        return furniture.contents(visible_text(element))
    above = place.number if element.name == "ol" else ""
    inside = replace(place, list_depth=place.list_depth + 1, number=above)
    items = [child for child in element.children if isinstance(child, Tag) and child.name == "li"]
    numbers = dict(zip(map(id, items), _numbers(element, items, above), strict=True))
    blocks: list[Block] = []
    for child in element.contents:
        number = numbers.get(id(child))
        inside = replace(inside, number=number or inside.number)
        found = walk.blocks([child], inside)
        if id(child) in numbers:
            found = _item(found, number)
        blocks += found
    return blocks


def read_item(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<li>, <dt>, <dd>: its children, as items."""
    return [replace(b, kind="item") if b.kind == "paragraph" else b for b in walk.blocks(element.contents, place)]


def _item(blocks: list[Block], number: str | None) -> list[Block]:
    """An item's blocks, its number said before the first words of its own."""
    if number is None:
        return blocks
    first = next((i for i, b in enumerate(blocks) if b.is_said and b.kind in ("item", "line", "paragraph")), None)
    if first is None or blocks[first].lead:
        return blocks
    numbered = replace(blocks[first], lead=f"{number}. ")
    return [*blocks[:first], numbered, *blocks[first + 1 :]]


def _numbers(element: Tag, items: list[Tag], above: str) -> list[str | None]:
    """What each item is called: "One", "One, A", None for bullets and for items that hold only an inner list."""
    if element.name != "ol":
        return [None] * len(items)
    step = -1 if element.has_attr("reversed") else 1
    start = _whole(element.get("start"))
    at = start if start is not None else (len(items) if step < 0 else 1)
    kind = str(element.get("type") or _STYLES[min(above.count(",") + 1 if above else 0, len(_STYLES) - 1)])
    before = f"{above}, " if above else ""
    out: list[str | None] = []
    for item in items:
        value = _whole(item.get("value"))
        at = value if value is not None else at
        if "nested-list-item" in (item.get("class") or ()):
            out.append(None)
            continue
        out.append(before + _called(at, kind))
        at += step
    return out


def _called(number: int, kind: str) -> str:
    if kind in ("a", "A") and 1 <= number <= 26:
        return chr(ord("A") + number - 1)
    return cardinal(number).capitalize()


def _whole(value: object) -> int | None:
    text = str(value or "").strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 7 else None
