"""The product's settings, with whatever is kept in a folder that goes away."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="rapport-tests-")
os.environ["RAPPORT_DATA"] = _folder.name

from rapport.settings import *  # noqa: E402, F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # passwords of tests are no secrets
if not os.environ.get("DATABASE_URL"):
    # In memory all threads of the served application would share one connection, and with it one transaction.
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/test.sqlite3"}  # noqa: F405
