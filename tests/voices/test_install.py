"""Weights, from a hub that speaks the real protocol: resumed, proved, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from tests.model_hub import COMMIT, ModelHub, model_hub
from voices import weights as w
from voices.catalogue import Voice, catalogue
from voices.engine import HubUnavailable, NotAgreed, VoiceError, VoiceUnavailable, WeightsRefused
from voices.hub import Hub
from voices.install import Folder, install
from voices.weights import WeightFile, Weights

MODEL, CONFIG, SPEAKER = bytes(range(256)) * 40, b'{"rate": 24000}', b"\x01speaker" * 30
FILES = {
    "owner/voice/model.pth": MODEL,
    "owner/voice/config.json": CONFIG,
    "owner/voice/voices/af heart.pt": SPEAKER,
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def weights(**changes: object) -> Weights:
    fields: dict[str, object] = {
        "id": "owner/voice@main",
        "licence": "MIT",
        "licence_url": "https://licence.example",
        "agreement": "",
        "files": (WeightFile(name="model.pth"), WeightFile(name="config.json"), WeightFile(name="voices/af heart.pt")),
    }
    return Weights(**fields | changes)  # type: ignore[arg-type]


def voice(set_: Weights) -> Voice:
    return Voice(
        id="neural", title="A voice", engine="tone", speaker="x", language="en", licence="MIT",
        licence_url="https://licence.example", quality="good", weights=set_.id, preference=90,
    )  # fmt: skip


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with model_hub(dict(FILES)) as there:
        yield there


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NARRATE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(w, "all_weights", lambda: (weights(),))
    return tmp_path / "weights" / "owner--voice@main"


def download(hub: ModelHub, set_: Weights | None = None, **options: object) -> w.Lock:
    set_ = set_ or weights()
    client = Hub(hub.url, str(options.pop("token", "")) or None, sleep=lambda seconds: None)
    try:
        return install(set_, client.look_up(set_), **options)  # type: ignore[arg-type]
    finally:
        client.close()


def test_a_set_is_downloaded_proved_and_found(hub: ModelHub, folder: Path) -> None:
    assert w.folder(voice(weights())) is None
    assert "narrate voices install neural" in (w.why_missing(voice(weights())) or "")
    lock = download(hub)
    assert w.folder(voice(weights())) == folder
    assert w.why_missing(voice(weights())) is None
    assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {
        name.removeprefix("owner/voice/"): content for name, content in FILES.items()
    }
    assert lock.commit == COMMIT
    assert {name: (file.sha256, file.proof) for name, file in lock.files.items()} == {
        "model.pth": (sha256(MODEL), "hub"),
        "config.json": (sha256(CONFIG), "hub"),
        "voices/af heart.pt": (sha256(SPEAKER), "hub"),
    }
    assert sorted(p.name for p in folder.parent.iterdir()) == ["install.lock", folder.name, folder.name + ".json"]


def test_all_files_are_of_one_commit_even_when_the_branch_moves(hub: ModelHub) -> None:
    download(hub)
    asked = [path for method, path, _ in hub.asked if "/resolve/" in path]
    assert [path.split("/")[4] for path in asked[:3]] == ["main", COMMIT, COMMIT]


def test_what_will_be_downloaded_is_known_before(hub: ModelHub) -> None:
    client = Hub(hub.url)
    assert client.look_up(weights()).n_bytes == len(MODEL) + len(CONFIG) + len(SPEAKER)
    assert not hub.gets("/")
    client.close()


def test_a_broken_line_is_taken_up_where_it_broke(hub: ModelHub) -> None:
    hub.breaks_after = [4000, 3000]
    seen: list[int] = []
    lock = download(hub, on_bytes=lambda name, n, total: seen.append(n) if name == "model.pth" else None)
    assert lock.files["model.pth"].sha256 == sha256(MODEL)
    assert [h.get("Range") for h in hub.gets("/cdn/")] == [None, "bytes=4000-", "bytes=7000-"]
    assert seen == sorted(seen)
    assert seen[-1] == len(MODEL)


def test_a_download_that_was_stopped_goes_on_the_next_time(hub: ModelHub) -> None:
    hub.breaks_after = [1000] + [0] * 20
    with pytest.raises(HubUnavailable, match="what is downloaded is kept"):
        download(hub)
    assert w.folder(voice(weights())) is None
    hub.breaks_after = []
    hub.asked.clear()
    download(hub)
    assert [h.get("Range") for h in hub.gets("/cdn/")] == ["bytes=1000-"]


def test_a_hub_without_ranges_sends_it_all_again(hub: ModelHub) -> None:
    hub.does_ranges = False
    hub.breaks_after = [4000]
    assert download(hub).files["model.pth"].sha256 == sha256(MODEL)


def test_a_stopped_download_of_another_file_is_thrown_away(hub: ModelHub, folder: Path) -> None:
    half = folder.with_name(folder.name + ".partial")
    half.mkdir(parents=True)
    (half / "model.pth").write_bytes(b"something else" * 30)
    assert download(hub).files["model.pth"].sha256 == sha256(MODEL)


def test_a_busy_hub_is_asked_again(hub: ModelHub) -> None:
    hub.answers = [503, 429, 500]
    assert download(hub).commit == COMMIT


def test_a_hub_that_stays_away_is_named(folder: Path) -> None:
    client = Hub("http://127.0.0.1:1", sleep=lambda seconds: None)
    with pytest.raises(HubUnavailable, match=r"127\.0\.0\.1:1 can't be reached .* --from"):
        client.look_up(weights())
    client.close()


def test_a_wrong_file_is_refused_and_leaves_nothing(hub: ModelHub, folder: Path) -> None:
    hub.serves[sha256(MODEL)] = MODEL[:-1] + b"!"
    with pytest.raises(WeightsRefused, match=r"model\.pth has the checksum .* \(hub\); it was thrown away"):
        download(hub)
    assert not folder.exists()
    assert not (folder.with_name(folder.name + ".partial") / "model.pth").exists()


def test_the_catalogue_knows_better_than_the_hub(hub: ModelHub) -> None:
    known = weights(files=(WeightFile(name="model.pth", sha256=sha256(b"the true one")),))
    with pytest.raises(WeightsRefused, match=r"isn't the file we know.*nothing was downloaded"):
        download(hub, known)
    good = weights(files=(WeightFile(name="model.pth", n_bytes=len(MODEL), sha256=sha256(MODEL)),))
    hub.tells_checksums = False
    assert download(hub, good).files["model.pth"].proof == "catalogue"


def test_what_nobody_vouches_for_is_trusted_once_and_then_pinned(hub: ModelHub, folder: Path) -> None:
    hub.tells_checksums = False
    assert {file.proof for file in download(hub).files.values()} == {"first use"}
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        path.unlink()
    hub.files["owner/voice/model.pth"] = MODEL[::-1]
    with pytest.raises(WeightsRefused, match=r"\(first use\).*delete .*owner--voice@main\.json"):
        download(hub)


def test_a_missing_file_is_named(hub: ModelHub) -> None:
    with pytest.raises(WeightsRefused, match=r"has no other\.pth in owner/voice at main \(404\)"):
        download(hub, weights(files=(WeightFile(name="other.pth"),)))


def test_terms_are_accepted_with_a_token_that_only_the_hub_sees(hub: ModelHub) -> None:
    hub.wants_token = "secret"
    with pytest.raises(WeightsRefused, match=r"accept the terms .* NARRATE_HUB_TOKEN"):
        download(hub)
    assert download(hub, token="secret").commit == COMMIT
    assert all("Authorization" not in headers for headers in hub.gets("/cdn/"))


def test_a_licence_that_binds_is_agreed_to_first_and_once(hub: ModelHub) -> None:
    bound = weights(agreement="for non-commercial use only")
    with pytest.raises(NotAgreed, match=r"for non-commercial use only \(https://licence\.example\).*--agree"):
        download(hub, bound)
    assert not hub.gets("/")
    assert download(hub, bound, agreed=True).agreed_to == bound.agreement
    assert download(hub, bound).agreed_to == bound.agreement


def test_a_folder_takes_the_place_of_the_hub(tmp_path: Path, folder: Path) -> None:
    for name, content in FILES.items():
        path = tmp_path / "usb" / name.removeprefix("owner/voice/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "usb" / "readme.txt").write_text("not ours")
    lock = install(weights(), Folder(tmp_path / "usb"))
    assert w.folder(voice(weights())) == folder
    assert {file.proof for file in lock.files.values()} == {"first use"}
    assert not (folder / "readme.txt").exists()
    (tmp_path / "usb" / "config.json").unlink()
    with pytest.raises(WeightsRefused, match=r"usb has no file config\.json"):
        install(weights(id="owner/voice@v1"), Folder(tmp_path / "usb"))


def zipped(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def test_an_archive_takes_the_place_of_the_hub(hub: ModelHub, folder: Path) -> None:
    hub.files["assets/set.zip"] = zipped({f"set/{n.removeprefix('owner/voice/')}": c for n, c in FILES.items()})
    hub.breaks_after = [3000]
    lock = download(hub, weights(archive=f"{hub.url}/releases/set.zip"))
    assert (folder / "voices" / "af heart.pt").read_bytes() == SPEAKER
    assert {file.proof for file in lock.files.values()} == {"first use"}
    assert [h.get("Range") for h in hub.gets("/assets/")] == [None, "bytes=3000-"]
    assert not list(folder.parent.glob("*.zip"))


def test_who_has_the_archive_never_sees_the_hubs_token() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers={"content-length": "7"})

    client = Hub("https://hub.example", "secret", transport=httpx.MockTransport(answer))
    client.look_up(weights(archive="https://elsewhere.example/set.zip"))
    client.look_up(weights())
    assert {(request.url.host, request.headers.get("authorization")) for request in asked} == {
        ("elsewhere.example", None), ("hub.example", "Bearer secret")
    }  # fmt: skip


def test_an_archive_that_is_none_is_refused_and_thrown_away(hub: ModelHub, folder: Path) -> None:
    hub.files["assets/set.zip"] = b"no archive"
    with pytest.raises(WeightsRefused, match="isn't a whole ZIP file"):
        download(hub, weights(archive=f"{hub.url}/releases/set.zip"))
    hub.files["assets/set.zip"] = zipped({"model.pth": MODEL})
    with pytest.raises(WeightsRefused, match=r"holds config\.json 0 times"):
        download(hub, weights(archive=f"{hub.url}/releases/set.zip"))


def test_a_full_disk_is_said_before_anything_is_downloaded(hub: ModelHub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("voices.install.shutil.disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(WeightsRefused, match=r"MB more and .* MB free; free some room, or set NARRATE_WEIGHTS"):
        download(hub)
    assert not hub.gets("/")


def test_a_folder_that_can_not_be_written_is_named(
    hub: ModelHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NARRATE_WEIGHTS", str(tmp_path / "file"))
    with pytest.raises(WeightsRefused, match="can't be written"):
        download(hub)


def test_a_damaged_set_is_noticed_and_mended_with_what_it_lacks(hub: ModelHub, folder: Path) -> None:
    download(hub)
    (folder / "model.pth").write_bytes(MODEL[:100])
    assert "damaged (100 bytes instead of 10240)" in (w.why_missing(voice(weights())) or "")
    assert w.folder(voice(weights())) is None
    with pytest.raises(VoiceUnavailable):
        w.digest(voice(weights()))
    hub.asked.clear()
    download(hub)
    assert w.folder(voice(weights())) == folder
    assert len(hub.gets("/cdn/")) == 1
    assert not hub.gets("/api/")  # the small files were whole


def test_the_digest_is_of_the_bytes_that_are_there(hub: ModelHub, folder: Path) -> None:
    download(hub)
    whole = w.digest(voice(weights()))
    assert len(whole) == 64
    assert w.digest(voice(weights())) == whole
    (folder / "model.pth").write_bytes(MODEL[::-1])  # the same size
    assert w.digest(voice(weights())) != whole


def test_a_lock_nobody_can_read_is_named(hub: ModelHub, folder: Path) -> None:
    download(hub)
    folder.with_name(folder.name + ".json").write_text(json.dumps({"files": 3}))
    with pytest.raises(VoiceError, match="delete it and install the voice again"):
        w.folder(voice(weights()))


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../up.pth", "a/../../b", "a\\b"])
def test_a_file_name_never_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(VoiceError, match="can't be called"):
        WeightFile(name=name)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('id = "no-revision"', "an id is OWNER/NAME@REVISION"),
        ('id = "a/b@c"', "aren't described"),
        ('id = "a/b@c"\nlicence = "M"\nlicence_url = "u"\nagreement = ""\nfiles = []', "no files"),
        ('id = "a/b@c"\nlicence = "M"\nlicence_url = "u"\nagreement = ""\nfiles = [{name="x"}]\nsize = 3', "'size'"),
        ('id = "a/b@c"\nlicence = "M"\nlicence_url = "u"\nagreement = ""\nfiles = [{name="x", sha256="1"}]', "SHA-256"),
    ],
)
def test_a_wrong_entry_of_the_catalogue_is_named(entry: str, says: str) -> None:
    with pytest.raises(VoiceError, match=says):
        w.parse_weights(f"[[weights]]\n{entry}")


def test_the_weights_the_catalogue_names_are_described_in_it() -> None:
    described = w.parse_weights(files("voices").joinpath("catalogue.toml").read_text(encoding="utf-8"))
    assert {voice.weights for voice in catalogue()} - {""} == {weights.id for weights in described}
