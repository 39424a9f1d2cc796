"""An episode's titles, chapters and cover -> the bytes of an ID3v2.3 tag, to stand in front of the MP3's frames.

Formats: id3.org/id3v2.3.0 and id3v2-chapters-1.0. Written by hand because the tag writers at hand sort CHAP frames by
size, and some players show the order of the file. Version 2.3 with UTF-16 text is what every reader knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from feeds.chapters import fit_chapters
from feeds.records import ChapterMark, FeedError
from feeds.text import ascii_url, plain, prose

#: A player reads the whole tag before the first sound.
MAX_COVER_BYTES = 300_000
#: ISO 639-2 codes, which ID3 wants, of the ISO 639-1 codes that feeds use.
_LANGUAGES = {
    "ar": "ara", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fi": "fin",
    "fr": "fra", "he": "heb", "hi": "hin", "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn", "ko": "kor",
    "nl": "nld", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sv": "swe", "tr": "tur",
    "uk": "ukr", "vi": "vie", "zh": "zho",
}  # fmt: skip
_OFFSETS_UNUSED = b"\xff\xff\xff\xff" * 2
_TOP_LEVEL_ORDERED = b"\x03"
_FRONT_COVER = b"\x03"


def id3_tag(
    *,
    title: str,
    artist: str,
    album: str,
    duration_ms: int,
    date: date,
    chapters: Sequence[ChapterMark] = (),
    cover_jpeg: bytes | None = None,
    comment: str = "",
    link: str | None = None,
    language: str = "en",
) -> bytes:
    """The whole tag. Text is cleaned as in the feed, so TIT2 equals the item's title; the same input, the same bytes.

    `language` is an ISO 639-1 code such as "en" or "en-GB". Raises FeedError for a cover over 300 kB or not JPEG, for
    chapters that don't hang together and for a link no feed would take.
    """
    code = _LANGUAGES.get(language.split("-")[0].lower(), "und").encode()
    frames = [
        _text("TIT2", plain(title)),
        _text("TPE1", plain(artist)),
        _text("TALB", plain(album)),
        _text("TCON", "Podcast"),
        _text("TYER", f"{date:%Y}"),
        _text("TDAT", f"{date:%d%m}"),
        _text("TLEN", str(duration_ms)),
        _text("TLAN", code.decode()),
    ]
    if comment:
        encoding, words = _encode(prose(comment))
        frames.append(_frame("COMM", encoding + code + _encode("", encoding)[1] + _end(encoding) + words))
    if link:
        frames.append(_frame("WOAF", ascii_url(link, "The tag's link").encode("ascii")))
    frames += _chapter_frames(fit_chapters(chapters))
    if cover_jpeg is not None:
        frames.append(_picture(cover_jpeg))
    body = b"".join(frames)
    return b"ID3\x03\x00\x00" + _syncsafe(len(body)) + body


def _chapter_frames(chapters: Sequence[ChapterMark]) -> list[bytes]:
    """CTOC, without which some players show no list, then a CHAP for each in time order."""
    if not chapters:
        return []
    ids = [f"chp{number}".encode() + b"\0" for number in range(len(chapters))]
    contents = b"toc\0" + _TOP_LEVEL_ORDERED + bytes([len(ids)]) + b"".join(ids)
    return [_frame("CTOC", contents), *map(_chapter, ids, chapters)]


def _chapter(element_id: bytes, mark: ChapterMark) -> bytes:
    times = mark.start_ms.to_bytes(4, "big") + mark.end_ms.to_bytes(4, "big")
    inside = _text("TIT2", mark.title)
    if mark.url:
        url = ascii_url(mark.url, f"The link of chapter {mark.title!r}")
        inside += _frame("WXXX", b"\x00chapter\x00" + url.encode("ascii"))
    return _frame("CHAP", element_id + times + _OFFSETS_UNUSED + inside)


def _picture(jpeg: bytes) -> bytes:
    if not jpeg.startswith(b"\xff\xd8\xff") or len(jpeg) > MAX_COVER_BYTES:
        raise FeedError(
            f"The cover for the audio file has {len(jpeg)} bytes; it must be a JPEG of at most {MAX_COVER_BYTES}: "
            "players read it before the first sound. Draw it with draw_cover(max_bytes=...)."
        )
    return _frame("APIC", b"\x00image/jpeg\x00" + _FRONT_COVER + b"\x00" + jpeg)


def _text(frame_id: str, text: str) -> bytes:
    encoding, words = _encode(text)
    return _frame(frame_id, encoding + words)


def _encode(text: str, encoding: bytes | None = None) -> tuple[bytes, bytes]:
    """(encoding byte, words): ASCII as it is, all else UTF-16 with its byte order mark."""
    if encoding is None:
        encoding = b"\x00" if text.isascii() else b"\x01"
    return encoding, text.encode("ascii") if encoding == b"\x00" else b"\xff\xfe" + text.encode("utf-16-le")


def _end(encoding: bytes) -> bytes:
    return b"\0" if encoding == b"\x00" else b"\0\0"


def _frame(frame_id: str, body: bytes) -> bytes:
    return frame_id.encode("ascii") + len(body).to_bytes(4, "big") + b"\0\0" + body


def _syncsafe(n: int) -> bytes:
    """28 bits, seven in each byte: the tag's size must not look like the start of sound."""
    if n >= 1 << 28:
        raise FeedError(f"The tag would have {n} bytes and ID3 holds 268435455. Use fewer or shorter texts.")
    return bytes(n >> shift & 0x7F for shift in (21, 14, 7, 0))
