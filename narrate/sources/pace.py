"""What a forum says about how often it may be asked -> seconds. Pure."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime


def crawl_delay_s(robots: str, agent: str) -> float | None:
    """The Crawl-delay that a robots.txt asks of `agent`: its own group's, else that of `*`, else None.

    Groups and matching as in RFC 9309; Crawl-delay is a common extension of it, in seconds.
    """
    delays: dict[str, float] = {}
    agents: list[str] = []
    in_rules = False
    for line in robots.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            agents = [value.lower()] if in_rules else [*agents, value.lower()]
            in_rules = False
        elif name:
            in_rules = True
            seconds = _seconds(value) if name == "crawl-delay" else None
            if seconds is not None:
                delays.update(dict.fromkeys(agents, seconds))
    return delays.get(agent.lower(), delays.get("*"))


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds by a Retry-After header, given as a number or as a date (RFC 9110, 10.2.3); None without a usable one."""
    seconds = _seconds(value)
    if seconds is not None or not value.strip():
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _seconds(text: str) -> float | None:
    """A plain number of seconds, None for anything else (negative, infinite, words)."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
