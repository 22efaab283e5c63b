"""The groups readers, editors and administrators, and the permissions each starts with."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS

READERS, EDITORS, ADMINISTRATORS = "readers", "editors", "administrators"

#: Apps whose rows are the installation's data. Users, tokens and sessions are the administrators' alone.
DATA_APPS = frozenset({"catalog", "store", "queries", "tasks", "api", "portal"})


def grant_to_groups(
    app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, apps: Any = None, **kwargs: Any
) -> None:
    """Make the groups, and give each the permissions of ``app_config`` that no group has yet.

    Only new permissions are given: what an administrator took from a group stays taken.
    """
    if using != DEFAULT_DB_ALIAS or app_config.label not in DATA_APPS | {"auth", "authtoken", "accounts"}:
        return
    groups = {
        name: Group.objects.using(using).get_or_create(name=name)[0]
        for name in (READERS, EDITORS, ADMINISTRATORS)
    }
    fresh = (
        Permission.objects.using(using)
        .filter(content_type__app_label=app_config.label)
        .exclude(group__name__in=groups)
        .distinct()
    )
    for permission in fresh:
        groups[ADMINISTRATORS].permissions.add(permission)
        if app_config.label not in DATA_APPS:
            continue
        groups[EDITORS].permissions.add(permission)
        if permission.codename.startswith("view_"):
            groups[READERS].permissions.add(permission)
