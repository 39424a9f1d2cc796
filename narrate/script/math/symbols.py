"""The symbol table: one line a symbol. Commands, the Unicode character, its kind, the words.

Kinds: `letter` an identifier · `rel` a relation (its words may start with "is", which is said only in full sentences) ·
`arrow` a relation whose words depend on where it stands · `bin` between two things · `logic` a connective ·
`pre` before its operand · `quant` a quantifier · `post` after its operand · `value` stands for itself ·
`big` sum-like, takes bounds · `fn` a function's name, takes an operand · `lim` a function with "over …" below it ·
`open`/`close`/`bar` delimiters · `dots` · `mark` punctuation · `money` a currency.
`-` as words means that it is never said. A plain letter needs no line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symbol:
    """`glyph` is what a reader sees, `words` what a listener hears ("" for nothing)."""

    glyph: str
    kind: str
    words: str


_TABLE = r"""
alpha                       α letter alpha
beta                        β letter beta
gamma                       γ letter gamma
delta                       δ letter delta
epsilon varepsilon          ε letter epsilon
epsilon                     ϵ letter epsilon
zeta                        ζ letter zeta
eta                         η letter eta
theta                       θ letter theta
vartheta                    ϑ letter theta
iota                        ι letter iota
kappa varkappa              κ letter kappa
lambda                      λ letter lambda
mu                          μ letter mu
-                           µ letter mu
nu                          ν letter nu
xi                          ξ letter xi
omicron                     ο letter omicron
pi                          π letter pi
varpi                       ϖ letter pi
rho                         ρ letter rho
varrho                      ϱ letter rho
sigma                       σ letter sigma
varsigma                    ς letter sigma
tau                         τ letter tau
upsilon                     υ letter upsilon
phi                         ϕ letter phi
varphi                      φ letter phi
chi                         χ letter chi
psi                         ψ letter psi
omega                       ω letter omega
digamma                     ϝ letter digamma
Alpha                       Α letter Alpha
Beta                        Β letter Beta
Gamma varGamma              Γ letter Gamma
Delta varDelta              Δ letter Delta
-                           ∆ letter Delta
Epsilon                     Ε letter Epsilon
Zeta                        Ζ letter Zeta
Eta                         Η letter Eta
Theta varTheta              Θ letter Theta
Iota                        Ι letter Iota
Kappa                       Κ letter Kappa
Lambda varLambda            Λ letter Lambda
Mu                          Μ letter Mu
Nu                          Ν letter Nu
Xi varXi                    Ξ letter Xi
Pi varPi                    Π letter Pi
Rho                         Ρ letter Rho
Sigma varSigma              Σ letter Sigma
Tau                         Τ letter Tau
Upsilon varUpsilon          Υ letter Upsilon
Phi varPhi                  Φ letter Phi
Chi                         Χ letter Chi
Psi varPsi                  Ψ letter Psi
Omega varOmega              Ω letter Omega
ell                         ℓ letter l
hbar hslash                 ℏ letter h bar
imath                       ı letter i
jmath                       ȷ letter j
wp                          ℘ letter p
aleph                       ℵ letter aleph
beth                        ℶ letter beth
gimel                       ℷ letter gimel
mho                         ℧ letter mho
AA                          Å letter angstrom

