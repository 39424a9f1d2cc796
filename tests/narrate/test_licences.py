"""Which licence a post states for itself, as pairs."""

from __future__ import annotations

import pytest

from narrate.licences import licence_of

BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("html", "licence"),
    [
        (f'<p>Under <a rel="license" href="{BY}">CC BY</a>.</p>', "CC-BY-4.0"),
        (f"<a href='{BY}' rel='noopener license'>CC BY</a>", "CC-BY-4.0"),
        ('<link rel="license" href="http://creativecommons.org/licenses/by-nc-sa/3.0/deed.en">', "CC-BY-NC-SA-3.0"),
        ('<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>', "CC0-1.0"),
        (f'<p>The wiki is under <a href="{BY}">CC BY</a>.</p>', ""),
        ('<a rel="license" href="https://example.org/terms">terms</a>', ""),
        ('<a rel="license" href="https://creativecommons.org.evil.example/licenses/by/4.0/">x</a>', ""),
        ("<p>No word of it.</p>", ""),
    ],
)
def test_only_a_link_that_is_marked_as_the_licence_counts(html: str, licence: str) -> None:
    assert licence_of(html)[0] == licence
