"""The product's settings, with whatever is kept in a folder that goes away."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="rapport-tests-")
os.environ["RAPPORT_DATA"] = _folder.name

from rapport.settings import *  # noqa: E402, F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # passwords of tests are no secrets
