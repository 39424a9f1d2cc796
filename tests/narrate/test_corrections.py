"""What a listener is told of a later version, as pairs of posts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrate.corrections import what, why
from tests.laid_out import script_of

OLD = "<p>First.</p><h2>Data</h2><p>We asked ten.</p><p>They said no.</p><h2>End</h2><p>Bye.</p>"


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (OLD, ""),
        (OLD.replace("ten", "twelve"), "changed: “Data” (1 paragraph)"),
        (OLD.replace("ten", "twelve").replace("no", "yes"), "changed: “Data” (2 paragraphs)"),
        (OLD.replace("<p>They said no.</p>", ""), "changed: “Data” (1 paragraph)"),
        (OLD + "<h2>Update</h2><p>More.</p>", "new: “Update”"),
        (OLD.replace("<h2>End</h2>", "<h2>Last</h2>"), "new: “Last”; gone: “End”"),
        (OLD.replace("First", "Primo"), "changed: “A post” (1 paragraph)"),
        (f"<p>X</p>{OLD}", "changed: “A post” (1 paragraph)"),
        ("".join(f"<h2>H {n}</h2><p>x</p>" for n in "abcdef"), 'and 2 more'),
    ],
)  # fmt: skip
def test_the_chapters_that_differ_are_named(new: str, told: str) -> None:
    found = what(script_of(OLD), script_of(new))
    assert found == told if not told.startswith("and") else told in found


def test_a_new_title_is_told() -> None:
    assert what(script_of(OLD), script_of(OLD, title="Another")) == "title changed from “A post”"


@pytest.mark.parametrize(
    ("edited", "same_voice", "told"),
    [
        (True, True, "after the author's edit"),
        (True, False, "after the author's edit"),
        (False, True, "with better readings"),
        (False, False, "in another voice"),
    ],
)
def test_why_it_was_narrated_again(edited: bool, same_voice: bool, told: str) -> None:
    before = script_of(OLD)
    after = replace(before, text_sha256="other") if edited else before
    assert why(before, after, same_voice=same_voice) == told
