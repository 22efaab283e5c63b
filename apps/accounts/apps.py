from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """The administration's sign-in counts failures as the others do."""
        from django.contrib import admin

        from apps.accounts.forms import AdminSignInForm

        admin.site.login_form = AdminSignInForm