eq                          = rel equals
ne neq                      ≠ rel is not equal to
lt                          < rel is less than
gt                          > rel is greater than
leq le leqslant leqq        ≤ rel is less than or equal to
geq ge geqslant geqq        ≥ rel is greater than or equal to
-                           ⩽ rel is less than or equal to
-                           ⩾ rel is greater than or equal to
-                           ≦ rel is less than or equal to
-                           ≧ rel is greater than or equal to
nless                       ≮ rel is not less than
ngtr                        ≯ rel is not greater than
nleq nleqslant              ≰ rel is not less than or equal to
ngeq ngeqslant              ≱ rel is not greater than or equal to
ll                          ≪ rel is much less than
gg                          ≫ rel is much greater than
lll                         ⋘ rel is very much less than
ggg                         ⋙ rel is very much greater than
lesssim lessapprox          ≲ rel is less than or about equal to
gtrsim gtrapprox            ≳ rel is greater than or about equal to
approx approxeq thickapprox ≈ rel is approximately
napprox                     ≉ rel is not approximately
sim thicksim                ∼ rel scales like
nsim                        ≁ rel is not similar to
simeq backsimeq             ≃ rel is equivalent to
cong                        ≅ rel is isomorphic to
ncong                       ≇ rel is not isomorphic to
equiv                       ≡ rel is equivalent to
nequiv                      ≢ rel is not equivalent to
propto varpropto            ∝ rel is proportional to
coloneqq coloneq defeq      ≔ rel is defined as
eqqcolon                    ≕ rel defines
triangleq                   ≜ rel is defined as
doteq                       ≐ rel is defined as
asymp                       ≍ rel is asymptotic to
prec                        ≺ rel is less preferred than
succ                        ≻ rel is preferred to
preceq preccurlyeq          ≼ rel is not preferred to
-                           ⪯ rel is not preferred to
succeq succcurlyeq          ≽ rel is at least as preferred as
-                           ⪰ rel is at least as preferred as
precsim                     ≾ rel is not preferred to
succsim                     ≿ rel is at least as preferred as
nprec                       ⊀ rel is not less preferred than
nsucc                       ⊁ rel is not preferred to
in isin                     ∈ rel is in
notin                       ∉ rel is not in
ni owns                     ∋ rel contains
subset                      ⊂ rel is a subset of
subseteq subseteqq          ⊆ rel is a subset of
subsetneq subsetneqq        ⊊ rel is a proper subset of
nsubseteq                   ⊈ rel is not a subset of
-                           ⊄ rel is not a subset of
supset                      ⊃ rel is a superset of
supseteq supseteqq          ⊇ rel is a superset of
supsetneq                   ⊋ rel is a proper superset of
nsupseteq                   ⊉ rel is not a superset of
sqsubseteq                  ⊑ rel is below
sqsubset                    ⊏ rel is strictly below
sqsupseteq                  ⊒ rel is above
sqsupset                    ⊐ rel is strictly above
perp                        ⟂ rel is perpendicular to
parallel                    ∥ rel is parallel to
nparallel                   ∦ rel is not parallel to
vdash                       ⊢ rel proves
dashv                       ⊣ rel is left adjoint to
nvdash                      ⊬ rel does not prove
models vDash                ⊨ rel models
Vdash                       ⊩ rel forces
Vvdash                      ⊪ rel forces
nvDash                      ⊭ rel does not model
smile                       ⌣ rel smile
frown                       ⌢ rel frown
bowtie                      ⋈ bin joined with
between                     ≬ rel is between
nmid                        ∤ rel does not divide
vartriangleleft             ⊲ rel is a normal subgroup of
triangleleft                ◃ rel triangle left
triangleright               ▹ rel triangle right
vartriangleright            ⊳ rel contains as a normal subgroup
trianglelefteq              ⊴ rel triangle left or equal
trianglerighteq             ⊵ rel triangle right or equal
lhd                         ⊲ rel triangle left
rhd                         ⊳ rel triangle right

