"""Secrets at rest: what a node stores and shows in place of a password, ``e:AES:X2:<base64>``.

AES-CTR with an HMAC, a key per data directory, a fresh random vector at every encryption: the same password never looks the same twice,
and a text from another node cannot be read [doc, seen]. Source: api-admin-govern.md 2.4, plugin-components.md 6.4.
"""

import base64
import binascii
import hmac
import os
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from emulator.errors import DssError, coded_error

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Encryption"]

_PREFIX: Final = "e:AES:"
_FORMAT: Final = "e:AES:X2:"
_KEY_FILE: Final = "config/encryption-master.key"
_VECTOR_LENGTH: Final = 16
_DIGEST_LENGTH: Final = 32


class Encryption:
    """Encrypts and reveals with the master key of the node's data directory; get it by ``world.state_of(Encryption)``."""

    def __init__(self, world: "World") -> None:
        self._world = world
        key = world.disk.read(_KEY_FILE)
        if key is None:
            key = os.urandom(64)
            world.disk.write(_KEY_FILE, key)
        self._cipher_key, self._digest_key = key[:32], key[32:]

    @staticmethod
    def is_encrypted(value: object) -> bool:
        """Return whether ``value`` looks like an encrypted secret, of this node or another."""
        return isinstance(value, str) and value.startswith(_PREFIX)

    def protect(self, value: object) -> object:
        """Return the stored form of a secret: clear text is encrypted, an encrypted or empty value stays as it is.

        Sending back what was read therefore keeps a secret [seen]. A text of another node is stored too and fails when it is used
        [doc], or here already, see ``Profile.foreign_ciphertext``.

        Raises:
            DssError: ``ERR_SECURITY_DECRYPTION_FAILED``, see above.
        """
        if self.is_encrypted(value):
            if self._world.profile.foreign_ciphertext == "on_write":
                self.reveal(value)
            return value
        if not isinstance(value, str) or not value:
            return value
        vector = os.urandom(_VECTOR_LENGTH)
        hidden = self._apply(vector, value.encode())
        digest = hmac.digest(self._digest_key, vector + hidden, "sha256")
        return _FORMAT + base64.b64encode(vector + digest + hidden).decode()

    def reveal(self, value: object) -> str:
        """Return the clear text of a stored secret; a value that was never encrypted is returned as it is, ``None`` as ``""``.

        Raises:
            DssError: ``ERR_SECURITY_DECRYPTION_FAILED``, the text was made by another node or damaged.
        """
        if value is None:
            return ""
        if not self.is_encrypted(value):
            return str(value)
        try:
            raw = base64.b64decode(str(value).removeprefix(_FORMAT), validate=True)
        except binascii.Error as exc:
            raise _not_ours() from exc
        vector, rest = raw[:_VECTOR_LENGTH], raw[_VECTOR_LENGTH:]
        digest, hidden = rest[:_DIGEST_LENGTH], rest[_DIGEST_LENGTH:]
        if len(vector) != _VECTOR_LENGTH or not hmac.compare_digest(
            digest, hmac.digest(self._digest_key, vector + hidden, "sha256")
        ):
            raise _not_ours()
        return self._apply(vector, hidden).decode()

    def _apply(self, vector: bytes, data: bytes) -> bytes:
        """Encrypt or decrypt, which is the same in counter mode."""
        worker = Cipher(algorithms.AES(self._cipher_key), modes.CTR(vector)).encryptor()
        return worker.update(data) + worker.finalize()


def _not_ours() -> DssError:
    return coded_error("ERR_SECURITY_DECRYPTION_FAILED", "Decryption Failed, caused by: CodedException: Invalid HMAC")
