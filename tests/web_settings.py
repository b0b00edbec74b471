"""The product's settings, with whatever is kept in a folder that goes away."""

import os
import tempfile

os.environ["RAPPORT_DATA"] = tempfile.mkdtemp(prefix="rapport-tests-")

from rapport.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # passwords of tests are no secrets
