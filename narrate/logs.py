"""What the service says about itself: lines for people on a terminal, JSON elsewhere, and no secrets in either.

Every line goes through here, those of other libraries too. An address may hold a secret (a private feed's, a sign-in
link's), so whatever looks like one is blotted out, wherever in a line it stands.

What a line is about is bound once, as context variables, by whoever begins with it (`narrate.work.flight.about`), and
goes with the work into child processes.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TextIO, TypeVar

import structlog

#: What is a secret by where it stands. The part that tells is kept, the secret isn't.
_SECRETS = re.compile(
    r"""(?xi)
      (?P<before> /feeds/private/ | /unsubscribe/ | [?&](?:code|token|secret|key|password)=
        | \b(?:bearer|basic)\s+ | \b(?:cookie|set-cookie|authorization)['"]?\s*[:=]\s*['"]?(?:(?:bearer|basic)\s+)?
        | \b(?:__Host-)?narrate=
        | \bcsrf=
      )
      (?P<secret> [^\s"'<>&;,)\]}]+ )
    | (?P<scheme> \b[a-z][a-z0-9+.-]*:// [^\s/:@"']* : ) (?P<password> [^\s/@"']+ ) (?=@)
    """
)
#: What is a secret by its name.
_SECRET_NAMES = re.compile(r"(?i)secret|password|token|cookie|authorization|csrf")
_BLOT = "…"

#: They bring handlers of their own, which know nothing of secrets.
_WITH_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access")
_CHATTY = ("httpx", "httpcore", "alembic", "uvicorn.access", "asyncio", "PIL", "urllib3")


P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a process logs (`level` and `style` of `start`, None before it) and what its lines are about just now."""

    started: tuple[str, str] | None
    about: Mapping[str, Any]


_started: tuple[str, str] | None = None


def manner() -> Manner:
    """Ours, for a child that is to log alike (`in_manner`)."""
    return Manner(_started, structlog.contextvars.get_contextvars())


def in_manner(of: Manner, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """In a child: do a piece of work, and log what it has to say as the parent would, about the same."""
    if of.started is not None and of.started != _started:
        start(*of.started)
    with structlog.contextvars.bound_contextvars(**of.about):
        return work(*args, **kwargs)


def blot(text: str) -> str:
    """A text without the secrets in it: addresses of private feeds, sign-in codes, tokens, cookies, passwords."""
    return _SECRETS.sub(lambda found: f"{found['before'] or found['scheme']}{_BLOT}", text)


def start(level: str = "info", style: str = "auto", stream: TextIO | None = None) -> None:
    """Let structlog and logging write to `stream` (standard error): "console", "json", or by what the stream is."""
    out = stream if stream is not None else sys.stderr
    as_json = style == "json" or (style == "auto" and not out.isatty())
    global _started
    _started = (level, "json" if as_json else "console")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _blotted,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: blot(str(value)))
        if as_json
        else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    handler = _Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    root = logging.getLogger()
    for before in [known for known in root.handlers if isinstance(known, _Handler)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _WITH_HANDLERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, to be known by when logging is started anew."""


def _blotted(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before a line is written."""
    return {
        name: _BLOT if _SECRET_NAMES.search(name) and value else _clean(value) if name[:1] != "_" else value
        for name, value in line.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return blot(value)
    if isinstance(value, Mapping):
        return {name: _BLOT if _SECRET_NAMES.search(str(name)) else _clean(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float)) else blot(str(value))
