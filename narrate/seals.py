"""A secret of the data folder -> seals on text: keyed hashes that nobody without the folder can make or guess."""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

#: Purposes: what a deleted account's address, and its LessWrong account, are remembered under for some days.
ADDRESS, LESSWRONG = "departed address", "departed lesswrong"

_FILE = "secret.key"
_KEY_BYTES = 32


class Seals:
    """Keyed hashes, a different one for each purpose."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, purpose: str, text: str) -> str:
        """64 hex digits for this text and purpose."""
        return hmac.new(self._key, f"{purpose}\0{text}".encode(), sha256).hexdigest()

    def is_sealed(self, purpose: str, text: str, given: str) -> bool:
        """Whether `given` is this text's seal, in constant time."""
        return hmac.compare_digest(self.seal(purpose, text).encode(), given.encode("utf-8", "replace"))


def open_seals(home: Path) -> Seals:
    """The data folder's seals; the first call makes the secret, readable by its owner alone."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / _FILE
    if not path.exists():
        fresh = home / f".{_FILE}.{secrets.token_hex(8)}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(fresh, path)  # the first of several processes wins, the others read its secret
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Seals(path.read_bytes())
