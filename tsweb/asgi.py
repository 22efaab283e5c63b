"""The ASGI application, for servers that prefer it; ``make run`` uses WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsweb.settings")

application = get_asgi_application()
