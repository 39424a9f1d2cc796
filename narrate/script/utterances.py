"""Blocks -> utterances: read aloud, cut into sentences, packed; `written` is cut where `spoken` is.

The text is normalised first and cut after that: abbreviations, decimals and addresses are words by then. A cut never
falls inside a rewrite, never across blocks; at most MAX_CHARS of spoken text, sentences packed towards PACK_CHARS.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from narrate.records import Rewrite
from narrate.script import spoken
from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left
from narrate.script.sentences import clause_ends, sentence_ends

#: The most that a voice takes in one line.
MAX_CHARS = 300
#: Sentences are packed until an utterance has this much.
PACK_CHARS = 80
#: A last piece shorter than this joins the one before it when there is room.
STUB_CHARS = 15
#: One rewrite longer than this can't be said whole.
MAX_REWRITE_CHARS = 260


@dataclass(frozen=True, slots=True)
class Piece:
    """One utterance's text. `end` is the offset in the line's written text that it reaches to."""

    written: str
    spoken: str
    rewrites: tuple[Rewrite, ...]
    end: int
    is_sentence_end: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of a line that is either said as written (`rewrite` None) or one rewrite. `at`: its place in the spoken."""

    at: int
    said: str
    start: int
    end: int
    rewrite: Rewrite | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """A block's utterances, and what of it can't be said."""

    pieces: tuple[Piece, ...]
    left: tuple[Left, ...]


def split(block: Block) -> Pieces:
    """A block's line -> its pieces, in order; none when there is nothing that a voice could say."""
    line = block.line
    rewrites, left = _rewrites(block)
    stretches = list(_stretches(line.written, rewrites))
    said = "".join(stretch.said for stretch in stretches)
    if not any(c.isalpha() for c in said):
        if line.written:
            left.append(Left(what="text", text=line.written, why="nothing in it can be said"))
        return Pieces((), tuple(left))
    stops = [at for at, _ in block.asides]
    cuts = _cuts(said, stretches, [_stop_at(stop, said, stretches) for stop in stops])
    return Pieces(tuple(_pieces(line.written, stretches, cuts)), tuple(left))


def _rewrites(block: Block) -> tuple[list[Rewrite], list[Left]]:
    """All rewrites of a block's line in order: the rules', the fixed ones, what is said before and after it."""
    line = block.line
    reading = spoken.read(line.written, line.fixed)
    left: list[Left] = []
    rewrites: list[Rewrite] = []
    for rewrite in reading.rewrites:
        if len(rewrite.after) > MAX_REWRITE_CHARS:
            left.append(Left(what="long run", text=rewrite.before, why="too long to say in one go"))
            after = f" a passage of {cardinal(len(rewrite.before))} characters, which is in the notes "
            rewrite = replace(rewrite, after=after)
        elif rewrite.rule == "foreign script":
            left.append(Left(what="foreign script", text=rewrite.before, why="the voice doesn't speak it"))
        rewrites.append(rewrite)
    if block.lead:
        rewrites.insert(0, Rewrite(start=0, end=0, rule="announcement", before="", after=block.lead))
    tail = _stop(reading.spoken, block.ending) + block.tail
    if tail:
        end = len(line.written)
        if rewrites and rewrites[-1].end == end:
            rewrites[-1] = replace(rewrites[-1], after=rewrites[-1].after.rstrip())
        rule = "announcement" if block.tail else "stop"
        rewrites.append(Rewrite(start=end, end=end, rule=rule, before="", after=tail))
    return rewrites, left


#: Whatever follows, a text that ends so isn't over.
_RUNS_ON = (
    *(" nor", " the", " a", " an", " whereas", " because", " if", " than", " into", " whose"),
    *(" such as", " that is", " for example"),
)


def _stop(said: str, ending: str) -> str:
    """The stop that a heading, an item or a line lacks, so that the voice falls; where it goes on, what says so."""
    bare = said.rstrip("\"')”’ ")
    if not bare or not bare[-1].isalpha():
        return ""
    words = f" {bare.lower()}"
    if ending != ".":
        return ending
    return "" if words.endswith((" and", " or", " but")) else "," if words.endswith(_RUNS_ON) else "."


def _stretches(written: str, rewrites: Sequence[Rewrite]) -> Iterator[Stretch]:
    at = start = 0
    for rewrite in rewrites:
        if rewrite.start > start:
            plain = written[start : rewrite.start]
            yield Stretch(at, plain, start, rewrite.start, None)
            at += len(plain)
        yield Stretch(at, rewrite.after, rewrite.start, rewrite.end, rewrite)
        at += len(rewrite.after)
        start = rewrite.end
    if start < len(written):
        yield Stretch(at, written[start:], start, len(written), None)


def _stop_at(written_at: int, said: str, stretches: Sequence[Stretch]) -> int:
    """The end, in `said`, of the sentence in which offset `written_at` of the written text lies."""
    at = len(said)
    for stretch in stretches:
        if stretch.start <= written_at <= stretch.end:
            at = stretch.at + (min(written_at - stretch.start, len(stretch.said)) if stretch.rewrite is None else 0)
            break
    # a mark stands before or after the stop that ends its sentence
    return next((end for end in _sentence_ends(said, stretches) if end >= at), len(said))


