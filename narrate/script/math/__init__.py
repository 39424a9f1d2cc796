"""TeX -> what a person would say, and what a caption shows.

    TeX -> tokens -> (macros expanded) -> tree -> words (`Said.spoken`) and Unicode (`Said.written`)

`say` reads one formula, `say_text` math that was typed without TeX, `collect_macros` finds the author's own commands.
`mathml_to_tex` and `glyphs_to_tex` give TeX for formulas that came without it.
"""

from __future__ import annotations

from narrate.script.math.glyphs import glyphs_to_tex
from narrate.script.math.macros import Macro, collect_macros
from narrate.script.math.mathml import mathml_to_tex
from narrate.script.math.saying import Said, say, say_text

__all__ = ["Macro", "Said", "collect_macros", "glyphs_to_tex", "mathml_to_tex", "say", "say_text"]
