"""Words written alike and said differently ("read", "live", "lead", "use") -> IPA by the words around them.

Hand rules for the ones that matter on a blog. A rule looks a few words back and ahead; where nothing decides, the word
gets its commoner sound, so that an engine's own guess never counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: What makes the next word a verb in its plain form.
_TO_VERB = (
    r"\b(?:to|will|would|can|could|should|must|may|might|shall|do|don't|doesn't|did|didn't|won't|can't|cannot|couldn't|"
    r"wouldn't|shouldn't|let's|I|we|you|they|who|people|not|also|always|often|usually|sometimes|never|then|please|I'll|"
    r"we'll|you'll|they'll|I'd|we'd|you'd|they'd|help|better|simply|just|and then)\Z"
)
_DETERMINER = (
    r"\b(?:an?|the|this|that|these|those|my|your|his|her|its|our|their|some|any|no|each|every|another|one|such|first|"
    r"second|third|other|new|old|own|good|best|better|bad|same|different|of|'s)\Z"
)
_OBJECT = (
    r"(?:an?|the|this|that|these|those|my|your|his|her|its|our|their|it|them|him|us|me|what|how|all|every|some|any|"
    r"both)\b"
)


@dataclass(frozen=True, slots=True)
class _Sound:
    """`ipa` where the words before match `before` and the words after match `after` (an empty pattern asks nothing)."""

    ipa: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None


def _sound(ipa: str, before: str = "", after: str = "") -> _Sound:
    return _Sound(
        ipa,
        re.compile(before, re.I) if before else None,
        re.compile(after, re.I) if after else None,
    )


def _verb_else(verb: str, other: str, after: str = "") -> tuple[_Sound, ...]:
    """A word that is a verb after "to", "will", "we" and the like, something else elsewhere."""
    return (_sound(other, _DETERMINER), _sound(verb, _TO_VERB, after), _sound(other))


_PERFECT = (
    r"(?:have|has|had|having|'ve|'d|was|were|be|been|being|is|are|get|gets|got|getting|well|widely)"
    r"(?: (?:not|never|ever|just|already|also|recently|only|always|once|since|actually|even|probably|all|both|finally|"
    r"previously|now))*\Z"
)
_PAST_AFTER = (
    r"[^.;!?]{0,60}\b(?:yesterday|last (?:week|month|year|night)|ago|when I was|recently|once|earlier|back in|"
    r"in (?:nineteen|twenty|two thousand)|as a (?:kid|child|teenager))\b"
)

_RULES: dict[str, tuple[_Sound, ...]] = {
    "read": (
        _sound("ɹɛd", _PERFECT),
        _sound("ɹɛd", r"\b(?:he|she|it)(?: \w+ly| once| also)?\Z"),
        _sound("ɹɛd", "", r"by\b"),
        _sound(
            "ɹid",
            _TO_VERB.replace("I|we|you|they|who|people|", "").replace(
                "also|always|often|usually|sometimes|never|then|", "always|often|usually|sometimes|"
            ),
        ),
        _sound("ɹid", r"\b(?:if|when|whenever|as|before|after|until|once|while) (?:you|I|we|they|people)\Z"),
        _sound("ɹɛd", "", _PAST_AFTER),
        _sound("ɹɛd", r"\b(?:I|we)(?: just| first| once| also| recently| never)?\Z"),
        _sound("ɹid"),
    ),
    "live": (
        _sound(
            "laɪv",
            "",
            r"(?:audio|video|stream|streams|streaming|show|shows|music|demo|feed|broadcast|event|events|coverage"
            r"|recording|performance|session|sessions|chat|debate|action|wire|wires|ammunition|player|players|data"
            r"|issue|question|option|options|hypothesis|possibility|update|updates|blog|blogging|television|TV"
            r"|theater|animals?|bait|virus)\b",
        ),
        _sound(
            "laɪv",
            r"\b(?:go|goes|went|going|gone|broadcast|streamed|performed|aired|played|is|are|was|now|it's)\Z",
            r"(?:on|at|in|now|from|today|again)\b|\Z|[.,;:!?]",
        ),
        _sound("laɪv", r"\ba\Z"),
        _sound("lɪv"),
    ),
    "lives": (
        _sound(
            "lɪvz",
            r"\b(?:he|she|it|who|which|that|everyone|someone|one|nobody|anyone|still|also|now|actually|there|mother"
            r"|father|brother|sister|friend|family|man|woman|person)\Z",
            r"(?:in|on|at|with|by|up|near|alone|under|there|here|for|through|next|forever|inside|outside|across"
            r"|somewhere)\b|[.,;:!?]|\Z",
        ),
        _sound("laɪvz"),
    ),
    "lead": (
        _sound(
            "lɛd",
            "",
            r"(?:pipes?|paint|paints|poisoning|exposure|acid|levels?|contamination|abatement|concentrations?"
            r"|pollution|crime|removal|smelter|solder|weights?|bullets?|in (?:the |their |our )?(?:water|blood|paint"
            r"|gasoline|soil|air|gas|petrol|pipes))\b",
        ),
        _sound(
            "lɛd",
            r"\b(?:of|blood|contain|contains|containing|heavy metals like|mercury and|as|remove|removing|atmospheric"
            r"|environmental|childhood|ingest|ingesting|molten)\Z",
            r"[.,;:!?]|\Z|and (?:mercury|cadmium|arsenic|other)\b|exposure\b|is toxic\b",
        ),
        _sound("lid"),
    ),
    "use": (
        _sound("juz", r"\b(?:of) how (?:we|you|I)\Z"),
        _sound(
            "jus",
            r"\b(?:the|an?|of|in|no|some|any|this|that|its|my|your|his|her|our|their|much|little|for|from|personal"
            r"|public|drug|substance|energy|land|water|compute|resource|tool|language|make|makes|made|making|single"
            r"|dual|effective|better|good|best|common|practical|actual|everyday|general|first|efficient|widespread"
            r"|appropriate|heavy|regular|daily|internal|commercial|military|what|there's|is|what's|more|increased"
            r"|into)\Z",
            r"of\b|in\b|for\b|to\b|as\b|by\b|is\b|was\b|at\b|here\b|cases?\b|and\b|with\b|or\b|it has\b|would\b"
            r"|can\b|has\b|[.,;:!?)]|\Z|that\b|than\b",
        ),
        _sound("juz"),
    ),
    "uses": (
        _sound(
            "ˈjusɪz",
            r"\b(?:the|many|other|several|its|of|various|two|three|few|more|possible|potential|different|some|these"
            r"|those|such|their|our|good|best|common|practical|multiple|alternative|legitimate|all|most|both|has"
            r"|have)\Z",
            r"of\b|for\b|in\b|that\b|are\b|is\b|to\b|as\b|and\b|include\b|[.,;:!?)]|\Z",
        ),
        _sound("ˈjuzɪz"),
    ),
    "close": (
        _sound(
            "kloʊz",
            r"\b(?:to|will|would|can|could|should|must|please|and|then|not|didn't|don't|I'll|we'll|let's)\Z",
            r"(?:an?|the|this|that|these|my|your|his|her|its|our|their|it|them|off|down|out|all|any|up shop|eyes"
            r"|doors?)\b|[.;!?]|\Z",
        ),
        _sound(
            "kloʊz",
            r"(?:\A|[.!?:]\s?|\b(?:you|I|we|they|markets?|who)\Z)",
            r"(?:the|my|your|his|her|its|our|their|it|off|down)\b",
        ),
        _sound("kloʊs"),
    ),
    "present": _verb_else(
        "pɹɪˈzɛnt",
        "ˈpɹɛzənt",
        rf"{_OBJECT}|to\b|evidence\b|new\b|as\b|themselves\b|itself\b|myself\b|arguments?\b|two\b|three\b|several\b"
        rf"|results?\b|here\b",
    ),
    "object": _verb_else("əbˈdʒɛkt", "ˈɑbdʒɛkt", r"to\b|that\b|here\b|when\b|if\b|on\b|[.,;:!?]|\Z"),
    "subject": _verb_else("səbˈdʒɛkt", "ˈsʌbdʒɛkt", _OBJECT),
    "project": _verb_else("pɹəˈdʒɛkt", "ˈpɹɑdʒɛkt", rf"{_OBJECT}|onto\b|forward\b|into\b|out\b|from\b"),
    "record": _verb_else(
        "ɹɪˈkɔɹd", "ˈɹɛkəɹd", rf"{_OBJECT}|data\b|video\b|audio\b|more\b|episodes?\b|everything\b|myself\b"
    ),
    "estimate": _verb_else("ˈɛstəˌmeɪt", "ˈɛstəmət"),
    "estimates": (
        _sound("ˈɛstəˌmeɪts", r"\b(?:he|she|it|who|which|Cotra|report|paper|one|model|author)\Z"),
        _sound("ˈɛstəməts"),
    ),
    "separate": (_sound("ˈsɛpəˌɹeɪt", _TO_VERB), _sound("ˈsɛpɹət")),
    "moderate": (_sound("ˈmɑdəˌɹeɪt", _TO_VERB), _sound("ˈmɑdəɹət")),
    "deliberate": (_sound("dɪˈlɪbəˌɹeɪt", _TO_VERB), _sound("dɪˈlɪbəɹət")),
    "graduate": (_sound("ˈɡɹædʒuˌeɪt", _TO_VERB), _sound("ˈɡɹædʒuət")),
    "appropriate": (_sound("əˈpɹoʊpɹiˌeɪt", r"\b(?:to|will|would|can|could)\Z", _OBJECT), _sound("əˈpɹoʊpɹiət")),
    "elaborate": (_sound("ɪˈlæbəˌɹeɪt", _TO_VERB), _sound("ɪˈlæbəˌɹeɪt", "", r"(?:on|upon)\b"), _sound("ɪˈlæbəɹət")),
    "approximate": (_sound("əˈpɹɑksəˌmeɪt", _TO_VERB), _sound("əˈpɹɑksəmət")),
    "advocate": (
        _sound("ˈædvəkət", _DETERMINER),
        _sound("ˈædvəˌkeɪt", _TO_VERB),
        _sound("ˈædvəˌkeɪt", "", r"for\b"),
        _sound("ˈædvəkət"),
    ),
    "alternate": (_sound("ˈɔltəɹˌneɪt", _TO_VERB), _sound("ˈɔltəɹnət")),
    "associate": (
        _sound("əˈsoʊʃiət", _DETERMINER),
        _sound("əˈsoʊʃiˌeɪt", _TO_VERB),
        _sound("əˈsoʊʃiˌeɪt", "", r"with\b"),
        _sound("əˈsoʊʃiət"),
    ),
    "coordinate": (
        _sound("koʊˈɔɹdənət", _DETERMINER),
        _sound("koʊˈɔɹdəˌneɪt", _TO_VERB),
        _sound("koʊˈɔɹdənət", "", r"(?:system|systems|axis|axes|plane|space|transformations?)\b"),
        _sound("koʊˈɔɹdəˌneɪt"),
    ),
    "duplicate": (_sound("ˈdupləˌkeɪt", _TO_VERB), _sound("ˈdupləkət")),
    "content": (
        _sound(
            "kənˈtɛnt",
            r"\b(?:am|be|is|are|was|were|been|feel|felt|feels|perfectly|quite|seem|seems|being|I'm|they're|we're"
            r"|he's|she's|more)\Z",
            r"with\b|to\b|just\b|[.,;:!?]|\Z",
        ),
        _sound("ˈkɑntɛnt"),
    ),
    "minute": (
        _sound(
            "maɪˈnut",
            "",
            r"(?:details?|amounts?|differences?|changes?|fractions?|quantit(?:y|ies)|traces?|variations?|particles?)\b",
        ),
        _sound("ˈmɪnət"),
    ),
    "tear": (
        _sound("tɪɹ", "", r"gas\b|ducts?\b|drops?\b|(?:ran|rolled|fell|slid|in (?:my|his|her|your) eye)\b"),
        _sound("tɛɹ"),
    ),
    "tears": (_sound("tɛɹz", r"\b(?:it|he|she|that|which|who)\Z"), _sound("tɪɹz")),
    "wind": (
        _sound("waɪnd", "", r"(?:up|down|back|its way|their way|around the)\b"),
        _sound("waɪnd", r"\bto\Z"),
        _sound("wɪnd"),
    ),
    "winds": (_sound("waɪndz", "", r"(?:up|down|its way)\b"), _sound("wɪndz")),
    "wound": (_sound("waʊnd", "", r"(?:up|around|down|tight|tightly|back|through)\b"), _sound("wund")),
    "bow": (
        _sound("baʊ", "", r"(?:to|down|out|before|your|his|her|their|my|and scrape)\b"),
        _sound("baʊ", r"\b(?:take|takes|took|taking) a\Z|\bto\Z"),
        _sound("boʊ"),
    ),
    "resume": (_sound("ˈɹɛzəˌmeɪ", _DETERMINER), _sound("ɹɪˈzum")),
    "resumes": (
        _sound("ˈɹɛzəˌmeɪz", r"\b(?:the|their|of|your|our|these|those|reviewing|reading|on)\Z"),
        _sound("ɹɪˈzumz"),
    ),
    "excuse": (_sound("ɪkˈskjuz", _TO_VERB), _sound("ɪkˈskjuz", r"(?:\A|[.!?]\s?)\Z"), _sound("ɪkˈskjus")),
    "abuse": (_sound("əˈbjuz", _TO_VERB), _sound("əˈbjus")),
    "house": (_sound("haʊz", r"\b(?:to|will|would|can|could)\Z", _OBJECT), _sound("haʊs")),
    "perfect": (_sound("pəɹˈfɛkt", r"\bto\Z", _OBJECT), _sound("ˈpɜɹfɪkt")),
    "conduct": _verb_else("kənˈdʌkt", "ˈkɑndʌkt"),
    "conflict": (
        _sound("ˈkɑnflɪkt", _DETERMINER),
        _sound("kənˈflɪkt", _TO_VERB),
        _sound("kənˈflɪkt", r"\b(?:that|which)\Z", r"with\b"),
        _sound("ˈkɑnflɪkt"),
    ),
    "attribute": (
        _sound("ˈætɹəˌbjut", _DETERMINER),
        _sound("əˈtɹɪbjut", _TO_VERB),
        _sound("əˈtɹɪbjut", "", rf"{_OBJECT}|to\b"),
        _sound("ˈætɹəˌbjut"),
    ),
    "defect": (
        _sound("ˈdifɛkt", _DETERMINER.replace("|these|those", "").replace("|of", "")),
        _sound("ˈdifɛkt", r"\b(?:birth|genetic|character|design|structural|heart|moral|manufacturing)\Z"),
        _sound("dɪˈfɛkt"),
    ),
    "defects": (
        _sound(
            "dɪˈfɛkts",
            r"\b(?:he|she|it|who|one|player|opponent|agent|everyone|someone|nobody|always|other|partner|bot"
            r"|cooperator|side)\Z",
        ),
        _sound("ˈdifɛkts"),
    ),
    "permit": _verb_else("pəɹˈmɪt", "ˈpɜɹmɪt"),
    "desert": (_sound("dɪˈzɜɹt", _TO_VERB), _sound("ˈdɛzəɹt")),
    "contrast": (_sound("kənˈtɹæst", r"\b(?:to|will|would|can|could|I|we|you|and)\Z", _OBJECT), _sound("ˈkɑntɹæst")),
    "convert": (_sound("ˈkɑnvəɹt", _DETERMINER), _sound("kənˈvɜɹt")),
    "invalid": (_sound("ˈɪnvəlɪd", r"\b(?:an|the)\Z", r"(?:in|who|lay|and his|and her)\b"), _sound("ɪnˈvælɪd")),
    "intimate": (_sound("ˈɪntəˌmeɪt", _TO_VERB, r"that\b"), _sound("ˈɪntəmət")),
    "predicate": (_sound("ˈpɹɛdəˌkeɪt", _TO_VERB), _sound("ˈpɹɛdəkət")),
    "delegate": (_sound("ˈdɛləɡət", _DETERMINER), _sound("ˈdɛləˌɡeɪt")),
    "degenerate": (_sound("dɪˈdʒɛnəˌɹeɪt", _TO_VERB), _sound("dɪˈdʒɛnəɹət")),
}
_ANY = re.compile(rf"(?<![\w'-])(?:{'|'.join(sorted(_RULES, key=len, reverse=True))})(?![\w'-])", re.I)
_SPAN = 48


def homographs(spoken: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, IPA) of every homograph in `spoken`."""
    for found in _ANY.finditer(spoken):
        before = spoken[max(0, found.start() - _SPAN) : found.start()].rstrip(" \"'(")
        after = spoken[found.end() : found.end() + 2 * _SPAN].lstrip(" \"'")
        for sound in _RULES[found[0].lower()]:
            if (sound.before is None or sound.before.search(before)) and (
                sound.after is None or sound.after.match(after)
            ):
                yield found.start(), found.end(), sound.ipa
                break
