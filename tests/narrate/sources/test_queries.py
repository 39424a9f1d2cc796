from __future__ import annotations

import pytest
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from narrate.sources.queries import Dialect, literal

NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**31), 2**31) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_can_be_written_into_a_query(value: object) -> None:
    parse("{field(argument:" + literal(value) + ")}")


def test_what_is_not_given_is_not_asked() -> None:
    assert literal({"after": None, "before": "2024", "tags": [{"tagId": "x"}]}) == '{before:"2024",tags:[{tagId:"x"}]}'


@pytest.mark.parametrize(
    ("form", "single", "page"),
    [
        (
            "selector",
            'post(selector:{_id:"x"}){result{title}}',
            "posts(selector:{top:{karmaThreshold:30}},limit:5,offset:10){results{title}}",
        ),
        (
            "input",
            'post(input:{selector:{_id:"x"}}){result{title}}',
            'posts(input:{terms:{view:"top",karmaThreshold:30,limit:5,offset:10}}){results{title}}',
        ),
    ],
)
def test_both_forms_of_a_query_are_written(form: str, single: str, page: str) -> None:
    dialect = Dialect(form=form)  # type: ignore[arg-type]
    assert dialect.one("post", "x", "title") == single
    assert dialect.many("posts", "top", {"karmaThreshold": 30}, "title", limit=5, offset=10) == page


def test_a_field_that_a_forum_lacks_is_given_up_before_the_form() -> None:
    first = Dialect()
    second = first.after_refusal(['Cannot query field "glossary" on type "Post".'])
    assert second is not None
    assert second.form == "selector"
    assert "glossary" in first.post_fields(in_full=True)
    assert "glossary" not in second.post_fields(in_full=True)


def test_a_field_that_is_spelled_otherwise_is_tried_that_way() -> None:
    plain = Dialect().after_refusal(
        ['Field "fmCrosspost" must not have a selection since type "JSON" has no subfields.']
    )
    assert plain is not None
    assert "fmCrosspost{" not in plain.post_fields(in_full=True)
    assert "fmCrosspost" in plain.post_fields(in_full=True)
    without = plain.after_refusal(['Cannot query field "fmCrosspost" on type "Post".'])
    assert without is not None
    assert "fmCrosspost" not in without.post_fields(in_full=True)


@pytest.mark.parametrize(("form", "other"), [("selector", "input"), ("input", "selector")])
def test_the_other_form_is_tried_once(form: str, other: str) -> None:
    second = Dialect(form=form).after_refusal(['Unknown argument "selector" on field "Query.post".'])  # type: ignore[arg-type]
    assert second is not None
    assert second.form == other
    assert second.after_refusal(["still not"]) is None
