"""Capitals: initialisms are spelled ("A G I"), shouted words lowered ("not"), acronyms read as words kept.

Order of decision: the lexicon; a known English word is shouted, not spelled; up to five letters or no vowel: spelled;
anything else is a word.
"""

from __future__ import annotations

import re

from narrate.script.lexicon import shipped
from narrate.script.spoken.rule import rule
from narrate.script.spoken.spelling import letters, stands_clear
from narrate.script.words import is_word

#: Read as words although no dictionary has them, or they are short.
_AS_WORDS_LIST = (
    "NASA NATO UNESCO UNICEF AIDS SARS COVID MERS RAM ROM GIF JPEG SIM PIN GAN GANS LAN WAN TED ZIP DARPA IARPA "
    "ARPA RAND CERN LIGO OPEC FEMA OSHA NIMBY YIMBY FAANG FOMO YOLO CRISPR MOOC SCOTUS POTUS FLOTUS BERT ROBERTA "
    "DALL DAO DAOS CAPTCHA LASER RADAR SONAR LIDAR SCUBA ASEAN FIFA UEFA NAFTA BRICS WEIRD NIST LORA HODL "
    "SPARC CUDA SWAT EBITDA MOSFET LASIK PISA FAFSA MENSA ARIA CHIPS NOAA FINRA SIDS PERL COBOL LISP BASIC "
    "FORTRAN UNIX LINUX MIDI WASP TESOL HIPAA COBRA AWOL SNAFU TIFF WIMP LEAN DOOM ROUGE BLEU FIDE "
    "POSIX MAGA MOMA NAND SCSI SAP TOEFL"
)
_AS_WORDS = frozenset(_AS_WORDS_LIST.split())
#: One to three letters, shouted whenever they stand in capitals.
_SHOUTED_WORDS = (
    "NOT OR DO IS ARE THE AND ALL ANY YOU WAS HAD HAS CAN BUT FOR NEW NOW WHY HOW ONE TWO SIX TEN SO IF TO BE NO MY "
    "WE HE OF ON BY UP GO AT OUR OUT OWN TOO ITS HIS HER HIM SHE NEVER YES OFF OLD BAD BIG GET GOT SAY SEE TRY "
    "USE WAY YET LET PUT RUN SET DID LOT MAY NOR FEW END FAR BIT GOD MAN MEN DAY WIN LOW TOP WANT MUST ONLY VERY "
    "MANY EVEN SOME EACH ADD ASK DIE DEAD KEY RED HOT WAR OH AH WOW HEY UGH ARGH EAT BUY PAY FIX CUT FUN LIE LAW "
    "JOB KID GUY SIR RIP YEP NOPE NAH WON WHOSE AGO AIR ART BED BOX BOY CAR CRY DOG EYE FLY GUN ICE ILL LED LEG "
    "LIT MET MUD ODD OIL PER RAW SAD SAW SEA SEX SIN SKY SON SUM SUN TAX TEA TIE TRUE VAN VIA WET WHOM YOUR"
)
_SHOUTED = frozenset(_SHOUTED_WORDS.split())
#: Words first or letters first depends on the neighbours: "live in the US", "GIVE US THE MONEY".
_EITHER_WORDS = (
    "US IT AM PM IN AN AS ME WHO HI ID CO AL ACT SAT CAT PET FAT BUG AIM ARM AGE GAS MAP MAD MOB MIT IRA ANN "
    "TIP AD DE LA IM AI"
)
_EITHER = frozenset(_EITHER_WORDS.split())
#: Dictionary words that are initialisms here.
_SPELLED = frozenset(["URL", "MIT", "URLS", "ACT", "SAT", "ID", "NLP", "ABC", "USA", "UK", "EU", "UN"])
#: Every voice knows them in capitals.
_KNOWN = frozenset(["OK", "TV"])
_VOWELS = frozenset("AEIOUY")
_NEIGHBOUR_BEFORE = re.compile(r"([A-Z']{2,})[ -][\"'(]*$")
_NEIGHBOUR_AFTER = re.compile(r"[\"')]*[ -][\"'(]*([A-Z']{2,})(?![a-z])")
_UNSPLIT_WORDS = (
    "GitHub YouTube JavaScript TypeScript LinkedIn PayPal WhatsApp PowerPoint WordPress MacBook TikTok "
    "PlayStation Facebook HarperCollins SoundCloud QuickTime CrossFit OkCupid DoorDash AirBnB LessWrong "
    "GreaterWrong DeepMind DeepSeek GiveWell PyTorch PostScript JetBlue BuzzFeed"
)
_UNSPLIT = frozenset(_UNSPLIT_WORDS.split())
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _opens(text: str, at: int) -> bool:
    """Whether a sentence starts at `at`."""
    before = text[max(0, at - 6) : at].rstrip(" \"'(—–")
    return not before or (before[-1] in ".!?:")