to rightarrow longrightarrow → arrow to
-                           ⟶ arrow to
gets leftarrow longleftarrow ← arrow gets
-                           ⟵ arrow gets
mapsto longmapsto           ↦ arrow maps to
leadsto rightsquigarrow     ⇝ arrow leads to
-                           ⤳ arrow leads to
hookrightarrow              ↪ arrow embeds in
hookleftarrow               ↩ arrow is embedded in by
multimap                    ⊸ arrow linearly implies
twoheadrightarrow           ↠ arrow maps onto
rightarrowtail              ↣ arrow maps one to one into
rightharpoonup              ⇀ arrow to
rightleftharpoons           ⇌ arrow is in equilibrium with
uparrow                     ↑ bin up arrow
downarrow                   ↓ bin down arrow
Uparrow                     ⇑ post up
Downarrow                   ⇓ post down
updownarrow                 ↕ post up and down
nearrow                     ↗ arrow rises to
searrow                     ↘ arrow falls to
nrightarrow                 ↛ arrow does not go to
leftrightarrow longleftrightarrow ↔ arrow if and only if
-                           ⟷ arrow if and only if
rightrightarrows            ⇉ arrow to
dashrightarrow              ⇢ arrow to

implies Rightarrow Longrightarrow ⟹ logic implies
-                           ⇒ logic implies
nRightarrow                 ⇏ logic does not imply
impliedby Leftarrow Longleftarrow ⟸ logic is implied by
-                           ⇐ logic is implied by
iff Leftrightarrow Longleftrightarrow ⟺ logic if and only if
-                           ⇔ logic if and only if
land wedge                  ∧ logic and
lor vee                     ∨ logic or
veebar                      ⊻ logic exclusive or
therefore                   ∴ logic therefore
because                     ∵ logic because
neg lnot                    ¬ pre not
Box square                  □ pre box
-                           ◻ pre box
Diamond lozenge             ◇ pre diamond
-                           ◊ pre diamond
blacksquare                 ■ value end of proof
qed                         ∎ value end of proof
forall                      ∀ quant for all
exists                      ∃ quant there exists
nexists                     ∄ quant there does not exist
nabla grad                  ∇ pre the gradient of
partial                     ∂ pre partial
Re                          ℜ fn the real part
Im                          ℑ fn the imaginary part
surd                        √ pre root
angle                       ∠ pre angle
measuredangle               ∡ pre angle
triangle vartriangle bigtriangleup △ value triangle
bigtriangledown triangledown ▽ value triangle down

plus                        + bin plus
-                           - bin minus
-                           − bin minus
-                           – bin minus
pm                          ± bin plus or minus
mp                          ∓ bin minus or plus
times                       × bin times
cdot centerdot              ⋅ bin times
-                           · bin times
-                           ∙ bin times
ast                         ∗ bin times
-                           * bin times
star                        ⋆ bin star
bullet                      ∙ bin bullet
-                           • bin bullet
circ                        ∘ bin composed with
div                         ÷ bin divided by
-                           / bin over
-                           ∕ bin over
slash                       / bin over
-                           ⁄ bin over
cap                         ∩ bin intersect
cup                         ∪ bin union
sqcap                       ⊓ bin meet
sqcup                       ⊔ bin join
uplus                       ⊎ bin disjoint union
setminus smallsetminus backslash ∖ bin minus
oplus                       ⊕ bin circle plus
ominus                      ⊖ bin circle minus
otimes                      ⊗ bin tensor
odot                        ⊙ bin circle dot
oslash                      ⊘ bin circle slash
circledast                  ⊛ bin convolved with
boxtimes                    ⊠ bin box times
boxplus                     ⊞ bin box plus
diamond                     ⋄ bin diamond
wr                          ≀ bin wreath
amalg                       ⨿ bin coproduct
ltimes                      ⋉ bin semidirect product
rtimes                      ⋊ bin semidirect product
bmod mod                    mod bin mod
curlywedge                  ⋏ logic and
curlyvee                    ⋎ logic or
dagger dag                  † bin dagger
ddagger ddag                ‡ bin double dagger

sum                         ∑ big sum
prod                        ∏ big product
coprod                      ∐ big coproduct
int                         ∫ big integral
iint                        ∬ big double integral
iiint                       ∭ big triple integral
oint                        ∮ big contour integral
bigcup                      ⋃ big union
bigcap                      ⋂ big intersection
bigsqcup                    ⨆ big join
bigvee                      ⋁ big disjunction
bigwedge                    ⋀ big conjunction
bigoplus                    ⨁ big direct sum
bigotimes                   ⨂ big tensor product
biguplus                    ⨄ big disjoint union

