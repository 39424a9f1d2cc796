"""Episodes on a service and on a folder's site, and a browser to read them with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from narrate.home import open_home
from narrate.pipeline import Narrated
from narrate.records import Episode
from narrate.samples import sample_files
from narrate.settings import read_settings
from narrate.store.sites import MAIN
from tests.chromium import DESK, watch
from tests.visiting import Place, visiting

#: Figures, a poll, code; and footnotes, read at the end.
SAMPLES = [str(path) for path in sample_files() if "slow-reader" in path.name or "legend" in path.name]
EAR, LEGEND = "lesswrong-demoPostSLowear22", "lesswrong-demoPostLegendMap"
OUTSIDE = re.compile("https://")
#: What every picture from elsewhere looks like here.
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360">
<rect width="640" height="360" fill="#9cb"/></svg>"""


@dataclass(frozen=True)
class Published:
    """A running service, and the same episodes as files."""

    place: Place
    folder: Path
    episodes: dict[str, Episode]

    def words(self, slug: str) -> bytes:
        """The published words.json of an episode."""
        name = Path(self.episodes[slug].transcript_json.path).name
        return (self.folder / "media" / slug / name).read_bytes()

    def url(self, slug: str, rest: str = "") -> str:
        return f"{self.place.url}/episodes/{slug}.html{rest}"

    def file(self, slug: str, rest: str = "") -> str:
        return f"{(self.folder / 'episodes' / f'{slug}.html').as_uri()}{rest}"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("folder") / "site"
    with visiting(home, slots=1, footnotes="after") as place:
        with open_home(read_settings(**place.settings.model_dump(exclude_unset=True))) as opened:
            done = [one for one in opened.narrate(SAMPLES, "tone") if isinstance(one, Narrated)]
            keys = [one.post.key for one in done]
            opened.publish(MAIN, keys)
            opened.publish(str(folder), keys, base_url="https://podcast.example")
        yield Published(place, folder, {one.post.key.slug: one.produced.episode for one in done})


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new visitor at a desk. The web outside is one picture."""
    opened = browser.new_context(viewport=DESK)
    opened.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.route(OUTSIDE, picture)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Fails when the page had an error, whatever else was tested."""
    opened = context.new_page()
    problems = watch(opened)
    yield opened
    assert problems == []


def picture(route: Route) -> None:
    route.fulfill(body=PICTURE, content_type="image/svg+xml")
