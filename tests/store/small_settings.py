"""The settings of processes that only read and write samples: less to import, so they start at once."""

from tsweb.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "apps.catalog",
    "apps.store",
]