def _neighbours_shout(found: re.Match[str]) -> bool:
    """A word next to it stands in capitals too, and is an English word."""
    text = found.string
    before = _NEIGHBOUR_BEFORE.search(text, max(0, found.start() - 20), found.start())
    after = _NEIGHBOUR_AFTER.match(text, found.end())
    return any(near and _is_plain_word(near[1]) for near in (before, after))


def _is_plain_word(capitals: str) -> bool:
    word = capitals.replace("'", "")
    return word not in shipped() and (
        word in _SHOUTED or word in _EITHER or (len(word) > 3 and is_word(capitals.lower()))
    )


def _spelled(found: re.Match[str], capitals: str) -> str | None:
    """`"AGI"` -> "A G I"; None where the capitals had better stay."""
    if found[2] or not stands_clear(found.string, found.start(), found.end()):
        return None
    return letters(capitals)


def _lowered(found: re.Match[str], word: str) -> str:
    return word.capitalize() if _opens(found.string, found.start()) else word.lower()


def say_capitals(found: re.Match[str]) -> str | None:
    """A run of capitals (group 1), perhaps with a plural s (group 2)."""
    word, s = found[1], found[2]
    text = found.string
    term = shipped().get(word + s) or shipped().get(word)
    if _is_in_hyphenated_term(found):
        return None
    if term is not None:
        if term.policy == "expand":
            return term.respelling
        return _spelled(found, word) if term.policy == "letters" else None
    if word in _KNOWN:
        return None
    if word in _SPELLED and not (word in _EITHER and _neighbours_shout(found)):
        return _spelled(found, word)
    if word in _AS_WORDS:
        return word.capitalize() + s
    if word in _SHOUTED and not s:
        return _lowered(found, word)
    if word in _EITHER:
        return _lowered(found, word) if _neighbours_shout(found) and not s else _spelled(found, word)
    if len(word) > 3 and is_word(word.lower()):
        name = text[found.end() : found.end() + 1] == ":"
        return word.capitalize() if name else _lowered(found, word) + s
    if (
        len(word) > 2
        and text[found.end() : found.end() + 1] == ":"
        and _opens(text, found.start())
        and is_word(word.lower())
    ):
        return word.capitalize()
    if len(word) <= 5 or _VOWELS.isdisjoint(word):
        return _spelled(found, word) if not _is_shouted_contraction(found) else word.lower()
    return word.capitalize() + s


def _is_in_hyphenated_term(found: re.Match[str]) -> bool:
    return any(found.string.startswith(term, found.start()) for term in _HYPHENATED if term.startswith(found[1]))


_HYPHENATED = tuple(term for term in shipped() if "-" in term and term[:2].isupper())


def _is_shouted_contraction(found: re.Match[str]) -> bool:
    """`"DON'T"`, `"I'LL"`: the part before the apostrophe isn't spelled."""
    return bool(re.match(r"'(?:T|LL|RE|VE|S|D|M)\b", found.string[found.end() : found.end() + 24]))


def _contraction(found: re.Match[str]) -> str:
    return _lowered(found, found[0]) if not found[0].startswith("I'") else "I" + found[0][1:].lower()


def _compound(found: re.Match[str]) -> str | None:
    """`"ChatGPT"` -> "Chat GPT", `"BadFaith"` -> "Bad Faith"; names in the lexicon or the dictionary stay."""
    text = found[0]
    stem = text.removesuffix("s") if re.search(r"[A-Z]{2}s\Z", text) else text
    if text in shipped() or stem in shipped() or text in _UNSPLIT or is_word(text.lower()):
        return None
    parts = _PARTS.findall(stem)
    if not any(len(part) > 1 and part.isupper() for part in parts):
        return " ".join(parts) if all(len(part) > 2 and is_word(part.lower()) for part in parts) else None
    said = " ".join(parts)
    return said + ("s" if stem != text else "")


_CAPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

RULES = (
    rule("capitals", r"\b(?:[A-Z]+N'T|(?:[A-Z]{2,}|I)'(?:LL|RE|VE|S|D|M))\b", _contraction, needs="'"),
    rule(
        "capitals",
        r"\b[A-Z]?[a-z]+(?:[A-Z][a-z]+)*[A-Z]{2,}s?\b|\b[A-Z]{2,}[a-z]{2,}(?:[A-Z][a-z]+)*\b(?<![A-Z]ed)"
        r"(?<![A-Z]ing)|\b(?:[A-Z][a-z]+){2,}\b",
        _compound,
        needs=_CAPS,
    ),
    rule("capitals", r"(?<![A-Za-z])([A-Z]{2,})(s?)(?![A-Za-z])", say_capitals, needs=_CAPS),
)