-                           𝟙 letter the indicator
infty                       ∞ value infinity
emptyset varnothing         ∅ value the empty set
top                         ⊤ value top
bot                         ⊥ value bottom
prime                       ′ post prime
-                           ″ post double prime
degree                      ° post degrees
%                           % post percent
permil                      ‰ post per mille
bigstar                     ★ value star
clubsuit                    ♣ value clubs
diamondsuit                 ♢ value diamonds
-                           ♦ value diamonds
heartsuit                   ♡ value hearts
-                           ♥ value hearts
spadesuit                   ♠ value spades
checkmark                   ✓ value check
sharp                       ♯ post sharp
flat                        ♭ post flat
natural                     ♮ post natural
S                           § pre section
-                           ¶ pre paragraph
copyright                   © value copyright
&                           & logic and
#                           # pre number
@                           @ bin at
_                           _ value -
bigcirc                     ◯ bin circle
complement                  ∁ value complement
eth                         ð letter eth
TeX                         TeX value tech
LaTeX                       LaTeX value lah tech

$ textdollar                $ money dollar
pounds textsterling         £ money pound
euro texteuro               € money euro
yen textyen                 ¥ money yen

ldots dots dotsc dotso textellipsis … dots and so on
cdots dotsb dotsm dotsi     ⋯ dots dot dot dot
vdots                       ⋮ dots and so on
ddots                       ⋱ dots and so on

lbrace {                    { open -
rbrace }                    } close -
lbrack                      [ open -
rbrack                      ] close -
lparen                      ( open -
rparen                      ) close -
langle                      ⟨ open -
rangle                      ⟩ close -
-                           〈 open -
-                           〉 close -
lfloor                      ⌊ open -
rfloor                      ⌋ close -
lceil                       ⌈ open -
rceil                       ⌉ close -
ulcorner                    ⌜ open -
urcorner                    ⌝ close -
llcorner                    ⌞ open -
lrcorner                    ⌟ close -
llbracket                   ⟦ open -
rrbracket                   ⟧ close -
lgroup                      ( open -
rgroup                      ) close -
lvert                       | bar -
rvert                       | bar -
vert                        | bar -
mid divides                 ∣ given given
lVert                       ‖ bar -
rVert                       ‖ bar -
Vert |                      ‖ bar -
colon                       : mark :
-                           , mark ,
-                           ; mark ;
-                           . mark .
-                           ? mark ?
-                           ! post factorial
-                           ¿ mark -

