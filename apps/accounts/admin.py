"""Administrators see who tries to sign in and fails, and may forget it."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.models import FailedSignIn


@admin.register(FailedSignIn)
class FailedSignInAdmin(admin.ModelAdmin):
    list_display = ("name", "address", "distinct", "repeated")
    search_fields = ("name", "address")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FailedSignIn | None = None) -> bool:
        return False
