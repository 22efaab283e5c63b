"""Who is calling: HTTP Basic, ``Token`` and ``Bearer`` headers, or the session of a page.

A wrong credential is refused even where nobody needs one: a client with a wrong password should hear of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from apps.accounts.attempts import RETRY_AFTER_S, failures

__all__ = ["BAD_CREDENTIALS", "DISABLED", "UNKNOWN_USER", "Callers", "Remembered", "sign_in"]

#: ATSD answers failed sign-ins with these codes only.
UNKNOWN_USER, BAD_CREDENTIALS, DISABLED = "code 02", "code 03", "code 07"

FRESH_S = 60.0
#: A credential that worked within this time is verified again before it is believed, but is not slowed.
KNOWN_S = 24 * 3600.0
MAX_REMEMBERED = 10_000
MAX_HEADER_CHARS = 4096

_TOKEN_KEY = re.compile(r"[0-9A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A verified answer: for whom, under which stored password hash, whether it was right, and when."""

    user_id: int
    stored: str
    right: bool
    at_s: float


@dataclass
class Remembered:
    """Verified passwords, by a keyed hash whose key lives and dies with the process.

    An entry holds only while the user's stored password hash is the same, so a changed password, a changed
    user name or a disabled user is noticed at once, in every process, by the one query that loads the user.
    """

    clock: Callable[[], float] = time.monotonic
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _entries: OrderedDict[bytes, _Entry] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def digest(self, name: str, password: str) -> bytes:
        """The keyed hash of a credential; the length in front keeps name and password apart."""
        encoded = name.encode("utf-8", "surrogatepass")
        message = len(encoded).to_bytes(4, "big") + encoded + password.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).digest()

    def find(self, digest: bytes, user: AbstractBaseUser) -> _Entry | None:
        """What is known of a credential, as long as it still concerns this user and password hash."""
        with self._lock:
            entry = self._entries.get(digest)
            if entry is None:
                return None
            age_s = self.clock() - entry.at_s
            stale = entry.user_id != user.pk or entry.stored != user.password
            if stale or age_s > (KNOWN_S if entry.right else FRESH_S):
                del self._entries[digest]
                return None
            return entry

    def is_fresh(self, entry: _Entry) -> bool:
        return self.clock() - entry.at_s <= FRESH_S

    def put(self, digest: bytes, user: AbstractBaseUser, *, right: bool) -> None:
        with self._lock:
            self._entries[digest] = _Entry(user.pk, user.password, right, self.clock())
            self._entries.move_to_end(digest)
            while len(self._entries) > MAX_REMEMBERED:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


remembered = Remembered()


def sign_in(request: HttpRequest, name: str, password: str) -> AbstractBaseUser:
    """The user of a name and password; AuthenticationFailed (401) or Throttled (429) otherwise."""
    address = request.META.get("REMOTE_ADDR", "")
    user = _user_named(name)
    if user is None:
        _refuse(name[:150], address, UNKNOWN_USER)
    digest = remembered.digest(name, password)
    entry = remembered.find(digest, user)
    if entry is not None and not entry.right:
        _refuse(name, address, BAD_CREDENTIALS, repeated=True)
    if entry is None or not remembered.is_fresh(entry):
        _verify(request, user, name, password, digest, known=entry is not None)
    if not user.is_active:
        raise AuthenticationFailed(DISABLED)
    return user


def _user_named(name: str) -> AbstractBaseUser | None:
    model = get_user_model()
    if not name or len(name) > 150 or "\0" in name or not name.isprintable():
        return None
    return model.objects.filter(**{model.USERNAME_FIELD: name}).first()


def _verify(
    request: HttpRequest,
    user: AbstractBaseUser,
    name: str,
    password: str,
    digest: bytes,
    *,
    known: bool,
) -> None:
    """Pay the password hash once; remember the outcome either way."""
    address = request.META.get("REMOTE_ADDR", "")
    if known:
        verified = _verified(request, user, password)
    else:
        with failures.verification(name, address) as admitted:
            if not admitted:
                raise Throttled(wait=RETRY_AFTER_S)
            verified = _verified(request, user, password)
    # Remembered under the hash that was verified (verifying may have stored it anew with more rounds),
    # never under one read afterwards: the password may have changed in between.
    remembered.put(digest, verified or user, right=verified is not None)
    if verified is None:
        _refuse(name, address, BAD_CREDENTIALS)
    failures.forget(name, address)


def _verified(
    request: HttpRequest, user: AbstractBaseUser, password: str
) -> AbstractBaseUser | None:
    if not user.is_active:
        # The backends refuse disabled users before they look at the password.
        return user if user.check_password(password) else None
    found = authenticate(request, username=user.get_username(), password=password)
    return found if found is not None and found.pk == user.pk else None


def _refuse(name: str, address: str, code: str, *, repeated: bool = False) -> None:
    slowed = failures.is_slowed(name, address)
    failures.record(name, address, repeated=repeated)
    if slowed:
        raise Throttled(wait=RETRY_AFTER_S)
    raise AuthenticationFailed(code)


class Callers(BaseAuthentication):
    """HTTP Basic, tokens, and the session of a page (the only one that needs a CSRF token)."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, object] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return self._by_session(request)
        if len(header) > MAX_HEADER_CHARS:
            raise AuthenticationFailed(BAD_CREDENTIALS)
        scheme, _, credential = header.partition(" ")
        match scheme.lower():
            case "basic":
                name, password = _basic_pair(credential.strip())
                return sign_in(request._request, name, password), None
            case "token" | "bearer":
                return _by_token(credential.strip())
        raise AuthenticationFailed(BAD_CREDENTIALS)

    def _by_session(self, request: Request) -> tuple[AbstractBaseUser, object] | None:
        return PageSession().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        """Pages ask in the background: there a browser's password box would only be in the way."""
        meta = request.META
        from_page = meta.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest" or (
            meta.get("HTTP_SEC_FETCH_SITE") == "same-origin" and meta.get("HTTP_SEC_FETCH_MODE") != "navigate"
        )
        return 'Session realm="tsweb"' if from_page else 'Basic realm="tsweb", charset="UTF-8"'


class PageSession(SessionAuthentication):
    """Checks the CSRF token on Django's own request: DRF's would read the body with the view's parsers
    while looking for a form field, and a view without parsers would refuse it."""

    def enforce_csrf(self, request: Request) -> None:
        super().enforce_csrf(request._request)


def _basic_pair(credential: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(credential, validate=True)
    except (binascii.Error, ValueError):
        raise AuthenticationFailed(BAD_CREDENTIALS) from None
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        text = decoded.decode("latin-1")
    name, colon, password = text.partition(":")
    if not colon:
        raise AuthenticationFailed(BAD_CREDENTIALS)
    return name, password


def _by_token(key: str) -> tuple[AbstractBaseUser, Token]:
    token = None
    if _TOKEN_KEY.fullmatch(key):
        token = Token.objects.select_related("user").filter(key=key).first()
    if token is None:
        raise AuthenticationFailed(BAD_CREDENTIALS)
    if not token.user.is_active:
        raise AuthenticationFailed(DISABLED)
    return token.user, token