def _sentence_ends(said: str, stretches: Sequence[Stretch]) -> list[int]:
    """Sentence ends; a number's words begin a sentence although they are in small letters."""
    openers = frozenset(s.at for s in stretches if s.rewrite is not None and not s.rewrite.before[:1].islower())
    return sentence_ends(said, openers)


def _cuts(said: str, stretches: Sequence[Stretch], stops: Sequence[int]) -> list[int]:
    """Where `said` is cut: ascending offsets, the last one its length."""
    allowed = _Allowed(stretches)
    ends = [end for end in _sentence_ends(said, stretches) if allowed(end)]
    forced = sorted({stop for stop in stops if allowed(stop) and 0 < stop < len(said)})
    cuts: list[int] = []
    begin = 0
    for stop in [*forced, len(said)]:
        cuts += _packed(said, begin, [end for end in ends if begin < end < stop] + [stop], allowed)
        begin = stop
    return cuts


class _Allowed:
    """Whether an offset of the spoken text may be a cut: not inside a rewrite."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._barred = [(s.at, s.at + len(s.said)) for s in stretches if s.rewrite is not None and len(s.said) > 1]
        self.edges = sorted({s.at for s in stretches} | {s.at + len(s.said) for s in stretches})

    def __call__(self, cut: int) -> bool:
        low, high = 0, len(self._barred)
        while low < high:
            middle = (low + high) // 2
            start, end = self._barred[middle]
            if cut <= start:
                high = middle
            elif cut >= end:
                low = middle + 1
            else:
                return False
        return True


def _packed(said: str, begin: int, ends: Sequence[int], allowed: _Allowed) -> list[int]:
    """Sentence ends -> cuts: short sentences joined, long ones cut."""
    cuts: list[int] = []
    last = begin
    for i, end in enumerate(ends):
        start = ends[i - 1] if i else begin
        if start > last and (_size(said, last, start) >= PACK_CHARS or _size(said, last, end) > MAX_CHARS):
            cuts.append(start)
            last = start
        while _size(said, last, end) > MAX_CHARS:
            cut = _cut_within(said, last, end, allowed)
            cuts.append(cut)
            last = cut
    if cuts and _size(said, cuts[-1], ends[-1]) < STUB_CHARS:
        before = cuts[-2] if len(cuts) > 1 else begin
        if _size(said, before, ends[-1]) <= MAX_CHARS:
            cuts.pop()
    return [*cuts, ends[-1]]


def _size(said: str, start: int, end: int) -> int:
    return len(said[start:end].strip())


def _cut_within(said: str, start: int, end: int, allowed: _Allowed) -> int:
    """The best place to cut a sentence that is too long: at the strongest sign, as late as fits."""
    limit = start + MAX_CHARS - 1
    for ends in clause_ends(said[start : min(end, limit + 1)]):
        found = [start + at for at in ends if start + at <= limit and allowed(start + at) and at >= MAX_CHARS // 5]
        if found:
            return found[-1]
    edges = [edge for edge in allowed.edges if start < edge <= limit]
    return edges[-1] if edges else limit


def _pieces(written: str, stretches: Sequence[Stretch], cuts: Sequence[int]) -> list[Piece]:
    """The line cut at `cuts`; what has no letter to say joins its neighbour."""
    groups: list[list[Stretch]] = []
    for group in _groups(deque(stretches), cuts):
        if groups and not (_has_letter(group) and _has_letter(groups[-1])):
            groups[-1] += group
        else:
            groups.append(group)
    return [_piece(written, group) for group in groups]


def _has_letter(group: Sequence[Stretch]) -> bool:
    return any(c.isalpha() for stretch in group for c in stretch.said)


def _groups(queue: deque[Stretch], cuts: Sequence[int]) -> Iterator[list[Stretch]]:
    """The stretches up to each cut of the spoken text; a plain one that spans it is divided."""
    for cut in cuts:
        group: list[Stretch] = []
        while queue and queue[0].at + len(queue[0].said) <= cut:
            group.append(queue.popleft())
        if queue and queue[0].at < cut and queue[0].rewrite is None:
            whole = queue.popleft()
            n = cut - whole.at
            group.append(Stretch(whole.at, whole.said[:n], whole.start, whole.start + n, None))
            queue.appendleft(Stretch(cut, whole.said[n:], whole.start + n, whole.end, None))
        if group:
            yield group


def _piece(written: str, stretches: Sequence[Stretch]) -> Piece:
    start, end = stretches[0].start, stretches[-1].end
    first, last = stretches[0], stretches[-1]
    if first.rewrite is None:
        start += len(first.said) - len(first.said.lstrip())
    if last.rewrite is None and end > start:
        end -= len(last.said) - len(last.said.rstrip())
    end = max(end, start)
    rewrites = tuple(
        replace(s.rewrite, start=s.rewrite.start - start, end=s.rewrite.end - start)
        for s in stretches
        if s.rewrite is not None
    )
    said = " ".join("".join(s.said for s in stretches).split())
    return Piece(written[start:end], said, rewrites, end, said.rstrip("\"')”’ ").endswith((".", "?", "!", "…")))
