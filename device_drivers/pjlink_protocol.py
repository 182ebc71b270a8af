"""PJLink's lines: greeting, authentication, questions and answers.

Source: JBMIA, PJLink Specifications version 2.10, Class 1 and 2; quirks of makers as observed on devices and emulators.
"""

import hashlib
from enum import Enum

from device_drivers.errors import BadAnswer
from device_drivers.identifiers import one_line
from device_drivers.links import TcpSession

ENDING = b"\r"
PORT = 4352


class Refusal(Enum):
    """An answer that is not a value."""

    UNDEFINED = "ERR1"
    PARAMETER = "ERR2"
    UNAVAILABLE = "ERR3"
    FAILURE = "ERR4"


class WrongPassword(Exception):
    """The projector refused the digest."""


class Conversation:
    """One session: reads the greeting, signs the first question and asks."""

    def __init__(self, session: TcpSession, password: str) -> None:
        self._session = session
        self._sign = digest(read_line(session), password)

    def ask(self, command: str, parameter: str = "?", pj_class: int = 1) -> str | Refusal:
        """Send one question or order and return its answer.

        Raises: LinkLost, BadAnswer, WrongPassword.
        """
        header = f"%{pj_class}{command}"
        self._session.send(f"{self._sign}{header} {parameter}".encode() + ENDING)
        self._sign = ""
        return parse(read_line(self._session), header)


def read_line(session: TcpSession) -> str:
    """Read one line as text; some projectors end lines in CR LF, names are UTF-8."""
    return session.receive_line().decode("utf-8", "replace").strip("\r\n\0 ")


def digest(greeting: str, password: str) -> str:
    """Return what stands before the first question: nothing, or the MD5 the protocol asks for.

    Raises: BadAnswer when this is no PJLink device, WrongPassword when it wants one and none is set.
    """
    words = greeting.split()
    if words[:2] == ["PJLINK", "0"]:
        return ""
    if words[:1] != ["PJLINK"] or len(words) != 3 or words[1] != "1" or len(words[2]) > 64:
        raise BadAnswer("the greeting is not that of a PJLink device")
    if not password:
        raise WrongPassword
    return hashlib.md5((words[2] + password).encode(), usedforsecurity=False).hexdigest()


def parse(line: str, header: str) -> str | Refusal:
    """Take the value off an answer.

    Raises: BadAnswer for the answer to another question, WrongPassword.
    """
    if line.upper().startswith("PJLINK ERRA"):
        raise WrongPassword
    name, equals, value = line.partition("=")
    if not equals or name.upper() != header:
        raise BadAnswer("the answer belongs to no question")
    return _REFUSALS.get(value.strip().upper()) or one_line(value)


_REFUSALS = {refusal.value: refusal for refusal in Refusal}
