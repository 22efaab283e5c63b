"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth.views import LoginView

from apps.accounts.forms import SignInForm


class SignIn(LoginView):
    """Django's sign-in with our page; someone who is signed in goes on at once."""

    template_name = "portal/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
