"""Every package the core install brings -> its licence; GPL, AGPL and LGPL fail. Run as `python -m tests.licences`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

_COPYLEFT = re.compile(r"\b(A|L)?GPL|GNU (Affero|Lesser|General|Library)", re.I)
_PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|MPL|Mozilla|Unlicense|HPND)\b", re.I
)


def core_packages(root: str = "narrate") -> Iterator[Distribution]:
    """The root's requirements without extras, and theirs, each once."""
    seen, waiting = {root}, [root]
    while waiting:
        try:
            found = distribution(waiting.pop())
        except PackageNotFoundError:
            continue  # for another platform or Python
        if found.name != root:
            yield found
        for line in found.requires or []:
            requirement, _, marker = line.partition(";")
            name = re.match(r"[A-Za-z0-9._-]+", requirement)
            if name and "extra" not in marker and name[0].lower() not in seen:
                seen.add(name[0].lower())
                waiting.append(name[0])


def licence_of(package: Distribution) -> str:
    """What the package's metadata says: the SPDX expression, else the classifiers, else the free text's first line."""
    meta = package.metadata
    classifiers = [c.rpartition(" :: ")[2] for c in meta.get_all("Classifier") or [] if c.startswith("License :: ")]
    free_text = (meta.get("License") or "").strip().partition("\n")[0]
    return meta.get("License-Expression") or " OR ".join(classifiers) or free_text


def is_permissive(licence: str) -> bool:
    """One permissive choice among alternatives is enough; several that apply together must all be."""
    choices = re.split(r"\s+OR\s+|\s*/\s*", licence)
    return any(_PERMISSIVE.search(choice) and not _COPYLEFT.search(choice) for choice in choices)


def main() -> int:
    rows = sorted((p.name.lower(), licence_of(p)) for p in core_packages())
    bad = [(name, licence) for name, licence in rows if not is_permissive(licence)]
    for name, licence in bad:
        print(f"{name}: {licence or 'no licence given'}")
    print(f"{len(rows) - len(bad)} of {len(rows)} core packages are permissively licensed")
    return 1 if bad or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
