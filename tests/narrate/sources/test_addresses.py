from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narrate.errors import BadSetting, UnknownAddress
from narrate.sources import PostAddress, forums, locate

ID = "3dBtgKCkJh5yCHbag"
OLD_ID = "5bd75cc58225bf0670375575"
SEQUENCE = "pFatcKW3JJhTSxqAF"
COMMENT = "dLtGwkL4xrZnKNkzq"
LW = "https://www.lesswrong.com"

#: What people paste -> source, kind, value, comment
SHAPES: list[tuple[str, str, str, str, str | None]] = [
    (f"{LW}/posts/{ID}", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{ID}/", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{ID}/some-title", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{ID}/some-title/", "lesswrong", "post", ID, None),
    (f"{LW}//posts//{ID}", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{OLD_ID}/some-title", "lesswrong", "post", OLD_ID, None),
    (f"{LW}/posts/{ID}/título-decorado", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{ID}/some-title#Section_Two", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{ID}/some-title?utm_source=x", "lesswrong", "post", ID, None),
    (f"{LW}/posts/{ID}/some-title?commentId={COMMENT}", "lesswrong", "post", ID, COMMENT),
    (f"{LW}/posts/{ID}/some-title?commentId=nonsense", "lesswrong", "post", ID, None),
    (f"{LW}/posts/slug/some-title", "lesswrong", "slug", "some-title", None),
    (f"{LW}/s/{SEQUENCE}/p/{ID}", "lesswrong", "post", ID, None),
    (f"{LW}/s/{SEQUENCE}/p/{ID}#x", "lesswrong", "post", ID, None),
    (f"{LW}/s/{SEQUENCE}", "lesswrong", "sequence", SEQUENCE, None),
    (f"{LW}/sequences/{SEQUENCE}", "lesswrong", "sequence", SEQUENCE, None),
    (f"{LW}/events/{ID}/a-meetup", "lesswrong", "post", ID, None),
    (f"{LW}/g/{SEQUENCE}/p/{ID}", "lesswrong", "post", ID, None),
    (f"{LW}/g/{SEQUENCE}/p/{ID}/", "lesswrong", "post", ID, None),
    (f"{LW}/lw/k5/some_title/", "lesswrong", "legacy", "k5", None),
    (f"{LW}/lw/K5/some_title/", "lesswrong", "legacy", "k5", None),
    (f"{LW}/r/discussion/lw/k5/some_title/", "lesswrong", "legacy", "k5", None),
    (f"{LW}/lw/k5/some_title/4hf", "lesswrong", "legacy", "k5", None),
    (f"{LW}/rationality/what-do-i-mean", "lesswrong", "slug", "what-do-i-mean", None),
    (f"{LW}/codex/some-essay", "lesswrong", "slug", "some-essay", None),
    (f"{LW}/hpmor/chapter-1", "lesswrong", "slug", "chapter-1", None),
    (f"{LW}/highlights/some-essay", "lesswrong", "slug", "some-essay", None),
    (f"{LW}/rationality", "lesswrong", "collection", "rationality", None),
    ("http://lesswrong.com/lw/k5/some_title/", "lesswrong", "legacy", "k5", None),
    (f"https://lesswrong.com/posts/{ID}", "lesswrong", "post", ID, None),
    (f"HTTPS://WWW.LessWrong.COM/posts/{ID}", "lesswrong", "post", ID, None),
    (f"www.lesswrong.com/posts/{ID}/x", "lesswrong", "post", ID, None),
    (f"lesswrong.com/posts/{ID}/x", "lesswrong", "post", ID, None),
    (f"https://www.alignmentforum.org/posts/{ID}/x", "lesswrong", "post", ID, None),
    (f"https://alignmentforum.org/s/{SEQUENCE}/p/{ID}", "lesswrong", "post", ID, None),
    (f"https://www.greaterwrong.com/posts/{ID}/x", "lesswrong", "post", ID, None),
    (f"https://greaterwrong.com/posts/{ID}/x#comments", "lesswrong", "post", ID, None),
    (f"https://www.greaterwrong.com/posts/{ID}/x/comment/{COMMENT}", "lesswrong", "post", ID, COMMENT),
    (f"https://ea.greaterwrong.com/posts/{ID}/x", "eaforum", "post", ID, None),
    (f"https://forum.effectivealtruism.org/posts/{ID}/x", "eaforum", "post", ID, None),
    ("https://forum.effectivealtruism.org/ea/1a/x/", "eaforum", "legacy", "1a", None),
    (f"  {LW}/posts/{ID}\n", "lesswrong", "post", ID, None),
    (f"<{LW}/posts/{ID}>", "lesswrong", "post", ID, None),
    (ID, "lesswrong", "post", ID, None),
    (f" <{OLD_ID}> ", "lesswrong", "post", OLD_ID, None),
    (f"lesswrong:{ID}", "lesswrong", "post", ID, None),
    (f"eaforum:{ID}", "eaforum", "post", ID, None),
    (f"lesswrong:comment-{COMMENT}", "lesswrong", "comment", COMMENT, None),
    ("lesswrong:quick-takes-2026-W47", "lesswrong", "week", "2026-W47", None),
]

REFUSED = [
    "",
    "   ",
    "hello",
    "file:0123456789abcdef",
    f"lesswrong:{ID[:-1]}",
    "lesswrong:comment-x",
    f"https://example.org/posts/{ID}",
    f"https://lesswrong.com@evil.example/posts/{ID}",
    f"https://user:pass@www.lesswrong.com/posts/{ID}",
    f"https://www.lesswrong.com.evil.example/posts/{ID}",
    f"https://evil.example/?u=https://www.lesswrong.com/posts/{ID}",
    f"https://evil.example\\@www.lesswrong.com/posts/{ID}",
    f"https://www.lesswrong.com\\.evil.example/posts/{ID}",
    f"https://www.lesswrong.com:8080/posts/{ID}",
    f"https://www.lesswrong.com:99999999/posts/{ID}",
    f"https://127.0.0.1/posts/{ID}",
    f"http://localhost:8000/posts/{ID}",
    f"https://[::1/posts/{ID}",
    f"https://www.lеsswrong.com/posts/{ID}",  # a Cyrillic letter
    f"https://www.ｌesswrong.com/posts/{ID}",
    f"https://xn--lsswrong-6fg.com/posts/{ID}",
    f"https://arbital.greaterwrong.com/posts/{ID}",
    f"ftp://www.lesswrong.com/posts/{ID}",
    "javascript:alert(1)",
    f"javascript://www.lesswrong.com/posts/{ID}",
    f"data:text/html,{LW}/posts/{ID}",
    f"{LW}/posts/{ID}\n/evil",
    f"{LW}/posts/{ID} and more",
    f"{LW}/posts/{ID}\x00",
    f"{LW}/posts/{ID}x",
    f"{LW}/posts/slug/",
    f"{LW}/posts/..%2f..%2fetc",
    f"{LW}/users/alice",
    f"{LW}/tag/ai",
    f"{LW}/",
    LW,
    f"{LW}/lw/",
    f"{LW}/lw/no_number/",
    f"{LW}/quicktakes",
]


@pytest.mark.parametrize(("text", "source", "kind", "value", "comment_id"), SHAPES)
def test_every_shape_of_address_is_understood(
    text: str, source: str, kind: str, value: str, comment_id: str | None
) -> None:
    found = locate(text, forums().values())
    assert (found.forum.source, found.kind, found.value, found.comment_id) == (source, kind, value, comment_id)


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_in_one_line_that_says_what_to_do(text: str) -> None:
    with pytest.raises(UnknownAddress) as refused:
        locate(text, forums().values())
    message = str(refused.value)
    assert "give a post's address" in message
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"{LW}/posts/{ID}/x", f"lesswrong:{ID}"),
        (f"https://www.alignmentforum.org/posts/{ID}/x", f"lesswrong:{ID}"),
        (f"https://ea.greaterwrong.com/posts/{ID}/x", f"eaforum:{ID}"),
        (f"lesswrong:comment-{COMMENT}", f"lesswrong:comment-{COMMENT}"),
        ("lesswrong:quick-takes-2026-W47", "lesswrong:quick-takes-2026-W47"),
        (f"{LW}/posts/{ID}/x?commentId={COMMENT}", None),  # the forum must say whether that is a quick take
        (f"{LW}/posts/slug/x", None),
    ],
)
def test_an_address_has_a_key_where_it_alone_tells_the_post(text: str, key: str | None) -> None:
    found = locate(text, forums().values()).key
    assert (found and str(found)) == key


