"""Pronunciations: terms with their endings, initialisms by letter, homographs by context; and the unknown words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.script.lexicon import Term, parse, shipped
from narrate.script.pronounce import Pronouncer, letters_ipa, plural_ipa, pronounce, unknown_words
from narrate.script.spoken import read
from narrate.script.words import is_known, is_word, known_words


def said(spoken: str) -> dict[str, str]:
    return {spoken[p.start : p.end]: p.ipa for p in pronounce(spoken)}


@pytest.mark.parametrize(
    ("spoken", "word", "ipa"),
    [
        ("Yudkowsky wrote it", "Yudkowsky", "jʊdˈkaʊski"),
        ("Yudkowsky's view", "Yudkowsky's", "jʊdˈkaʊskiz"),
        ("a Yudkowskian idea", "Yudkowskian", "jʊdˈkaʊskiən"),
        ("two shoggoths", "shoggoths", "ˈʃɑɡəθs"),
        ("Shoggoth opens the sentence", "Shoggoth", "ˈʃɑɡəθ"),
        ("a Kantian", "Kantian", "kɑntiən"),
        ("Bayes's rule", "Bayes's", "beɪzɪz"),
        ("it was Goodharted", "Goodharted", "ˈɡʊdhɑɹtɪd"),
        ("John von Neumann", "von Neumann", "vɑn ˈnɔɪmən"),
        ("on SWE-bench", "SWE-bench", "ˈswi bɛntʃ"),
        ("an A G I", "A G I", "ˌeɪ dʒi ˈaɪ"),
        ("two LLMs", "LLMs", "ˌɛl ɛl ˈɛmz"),
        ("GPUs", "GPUs", "ˌdʒi pi ˈjuz"),
        ("the CDT's verdict", "CDT's", "ˌsi di ˈtiz"),
        ("at MIRI", "MIRI", "ˈmɪɹi"),
        ("an X Y Z affair", "X Y Z", "ˌɛks waɪ ˈzi"),
    ],
)
def test_a_term_is_found_with_its_endings(spoken: str, word: str, ipa: str) -> None:
    assert said(spoken)[word] == ipa


@pytest.mark.parametrize(
    ("spoken", "word", "ipa"),
    [
        ("I have read it", "read", "ɹɛd"),
        ("I will read it", "read", "ɹid"),
        ("I read a post yesterday", "read", "ɹɛd"),
        ("Read by a machine", "Read", "ɹɛd"),
        ("when you read this", "read", "ɹid"),
        ("she read it aloud", "read", "ɹɛd"),
        ("a live show", "live", "laɪv"),
        ("people live here", "live", "lɪv"),
        ("she lives in Rome", "lives", "lɪvz"),
        ("it saved many lives", "lives", "laɪvz"),
        ("lead poisoning", "lead", "lɛd"),
        ("this may lead to harm", "lead", "lid"),
        ("the use of force", "use", "jus"),
        ("we use force", "use", "juz"),
        ("close the door", "close", "kloʊz"),
        ("it is close to done", "close", "kloʊs"),
        ("I estimate that", "estimate", "ˈɛstəˌmeɪt"),
        ("an estimate of it", "estimate", "ˈɛstəmət"),
        ("to present the case", "present", "pɹɪˈzɛnt"),
        ("the present case", "present", "ˈpɹɛzənt"),
        ("both players defect", "defect", "dɪˈfɛkt"),
        ("a birth defect", "defect", "ˈdifɛkt"),
        ("minute differences", "minute", "maɪˈnut"),
        ("a minute ago", "minute", "ˈmɪnət"),
        ("I object to that", "object", "əbˈdʒɛkt"),
        ("the object itself", "object", "ˈɑbdʒɛkt"),
        ("we wound up here", "wound", "waʊnd"),
        ("her résumé, or the resume", "resume", "ˈɹɛzəˌmeɪ"),
    ],
)
def test_a_homograph_is_said_as_its_context_asks(spoken: str, word: str, ipa: str) -> None:
    assert said(spoken)[word] == ipa


def test_names_and_acronyms_keep_to_their_capitals() -> None:
    assert "elk" not in said("an elk in the snow")
    assert said("the ELK report")["ELK"] == "ɛlk"


def test_what_engines_read_rightly_gets_no_pronunciation() -> None:
    assert not pronounce("It is OK to say nothing on TV.")


@given(st.lists(st.sampled_from([*shipped(), "I", "read", "'s", "A", "GPUs", "the", ",", "."]), max_size=12))
def test_pronunciations_are_in_order_and_never_overlap(words: list[str]) -> None:
    spoken = " ".join(words)
    found = pronounce(spoken)
    assert all(0 <= p.start < p.end <= len(spoken) and p.ipa for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_every_term_of_the_lexicon_is_found_in_what_the_rules_leave_of_it() -> None:
    missed = [
        term.text
        for term in shipped().values()
        if term.policy != "expand" and "." not in term.text and "(" not in term.text
        if not any(p.ipa == term.ipa for p in pronounce(read(f"So {term.text} is here").spoken))
    ]
    assert not missed


def test_an_operators_lexicon_goes_on_top() -> None:
    mine = {**shipped(), "Zorblax": Term(text="Zorblax", ipa="ˈzɔɹblæks", respelling="ZOR-blacks", note="name")}
    pronouncer = Pronouncer(mine)
    assert [p.ipa for p in pronouncer.pronounce("Zorblax met Gwern")] == ["ˈzɔɹblæks", "ɡwɜɹn"]
    assert pronouncer.unknown_words("Zorblax met Quuxly") == ("Quuxly",)


def test_unknown_words_are_those_nobody_knows_each_once_in_order() -> None:
    spoken = (
        "Zorblax and Yudkowsky's quuxly colours, A G I, LLMs, unhelpfulness, meta-ethics; Zorblax's favourite ceteris."
    )
    assert unknown_words(spoken) == ("Zorblax", "quuxly")


def test_a_broken_lexicon_line_is_refused_with_its_number() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse("a\tb\tc\td\nno tabs here\n")


def test_the_word_list_holds_words_and_no_initialisms() -> None:
    assert 100_000 < len(known_words()) < 140_000
    assert is_word("panic")
    assert not is_word("fbi")
    assert all(map(is_known, ("colour", "optimised", "misaligned", "timelines", "Alice's", "don't", "metaphysics")))
    assert not any(map(is_known, ("quuxly", "zorblax")))


@pytest.mark.parametrize(
    ("ipa", "many"), [("kæt", "kæts"), ("dɔɡ", "dɔɡz"), ("beɪz", "beɪzɪz"), ("tʃɜɹtʃ", "tʃɜɹtʃɪz")]
)
def test_a_plural_sounds_as_its_last_sound_asks(ipa: str, many: str) -> None:
    assert plural_ipa(ipa) == many


def test_letters_are_stressed_on_the_last() -> None:
    assert letters_ipa("GPU") == "ˌdʒi pi ˈju"
    assert letters_ipa("X") == "ɛks"
