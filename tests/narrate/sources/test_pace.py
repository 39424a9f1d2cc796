from __future__ import annotations

from datetime import UTC, datetime

import pytest

from narrate.sources.pace import crawl_delay_s, retry_after_s

LESSWRONG = """User-agent: *
Disallow: /allPosts*

# for programs, see /api/SKILL.md
Crawl-Delay: 3

User-agent: SemrushBot
Disallow: /
"""


@pytest.mark.parametrize(
    ("robots", "delay_s"),
    [
        (LESSWRONG, 3.0),
        ("", None),
        ("User-agent: *\nDisallow:", None),
        ("user-agent: *\ncrawl-delay: 0.5", 0.5),
        ("User-agent: *\nCrawl-delay: 0", 0.0),
        ("User-agent: *\nCrawl-delay: soon", None),
        ("User-agent: *\nCrawl-delay: -1", None),
        ("User-agent: *\nCrawl-delay: nan", None),
        ("User-agent: *\nCrawl-delay: 3 # be kind", 3.0),
        ("User-agent: OtherBot\nCrawl-delay: 9", None),
        ("User-agent: OtherBot\nUser-agent: *\nCrawl-delay: 9", 9.0),
        ("User-agent: *\nCrawl-delay: 9\nUser-agent: Narrate\nCrawl-delay: 2", 2.0),
        ("User-agent: narrate\nDisallow: /x\nUser-agent: *\nCrawl-delay: 4", 4.0),
        ("<html>not robots</html>", None),
    ],
)
def test_robots_txt_sets_the_pace(robots: str, delay_s: float | None) -> None:
    assert crawl_delay_s(robots, "narrate") == delay_s


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("", None),
        ("Fri, 01 Nov 2024 00:01:30 GMT", 90.0),
        ("Thu, 31 Oct 2024 00:00:00 GMT", 0.0),
        ("tomorrow", None),
        ("-3", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_s(value, datetime(2024, 11, 1, tzinfo=UTC)) == seconds
