"""Asset codes: `<prefix>-<body><check>` in Crockford base32 with an ISO 7064 check character."""

import secrets
import unicodedata

from fleet_server.core.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DEFAULT_PREFIX = "CF"
BODY_LENGTH = 7
MAX_LENGTH = 24

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans(
    "OILАВЕКМНОРСТХУІЗΑΒΕΖΗΙΚΜΝΟΡΤΧΥ",
    "011ABEKMH0PCTXY13ABEZH1KMN0PTXY",
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−ー－_·."), "-")


class MalformedCode(Invalid):
    """The text is no asset code, or a character was misread."""

    code = "asset_code_malformed"


def new_code(prefix: str = DEFAULT_PREFIX) -> str:
    """Return a fresh code with 35 random bits.

    Raises: MalformedCode when the prefix is not one to six letters of the alphabet.
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return with_check(prefix, body)


def with_check(prefix: str, body: str) -> str:
    """Return the code of a prefix and a body, its check character added.

    Raises: MalformedCode when a letter lies outside the alphabet.
    """
    prefix, body = fold(prefix), fold(body)
    if not (1 <= len(prefix) <= 6 and 1 <= len(body) <= 16 and set(prefix + body) <= set(ALPHABET)):
        raise MalformedCode(field="asset_code", value=f"{prefix}-{body}"[:40])
    return f"{prefix}-{body}{check_character(prefix + body)}"


def check_character(text: str) -> str:
    """Return the check character of a string of the alphabet (ISO 7064 hybrid system, MOD 33,32)."""
    product = 32
    for letter in text:
        total = (product + _VALUES[letter]) % 32 or 32
        product = total * 2 % 33
    return ALPHABET[(33 - product) % 32]


def fold(text: str) -> str:
    """Return the text as two people reading one label would both write it: case, width and look-alikes folded."""
    folded = unicodedata.normalize("NFKC", text).casefold().upper().translate(_DASHES).translate(_LOOKALIKES)
    return "".join(folded.split())


def parse(text: str) -> str:
    """Return the canonical code of what a person typed or a camera read.

    Raises: MalformedCode when the shape or the check character is wrong.
    """
    if len(text) <= 2 * MAX_LENGTH:
        prefix, dash, rest = fold(text).partition("-")
        rest = rest.replace("-", "")
        fits = dash and 1 <= len(prefix) <= 6 and 2 <= len(rest) <= 17 and set(prefix + rest) <= set(ALPHABET)
        if fits and check_character(prefix + rest[:-1]) == rest[-1]:
            return f"{prefix}-{rest}"
    raise MalformedCode(field="asset_code", value=text[:40].encode("utf-8", "replace").decode())
