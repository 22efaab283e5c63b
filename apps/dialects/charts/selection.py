"""Which stored series a ``[series]`` section selects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from apps.algebra.source import CatalogReader, SeriesRef, SeriesSelector
from apps.dialects.charts.dates import parse_date
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.filters import entity_condition, parse_condition, tag_condition
from apps.dialects.charts.sections import Section, Setting
from apps.dialects.charts.settings import parse_flag
from apps.dialects.charts.texts import split_list
from apps.dialects.charts.window import Window
from apps.errors import TsError

__all__ = ["Selection", "select_series"]

MAX_SERIES = 1000
MAX_TAGS = 200
_FORECASTS = ("forecast", "forecast_deviation")


@dataclass(frozen=True)
class Selection:
    """Metric and entity as written, and the series they select. ``wild``: several may match."""

    metric: str | None
    entity: str | None
    tags: dict[str, tuple[str, ...]]
    refs: tuple[SeriesRef, ...]
    unit: str | None = None


class _Selector:
    def __init__(
        self,
        section: Section,
        found: Diagnostics,
        catalog: CatalogReader | None,
        window: Window,
        now_ns: int,
    ) -> None:
        self.section, self.found, self.catalog = section, found, catalog
        self.window, self.now_ns = window, now_ns

    def condition(self, name: str) -> Callable[..., bool] | None:
        setting = self.section.get(name)
        if setting is None:
            return None
        entry = setting.entries[0]
        fixed = setting.span if entry.made else None
        try:
            tree = parse_condition(setting.text, entry.value_span.start, fixed)
        except TsError as error:
            self.found.fault(error, setting.span)
            return lambda subject: False
        return tag_condition(tree) if name == "tag-expression" else entity_condition(tree)

    def date(self, name: str) -> int | None:
        setting = self.section.get(name)
        if setting is None:
            return None
        try:
            return parse_date(setting.text, now_ns=self.now_ns, zone=self.window.zone)
        except TsError as error:
            self.found.fault(error, setting.span)
            return None

    def entities(self) -> tuple[str, ...] | None:
        entity, several = self.section.get("entity"), self.section.get("entities")
        if entity is not None:
            return (entity.text.strip().lower(),)
        if several is not None:
            return tuple(name.lower() for name in split_list(several.text) if name)
        return None

    def select(self) -> Selection | None:
        """The selection; None when the section lacks what a selection needs (reported)."""
        metric = self.section.get("metric")
        if self.not_offered(metric is None):
            return None
        if metric is None:
            self.no_metric()
            return None
        entities = self.entities()
        group = self.section.text("entity-group")
        entity_rule = self.condition("entity-expression")
        if entities is None and group is None and entity_rule is None:
            if not self.to_choose("entity"):
                self.found.error(
                    "entity-missing", "this series names no entity", self.section.span,
                    hint="add entity = name, or entity = * for all",
                )  # fmt: skip
            return None
        tags = {name: values for name, (values, _) in self.section.tag_filters.items()}
        if len(tags) > MAX_TAGS:
            self.found.error(
                "limit-exceeded", f"a series has at most {MAX_TAGS} tag filters", self.section.span
            )
            return None
        selector = SeriesSelector(
            metric=metric.text.strip().lower(),
            entities=entities,
            entity_group=group,
            entity_filter=entity_rule,
            tags=tuple(tags.items()),
            exact_tags=bool(parse_flag(self.section.text("exact-match") or "false")),
            tag_filter=self.condition("tag-expression"),
            min_insert_ns=self.date("min-insert-time"),
            max_insert_ns=self.date("max-insert-time"),
            limit=self.limit(),
            forecast=self.forecast(),
        )
        refs = self.find(selector, metric)
        info = self.catalog.metric(selector.metric) if self.catalog and refs else None
        entity_text = entities[0] if entities and len(entities) == 1 else None
        unit = (info.unit or None) if info else None
        return Selection(metric.text.strip(), entity_text, tags, refs, unit)

    def data_type(self) -> str:
        return (self.section.text("data-type") or "history").strip().lower()

    def forecast(self) -> tuple[str, str] | None:
        """The kind and the name of a stored forecast; None for what was measured."""
        if self.data_type() not in _FORECASTS:
            return None
        return self.data_type().upper(), (self.section.text("forecast-name") or "").strip()

    def limit(self) -> int:
        text = self.section.text("series-limit") or ""
        return min(int(text), MAX_SERIES) if text.isdigit() and int(text) else MAX_SERIES

    def not_offered(self, bare: bool) -> bool:
        """Whether the samples are to come from where none are kept here. ``bare``: no metric is named."""
        bounds = self.data_type() not in ("history", *_FORECASTS)
        counts = (self.section.text("source") or "").strip().lower() == "message-stat"
        for name, applies, message, hint in (
            ("sql", True, "series from SQL are not drawn here",
             "metric = …; the SQL console answers queries"),
            ("evaluate-expression", True, "expressions over several metrics are not evaluated on a server",
             "a series with alias for each metric, and value = value('a') + value('b')"),
            ("metrics", bare, "expressions over several metrics are not evaluated on a server",
             "a series with alias for each metric, and value = value('a') + value('b')"),
            ("table", bare, "series from relational tables are not kept here", "load them as a metric"),
            ("source", counts, "counts of messages are not offered as series",
             "type = console lists the messages"),
            ("data-type", bounds, "bounds of forecasts are not computed here",
             "value = value('f') + 2 * value('d'), of a series with data-type = forecast and alias = f and "
             "one with data-type = forecast_deviation and alias = d"),
        ):  # fmt: skip
            setting = self.section.get(name) if applies else None
            if setting is not None:
                self.found.error("not-offered", message, setting.name_span, hint=hint)
                return True
        return False

    def to_choose(self, kind: str) -> bool:
        """Whether a drop-down gives the metric or the entity; then there is nothing to choose from yet."""
        widget = self.section
        while widget.parent is not None and widget.name != "widget":
            widget = widget.parent
        for one in widget.all("dropdown"):
            field = one.own("change-field")
            if field is not None and field.text.strip().lower().rpartition(".")[2] == kind:
                self.found.info(
                    "nothing-to-choose", f"the drop-down for the {kind} has no options yet", field.span,
                    hint=f"load data, or write {kind} = … as the first choice",
                )  # fmt: skip
                return True
        return False

    def no_metric(self) -> None:
        if self.to_choose("metric") or self.hides_values():
            return
        self.found.error(
            "metric-missing", "this series names no metric and has no formula", self.section.span,
            hint="add metric = name, or value = formula",
        )  # fmt: skip

    def hides_values(self) -> bool:
        """A table that shows neither metrics nor values needs no metric."""
        headings = {
            entry.name.strip().lower(): setting.text.strip().lower()
            for above in self.lineage()
            for setting in (*above.settings.values(), *above.unknown.values())
            for entry in setting.entries
        }
        hidden = ("null", "none", "false")
        return all(headings.get(f"column-{name}") in hidden for name in ("metric", "value"))

    def lineage(self) -> Iterator[Section]:
        above: Section | None = self.section
        while above is not None:
            yield above
            above = above.parent

    def find(self, selector: SeriesSelector, metric: Setting) -> tuple[SeriesRef, ...]:
        if self.catalog is None or "${" in metric.text:
            return ()
        try:
            refs = tuple(self.catalog.find_series(selector))
        except TsError as error:
            self.found.fault(error, metric.span)
            return ()
        if not refs:
            self.explain_absence(selector, metric)
        return refs

    def explain_absence(self, selector: SeriesSelector, metric: Setting) -> None:
        """Say which name is unknown; all names known, that nothing matches."""
        assert self.catalog is not None
        if self.catalog.metric(selector.metric) is None:
            known = self.catalog.metric_names(selector.metric) if self.found.hints_left > 0 else []
            self.unknown("metric", selector.metric, known, metric)
            return
        entity = self.section.get("entity")
        if entity is not None and not set(entity.text) & set("*?"):
            name = entity.text.strip().lower()
            if self.catalog.entity(name) is None:
                known = self.catalog.entity_names(name) if self.found.hints_left > 0 else []
                self.unknown("entity", name, known, entity)
                return
        for name, (_, span) in self.section.tag_filters.items():
            if not self.catalog.has_tag_name(name):
                self.found.warning("unknown-tag", f"no series has a tag {name!r}", span)
                return
        if selector.forecast is not None and self.catalog.find_series(replace(selector, forecast=None)):
            setting = self.section.get("forecast-name") or self.section.get("data-type")
            name = f" named {selector.forecast[1][:80]!r}" if selector.forecast[1] else " without a name"
            self.found.warning(
                "no-series", f"there is no forecast{name} of this series", setting and setting.span,
                hint="forecast-name = … as it was stored",
            )  # fmt: skip
            return
        self.found.warning(
            "no-series", "no stored series matches this section", self.section.span,
            hint="loosen the tags or the entity",
        )  # fmt: skip

    def unknown(self, kind: str, name: str, known: list[str], setting: Setting) -> None:
        near = self.found.near(name, known) or known[:1]
        self.found.warning(
            f"unknown-{kind}", f"there is no {kind} {name[:80]!r}", setting.span,
            hint=f"did you mean {near[0]}?" if near else None,
            fix=near[0] if near and not setting.entries[0].made else None,
        )  # fmt: skip


def select_series(
    section: Section,
    found: Diagnostics,
    *,
    catalog: CatalogReader | None,
    window: Window,
    now_ns: int,
) -> Selection | None:
    """What a section selects; None when it lacks a metric or an entity."""
    return _Selector(section, found, catalog, window, now_ns).select()
