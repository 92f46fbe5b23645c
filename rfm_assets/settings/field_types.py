"""Types of settings that pydantic has none for: what is allowed, and what is said of the rest."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, SecretStr, StringConstraints


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such timezone; names are those of the IANA database") from None
    return name


def _may_be_a_folder(path: Path) -> Path:
    if str(path).startswith("~"):
        raise ValueError("only a shell knows ~: write the whole path")
    if path.is_file():
        raise ValueError("it is a file, and a folder is needed")
    return path


def _starts_with(*schemes: str) -> Callable[[str], str]:
    def check(address: str) -> str:
        try:
            parts = urlsplit(address)
            has_host = bool(parts.hostname or "host=" in parts.query)
            is_one_word = address.isprintable() and " " not in address
            # PostgreSQL takes several hosts, each with its port.
            has_right_port = "," in parts.netloc or parts.port != 0
            is_whole = parts.scheme in schemes and has_host and is_one_word and has_right_port
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ValueError(f"an address begins with {' or '.join(f'{scheme}://' for scheme in schemes)} and a host")
        return address

    return check


def _secret(check: Callable[[str], str]) -> Callable[[SecretStr], SecretStr]:
    # A secret that comes out of a file ends with a line end.
    return lambda secret: SecretStr(check(secret.get_secret_value().strip()))


def _sendable(token: str) -> str:
    if not re.fullmatch(r"[!-~]+", token):
        raise ValueError("a token is made of letters, digits and signs of ASCII, without blanks")
    return token


def _in_ascii(login: str) -> str:
    if not re.fullmatch(r"[ -~]*", login):
        raise ValueError("only letters, digits, signs and blanks of ASCII can be sent to a mail server")
    return login


def _may_be_a_host(name: str) -> str:
    try:
        name.encode("idna")
    except UnicodeError:
        raise ValueError("no server has this name: between dots stand 1 to 63 letters or digits") from None
    return name


def _readable_by_libpq(address: str) -> str:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        is_plain = "@" not in str(conninfo_to_dict(_postgres(address)).get("host", ""))
    except psycopg.Error:  # whose words hold pieces of the password
        is_plain = False
    if not is_plain:
        raise ValueError("in user and password, write %, @, /, : and blanks percent-encoded, such as %40 for @")
    return address


_web = _starts_with("https", "http")
_postgres = _starts_with("postgresql", "postgres")
_MAIL = r"[^@\s,]+@[^@\s,]+"

Folder = Annotated[Path, AfterValidator(_may_be_a_folder)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Timezone = Annotated[str, AfterValidator(_known_timezone)]
Cron = Annotated[str, StringConstraints(pattern=r"^\S+( \S+){4}$")]
# Paths are put behind it.
Site = Annotated[str, AfterValidator(_web), AfterValidator(lambda address: address.rstrip("/"))]
SecretWebAddress = Annotated[SecretStr, AfterValidator(_secret(_web))]
PostgresAddress = Annotated[SecretStr, AfterValidator(_secret(_readable_by_libpq))]
Host = Annotated[str, StringConstraints(min_length=1), AfterValidator(_may_be_a_host)]
Login = Annotated[str, AfterValidator(_in_ascii)]
Password = Annotated[SecretStr, AfterValidator(_secret(_in_ascii))]
Token = Annotated[SecretStr, AfterValidator(_secret(_sendable))]
MailAddress = Annotated[str, StringConstraints(pattern=f"^{_MAIL}$")]
MailAddresses = Annotated[str, StringConstraints(pattern=f"^{_MAIL}(, *{_MAIL})*$")]
