"""The one settings module. Everything that differs between installations comes from ``TSWEB_*`` variables."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool) -> bool:
    text = (os.environ.get(name) or ("1" if default else "0")).strip().lower()
    if text not in {"0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {text!r}")
    return text in {"1", "true", "yes", "on"}


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    try:
        return int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}") from None


# --- Where things are -------------------------------------------------------------------------------------

TSWEB_HOST = os.environ.get("TSWEB_HOST") or "127.0.0.1"
TSWEB_PORT = _number("TSWEB_PORT", 8000)
TSWEB_DATA_DIR = Path(os.environ.get("TSWEB_DATA_DIR") or BASE_DIR / "var").resolve()
TSWEB_DATA_DIR.mkdir(parents=True, exist_ok=True)

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
LISTENS_ON_LOOPBACK = TSWEB_HOST in {"localhost", "127.0.0.1", "::1", "[::1]"}

TSWEB_ANONYMOUS = os.environ.get("TSWEB_ANONYMOUS") or ("read" if LISTENS_ON_LOOPBACK else "none")
if TSWEB_ANONYMOUS not in {"none", "read", "write"}:
    raise ImproperlyConfigured(f"TSWEB_ANONYMOUS must be none, read or write, not {TSWEB_ANONYMOUS!r}")
TSWEB_EXAMPLES = _flag("TSWEB_EXAMPLES", True)
TSWEB_ADMIN_USER = os.environ.get("TSWEB_ADMIN_USER") or "admin"
TSWEB_ADMIN_PASSWORD = os.environ.get("TSWEB_ADMIN_PASSWORD", "")
TSWEB_WORKERS = _number("TSWEB_WORKERS", max(2, min(8, os.cpu_count() or 2)))

DEBUG = _flag("TSWEB_DEBUG", False)


def _secret_key() -> str:
    """From the variable, or made once and kept in the data directory, readable by its owner only."""
    given = os.environ.get("TSWEB_SECRET_KEY")
    if given:
        return given
    path = TSWEB_DATA_DIR / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(64)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


SECRET_KEY = _secret_key()

ALLOWED_HOSTS = [
    name.strip() for name in os.environ.get("TSWEB_ALLOWED_HOSTS", "").split(",") if name.strip()
] or sorted({*LOOPBACK_NAMES, TSWEB_HOST} - {"0.0.0.0", "::", ""})
CSRF_TRUSTED_ORIGINS = [
    origin.strip()
    for origin in os.environ.get("TSWEB_TRUSTED_ORIGINS", "").split(",")
    if origin.strip()
]

# --- Applications -----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_ace",
    "apps.accounts",
    "apps.catalog",
    "apps.store",
    "apps.queries",
    "apps.tasks",
    "apps.api",
    "apps.portal",
]

# Data paths run through all of these, so each must cost next to nothing when it has nothing to do:
# sessions and users are read only when something asks for them.
MIDDLEWARE = [
    "tsweb.middleware.OutermostErrors",
    "apps.api.cors.Preflight",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "tsweb.urls"
WSGI_APPLICATION = "tsweb.wsgi.application"
ASGI_APPLICATION = "tsweb.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.frame",
            ],
        },
    },
]

# --- Databases --------------------------------------------------------------------------------------------
# Metadata and samples are two aliases. By default both are SQLite files; with TSWEB_DATABASE_URL both live in
# one PostgreSQL database, and then there is one alias only (two would share one migration table).

_SQLITE_OPTIONS = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",
    # wal_autocheckpoint=0: SQLite before 3.51.3 can corrupt a WAL that several processes reset; the store
    # runs checkpoints itself, one process at a time (apps/store/checkpoint.py).
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; "
        "PRAGMA busy_timeout=30000; PRAGMA synchronous={synchronous};"
    ),
}


def _sqlite(name: str, synchronous: str) -> dict:
    options = dict(_SQLITE_OPTIONS)
    options["init_command"] = options["init_command"].format(synchronous=synchronous)
    path = TSWEB_DATA_DIR / name
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }


_database_url = os.environ.get("TSWEB_DATABASE_URL", "")
if _database_url:
    DATABASES = {
        "default": dj_database_url.parse(_database_url, conn_max_age=600, conn_health_checks=True)
    }
    SAMPLES_DATABASE = "default"
else:
    DATABASES = {
        "default": _sqlite("tsweb.sqlite3", "NORMAL"),
        "samples": _sqlite("samples.sqlite3", "FULL"),
    }
    SAMPLES_DATABASE = "samples"
DATABASE_ROUTERS = ["tsweb.routers.SamplesRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Signing in -------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "portal:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# --- Language and time: the engine counts in UTC, pages name the zone they show ----------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- Files ------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = TSWEB_DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "apps.portal.finders.PackagedFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "tsweb.staticfiles.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = True

# --- What the browser is told -----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        # plotly.js and Ace write style attributes and style elements; styles run nothing.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# TSWEB_HTTPS=1 says that a proxy in front speaks TLS and sets X-Forwarded-Proto.
if _flag("TSWEB_HTTPS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- Limits (bytes, counts) ---------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20
TSWEB_MAX_BODY_BYTES = _number("TSWEB_MAX_BODY_BYTES", 64 * 2**20)
TSWEB_MAX_CONFIG_BYTES = _number("TSWEB_MAX_CONFIG_BYTES", 2 * 2**20)
# Scripts of one query: CPU time, memory beside the points, points of a range given as an array.
TSWEB_SCRIPT_SECONDS = _number("TSWEB_SCRIPT_SECONDS", 5)
TSWEB_SCRIPT_MEMORY_BYTES = _number("TSWEB_SCRIPT_MEMORY_BYTES", 64 * 2**20)
TSWEB_SCRIPT_MAX_BATCH = _number("TSWEB_SCRIPT_MAX_BATCH", 1000)

# A task whose worker gave no sign of life for so long is taken over by another.
TSWEB_TASK_LEASE_SECONDS = _number("TSWEB_TASK_LEASE_SECONDS", 30)

# --- The API ------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.Callers"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.permissions.MayRead"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.LimitedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.api.negotiation.LenientNegotiation",
    "EXCEPTION_HANDLER": "apps.api.errors.answer_error",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "tsweb",
    "DESCRIPTION": "Derived time series in several notations over one store.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs ---------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("TSWEB_LOG_LEVEL", "WARNING")},
    "loggers": {
        "tsweb": {"level": os.environ.get("TSWEB_LOG_LEVEL", "INFO")},
        # Bad requests and Host headers are the caller's fault and answered; they are not news.
        "django.security": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
    },
}
