"""Everything of tsweb's own. A package with ``apps.py`` is a Django app; the others run without it."""
