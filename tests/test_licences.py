"""No GPL, AGPL or LGPL among the core dependencies."""

import pytest

from tests.licences import core_packages, is_permissive, licence_of


def test_every_core_package_is_permissively_licensed() -> None:
    found = {package.name: licence_of(package) for package in core_packages()}
    assert len(found) > 20
    assert {name: licence for name, licence in found.items() if not is_permissive(licence)} == {}


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [
        ("MIT", True),
        ("BSD-2-Clause OR LGPL-3.0-or-later", True),
        ("GPL-3.0-or-later", False),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", False),
        ("GNU Affero General Public License v3", False),
        ("", False),
    ],
)
def test_a_choice_of_licences_counts_by_its_most_permissive(licence: str, permissive: bool) -> None:
    assert is_permissive(licence) is permissive
