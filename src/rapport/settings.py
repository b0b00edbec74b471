"""Django's settings, all from the environment; see docs/running.md for each variable.

Nothing here has a default that would be dangerous on a public address: without `RAPPORT_SECRET_KEY` a key is made once
and kept in the data folder, and only addresses of this machine are served until others are named.
"""

import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.conf.global_settings import FILE_UPLOAD_HANDLERS
from django.core.exceptions import ImproperlyConfigured

_SHORTEST_KEY = 32


def _secret_key(folder: Path) -> str:
    """The installation's key: as given, or made once and kept where only this user can read it."""
    given = os.environ.get("RAPPORT_SECRET_KEY", "")
    if given:
        if len(given) < _SHORTEST_KEY:
            raise ImproperlyConfigured(
                f"RAPPORT_SECRET_KEY has {len(given)} characters; it needs at least {_SHORTEST_KEY}. "
                'Make one with: python -c "import secrets; print(secrets.token_urlsafe(50))"'
            )
        return given
    kept = folder / "secret-key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return kept.read_text()


def _hosts() -> list[str]:
    hosts = [host.strip() for host in os.environ.get("RAPPORT_HOSTS", "").split(",") if host.strip()]
    if "*" in hosts:
        raise ImproperlyConfigured("RAPPORT_HOSTS is '*', which lets anybody forge links in mails; name your hosts.")
    return hosts or ["localhost", "127.0.0.1", "[::1]"]


def _database(folder: Path) -> dict[str, object]:
    """PostgreSQL where `DATABASE_URL` names one, else SQLite in the data folder."""
    url = urlsplit(os.environ.get("DATABASE_URL", ""))
    if url.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or "") or parse_qs(url.query).get("host", [""])[0],
            "PORT": url.port or "",
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    if url.scheme:
        raise ImproperlyConfigured(
            f"DATABASE_URL names {url.scheme}; Rapport works with postgresql:// or, unset, SQLite."
        )
    pragmas = "journal_mode=WAL; synchronous=NORMAL; cache_size=-65536; temp_store=MEMORY; foreign_keys=ON"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "rapport.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "; ".join(f"PRAGMA {pragma}" for pragma in pragmas.split("; ")),
        },
    }


def company_sign_in(environment: Mapping[str, str]) -> dict[str, object]:
    """The OpenID Connect issuer people may come in by, as allauth wants to have it; nothing where none is named.

    Links are kept under a digest of the issuer's address, so that another issuer's people are never taken for these.
    """
    issuer = environment.get("RAPPORT_OIDC_ISSUER", "").strip()
    if not issuer:
        return {}
    client, secret = (environment.get(f"RAPPORT_OIDC_CLIENT_{word}", "").strip() for word in ("ID", "SECRET"))
    if not (client and secret):
        raise ImproperlyConfigured(
            "RAPPORT_OIDC_ISSUER is set, so RAPPORT_OIDC_CLIENT_ID and RAPPORT_OIDC_CLIENT_SECRET must be set too; "
            "the issuer gives you both when you register this application there."
        )
    address = urlsplit(issuer)
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ImproperlyConfigured(f"RAPPORT_OIDC_ISSUER is {issuer}; it must start with https://.")
    app = {
        "provider_id": "issuer-" + sha256(issuer.rstrip("/").encode()).hexdigest()[:32],
        "name": environment.get("RAPPORT_OIDC_NAME", "").strip() or address.hostname,
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": issuer.rstrip("/"), "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


DATA = Path(os.environ.get("RAPPORT_DATA", "rapport-data")).resolve()
"""The folder of everything that is kept besides the database: records, uploads, the key."""

SECRET_KEY = _secret_key(DATA)
DEBUG = False
ALLOWED_HOSTS = _hosts()
DATABASES = {"default": _database(DATA)}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rapport.kit",
    "rapport.apps.accounts",  # before allauth, whose pages it dresses
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "rapport.apps.audit",
    "rapport.apps.timers",
    "rapport.apps.notices",
    "rapport.apps.channels",
    "rapport.apps.partners",
    "rapport.apps.engagements",
    "rapport.apps.delivery",
    "rapport.apps.kpis",
    "rapport.apps.assurance",
    "rapport.apps.issues",
    "rapport.apps.corrections",
    "rapport.apps.escalations",
    "rapport.apps.meetings",
    "rapport.apps.feedback",
    "rapport.apps.practices",
    "rapport.apps.portfolio",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rapport.apps.portfolio.queries.frame",
            ]
        },
    }
]
ROOT_URLCONF = "rapport.urls"
WSGI_APPLICATION = "rapport.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "rapport.apps.accounts.signin.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation went to the address already
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # whoever could take another address would be taken for whom it belongs to
SOCIALACCOUNT_ADAPTER = "rapport.apps.accounts.signin.CompanyAdapter"
SOCIALACCOUNT_PROVIDERS = company_sign_in(os.environ)
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # for the same reason as ACCOUNT_EMAIL_VERIFICATION
USERSESSIONS_TRACK_ACTIVITY = True

IS_ENCRYPTED = os.environ.get("RAPPORT_HTTPS", "") == "1"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_ENCRYPTED
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_ENCRYPTED else None
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if IS_ENCRYPTED else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if IS_ENCRYPTED else 0  # whose X-Forwarded-For says where an attempt comes from
CACHES = {
    # Attempts to sign in are counted here. In the memory of each process they would be counted apart, and an attacker
    # would get as many more of them as there are processes; in files the counting is not safe from races.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rapport_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

SITE_URL = os.environ.get("RAPPORT_URL", "http://localhost:8000").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
MAY_CALL_LOOPBACK = os.environ.get("RAPPORT_CALL_LOOPBACK", "") == "1"
EMAIL_HOST = os.environ.get("RAPPORT_MAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("RAPPORT_MAIL_PORT", "25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("RAPPORT_MAIL_FROM", "rapport@localhost")

STATIC_URL = "/static/"
MEDIA_ROOT = DATA / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # the installed package holds the files; nothing has to be collected first

LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_HANDLERS = ["rapport.kit.uploads.WithinLimit", *FILE_UPLOAD_HANDLERS]
