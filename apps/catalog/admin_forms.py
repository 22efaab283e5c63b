"""Forms of the admin pages: what the meta API refuses can't be entered by hand either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from apps.algebra.times import zone_info
from apps.catalog.names import check_text, fold_name
from apps.dialects.atsd.expressions import compile_entity_filter, compile_predicate
from apps.dialects.atsd.incoming import fold_entity, fold_group, fold_metric
from apps.errors import TsError

__all__ = ["EntityForm", "EntityGroupForm", "MetricForm"]


def _read(reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except TsError as fault:
        raise forms.ValidationError(fault.message) from None


def _text_tags(tags: Any) -> dict[str, str]:
    if not isinstance(tags, dict):
        raise forms.ValidationError("Tags are an object of names and texts.")
    return dict(
        sorted(
            (fold_name(name, "tag name"), check_text(text, f"value of tag {name!r}"))
            for name, text in tags.items()
        )
    )


class _NamedForm(forms.ModelForm):
    """A name as clients find it, and tags that are texts."""

    fold: Callable[[object], str]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        # A stored name stays as it is: other families take names that the data API would not.
        return name if self.instance.pk and name == self.instance.name else _read(self.fold, name)

    def clean_tags(self) -> dict[str, str]:
        return _read(_text_tags, self.cleaned_data.get("tags") or {})

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        if zone:
            _read(zone_info, zone)
        return zone


class MetricForm(_NamedForm):
    fold = staticmethod(fold_metric)

    def clean_filter(self) -> str:
        text = self.cleaned_data["filter"]
        if text:
            _read(compile_predicate, text)
        return text


class EntityForm(_NamedForm):
    fold = staticmethod(fold_entity)


class EntityGroupForm(_NamedForm):
    fold = staticmethod(fold_group)

    def clean_expression(self) -> str:
        text = self.cleaned_data["expression"]
        if text:
            _read(compile_entity_filter, text)
        return text
