"""TeX -> what a person would say, and what a caption shows.

    TeX -> tokens -> (macros expanded) -> tree -> words (`Said.spoken`) and Unicode (`Said.written`)

`say` reads one formula, `say_text` math that was typed without TeX, `collect_macros` finds the author's own commands.
"""

from __future__ import annotations

from narrate.script.math.macros import Macro, collect_macros
from narrate.script.math.saying import Said, say, say_text

__all__ = ["Macro", "Said", "collect_macros", "say", "say_text"]
