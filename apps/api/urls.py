"""Addresses of the api."""


urlpatterns: list = []
