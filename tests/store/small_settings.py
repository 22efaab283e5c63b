"""The settings of processes that only read and write samples: less to import, so they start at once."""

from tsweb import settings

globals().update({name: value for name, value in vars(settings).items() if name.isupper()})

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "apps.catalog",
    "apps.store",
]