log                         log fn log
lg                          lg fn log
ln                          ln fn natural log
exp                         exp fn exp
sin                         sin fn sine
cos                         cos fn cosine
tan                         tan fn tangent
cot                         cot fn cotangent
sec                         sec fn secant
csc                         csc fn cosecant
sinh                        sinh fn hyperbolic sine
cosh                        cosh fn hyperbolic cosine
tanh                        tanh fn hyperbolic tangent
coth                        coth fn hyperbolic cotangent
arcsin                      arcsin fn arc sine
arccos                      arccos fn arc cosine
arctan                      arctan fn arc tangent
det                         det fn the determinant
dim                         dim fn the dimension
ker                         ker fn the kernel
deg                         deg fn the degree
hom                         hom fn hom
arg                         arg fn arg
max                         max lim the max
min                         min lim the min
sup                         sup lim the supremum
inf                         inf lim the infimum
lim                         lim lim the limit
limsup                      limsup lim the limit superior
varlimsup                   limsup lim the limit superior
liminf                      liminf lim the limit inferior
varliminf                   liminf lim the limit inferior
argmax                      argmax lim arg max
argmin                      argmin lim arg min
gcd                         gcd fn the greatest common divisor
lcm                         lcm fn the least common multiple
Pr                          Pr fn the probability
"""

#: Functions known by the letters of their name, in `\operatorname{…}`, `\mathrm{…}`, `\text{…}` or plainly: words.
NAMED_FUNCTIONS = {
    "Var": "the variance", "var": "the variance", "Cov": "the covariance", "cov": "the covariance",
    "Corr": "the correlation", "corr": "the correlation", "KL": "the K L divergence", "tr": "the trace",
    "Tr": "the trace", "rank": "the rank", "rk": "the rank", "sgn": "the sign", "sign": "the sign",
    "span": "the span", "diag": "the diagonal matrix", "supp": "the support", "vol": "the volume",
    "softmax": "softmax", "relu": "ReLU", "ReLU": "ReLU", "id": "the identity", "colim": "the colimit",
    "Im": "the image", "im": "the image", "Hom": "hom", "End": "end", "Aut": "aut", "erf": "erf", "poly": "poly",
    "polylog": "polylog",
    "dom": "the domain", "cod": "the codomain", "MSE": "M S E", "conv": "the convex hull", "median": "the median",
    "mean": "the mean", "std": "the standard deviation", "Bern": "Bernoulli", "Unif": "uniform", "Ber": "Bernoulli",
}  # fmt: skip


def _read_table() -> tuple[dict[str, Symbol], dict[str, Symbol]]:
    commands: dict[str, Symbol] = {}
    characters: dict[str, Symbol] = {}
    for line in _TABLE.strip().splitlines():
        if not line.strip():
            continue
        head, words = _split_line(line)
        *names, glyph, kind = head
        symbol = Symbol(glyph, kind, "" if words == "-" else words)
        characters.setdefault(glyph, symbol)
        for name in names:
            if name != "-":
                commands[name] = symbol
    return commands, characters


_KINDS = frozenset(
    {"letter", "rel", "arrow", "bin", "logic", "pre", "quant", "post", "value", "big", "fn", "lim", "open", "close",
     "bar", "given", "dots", "mark", "money"}
)  # fmt: skip


def _split_line(line: str) -> tuple[list[str], str]:
    """A table line -> (names, glyph and kind), words. The kind is the first field, after the glyph, that names one."""
    fields = line.split()
    at = next(index for index, field in enumerate(fields) if index >= 2 and field in _KINDS)
    return fields[: at + 1], " ".join(fields[at + 1 :])


COMMANDS, CHARACTERS = _read_table()
CHARACTERS["|"] = COMMANDS["vert"]
CHARACTERS["∥"] = COMMANDS["Vert"]  # how MathJax draws `\|`; `\parallel` is a relation
for _open, _close in ("()", "[]"):
    CHARACTERS[_open] = Symbol(_open, "open", "")
    CHARACTERS[_close] = Symbol(_close, "close", "")
# `\|` and the braces are control symbols: an unescaped brace only groups.
CHARACTERS.pop("{", None)
CHARACTERS.pop("}", None)

#: Accents: the word that follows (or, for a vector, precedes) what carries them, and the combining character.
ACCENTS = {
    "hat": ("hat", "\u0302"), "widehat": ("hat", "\u0302"), "bar": ("bar", "\u0304"), "overline": ("bar", "\u0304"),
    "tilde": ("tilde", "\u0303"), "widetilde": ("tilde", "\u0303"), "dot": ("dot", "\u0307"),
    "ddot": ("double dot", "\u0308"), "dddot": ("triple dot", "\u20db"), "check": ("check", "\u030c"),
    "widecheck": ("check", "\u030c"), "breve": ("breve", "\u0306"), "acute": ("acute", "\u0301"),
    "grave": ("grave", "\u0300"), "mathring": ("ring", "\u030a"), "underline": ("underlined", "\u0332"),
    "vec": ("vector", "\u20d7"), "overrightarrow": ("vector", "\u20d7"), "overleftarrow": ("left arrow", "\u20d6"),
    "underbar": ("underlined", "\u0332"), "utilde": ("under tilde", "\u0330"), "widebar": ("bar", "\u0304"),
}  # fmt: skip

#: Alphabets: a command's style name. Bold and vectors make a product "dot"; the others are heard as plain letters.
STYLES = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "bold": "bold", "pmb": "bold", "mathbb": "blackboard",
    "Bbb": "blackboard", "mathds": "blackboard", "mathbbm": "blackboard", "mathcal": "script", "cal": "script",
    "mathscr": "script", "mathfrak": "fraktur", "frak": "fraktur", "mathit": "name", "mathrm": "name",
    "mathsf": "name", "mathtt": "name", "mathnormal": "plain", "rm": "name", "bf": "bold", "it": "plain",
    "sf": "name", "tt": "name", "symbf": "bold", "symbb": "blackboard", "symcal": "script", "scr": "script",
    "mathsfit": "name", "mathbfcal": "bold", "mathop": "plain", "mathbin": "plain", "mathrel": "plain",
    "mathord": "plain", "mathopen": "plain", "mathclose": "plain", "mathinner": "plain", "mathpunct": "plain",
    "boxed": "plain", "mathstrut": "plain", "smash": "plain", "mathclap": "plain", "mathllap": "plain",
    "mathrlap": "plain", "rlap": "plain", "llap": "plain", "ensuremath": "plain", "displaylines": "plain",
    "fbox": "plain", "bbox": "plain", "enclose": "plain",
}  # fmt: skip
TEXTS = frozenset(
    {"text", "mbox", "hbox", "textrm", "textit", "textbf", "textsf", "texttt", "textnormal", "textup", "textsc",
     "intertext", "shortintertext", "emph", "textsl", "textmd"}
)  # fmt: skip
#: Commands that change how a formula looks and nothing else, and how many arguments to skip with them.
SKIPPED = {
    "displaystyle": 0, "textstyle": 0, "scriptstyle": 0, "scriptscriptstyle": 0, "limits": 0, "nolimits": 0,
    "quad": 0, "qquad": 0, "enspace": 0, "thinspace": 0, "medspace": 0, "thickspace": 0, "negthinspace": 0,
    "negmedspace": 0, "negthickspace": 0, "nobreakspace": 0, "space": 0, "nonumber": 0, "notag": 0, "noindent": 0,
    "allowbreak": 0, "nobreak": 0, "hfill": 0, "hfil": 0, "vfill": 0, "centering": 0, "strut": 0,
    "hline": 0, "cline": 1, "hdashline": 0, "null": 0, "relax": 0, "normalsize": 0, "small": 0, "large": 0,
    "Large": 0, "LARGE": 0, "huge": 0, "Huge": 0, "tiny": 0, "footnotesize": 0, "scriptsize": 0, "break": 0,
    "hspace": 1, "vspace": 1, "mspace": 1, "phantom": 1, "hphantom": 1, "vphantom": 1, "label": 1, "require": 1,
    "color": 1, "usepackage": 1, "pagecolor": 1, "thinmuskip": 0, "protect": 0,
    ",": 0, ":": 0, ";": 0, ">": 0, "!": 0, " ": 0, "\n": 0, "\t": 0, "/": 0, "-": 0, "(": 0, ")": 0, "[": 0, "]": 0,
    "raise": 0, "lower": 0, "noalign": 1, "addlinespace": 0, "toprule": 0, "midrule": 0, "bottomrule": 0,
    "unicode": 1, "mathsurround": 0, "arraystretch": 0, "raggedright": 0, "par": 0, "bgroup": 0, "egroup": 0,
}  # fmt: skip
#: Sizes: the delimiter after them is an ordinary delimiter.
SIZES = frozenset(f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")) | {
    "middle"
}