@given(st.text())
@example("https://[")
@example("//\\@www.lesswrong.com")
def test_whatever_is_typed_is_located_or_refused(text: str) -> None:
    try:
        found = locate(text, forums().values())
    except UnknownAddress:
        return
    assert isinstance(found, PostAddress)


@given(
    st.sampled_from(["https://", "http://", "", "//"]),
    st.text(alphabet="lesswrong.com:@/\\[]#?ſе1 \t", max_size=30),
    st.sampled_from([f"/posts/{ID}", f"posts/{ID}", f"?/posts/{ID}"]),
)
def test_only_known_hosts_are_accepted(scheme: str, host: str, path: str) -> None:
    try:
        found = locate(scheme + host + path, forums().values())
    except UnknownAddress:
        return
    typed = re.match(r"\s*(?:https?://)?([^/?#]*)", scheme + host + path)
    assert typed is not None
    assert typed[1].strip() in {*found.forum.hosts, ID}


def test_a_forum_elsewhere_is_recognised_only_where_the_setting_names_it() -> None:
    address = f"http://127.0.0.1:8001/posts/{ID}/x"
    with pytest.raises(UnknownAddress):
        locate(address, forums().values())
    elsewhere = forums("http://127.0.0.1:8001/")
    assert locate(address, elsewhere.values()).forum.base_url == "http://127.0.0.1:8001"
    assert locate(f"{LW}/posts/{ID}", elsewhere.values()).forum.base_url == "http://127.0.0.1:8001"
    assert locate(f"eaforum:{ID}", elsewhere.values()).forum.base_url == "https://forum.effectivealtruism.org"
    with pytest.raises(UnknownAddress):
        locate(f"http://127.0.0.1:8002/posts/{ID}", elsewhere.values())


@pytest.mark.parametrize(
    "url", ["lesswrong.com", "ftp://x.example", "http://", "http://a@b", "http://x/y", "http://x?q", "http://x:port"]
)
def test_a_setting_that_is_no_forum_address_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match="NARRATE_LESSWRONG_URL"):
        forums(url)
