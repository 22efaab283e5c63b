"""The Django project: settings, addresses, and the process that serves them."""
