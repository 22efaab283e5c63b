"""The plan of one widget: its window, its series as nodes, what each reads beyond the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.algebra.expr.references import FACT_FUNCTIONS, is_constant, is_periodic
from apps.algebra.periods import Period
from apps.algebra.plan import Given, Node, Read, apply
from apps.algebra.source import CatalogReader
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS
from apps.algebra.transforms.formula_facts import Known
from apps.algebra.transforms.formula_intervals import period_of
from apps.dialects.charts.chartplan import SeriesPlan, ThresholdPlan
from apps.dialects.charts.derivation import division_of, match_of, missing_of
from apps.dialects.charts.drafts import Draft, Reader, check_label, check_state, flag_or_tree, order_drafts
from apps.dialects.charts.expand import Expansion
from apps.dialects.charts.filters import parse_condition
from apps.dialects.charts.lookback import Need, aligned, formula_need
from apps.dialects.charts.sections import Section
from apps.dialects.charts.selection import Selection, select_series
from apps.dialects.charts.settings import parse_flag
from apps.dialects.charts.stages import Context, Stage, build_stages, needs_of, plain_statistics
from apps.dialects.charts.texts import split_list
from apps.dialects.charts.transforms import StageReader
from apps.dialects.charts.unit_plan import UnitPlanner
from apps.dialects.charts.window import Window
from apps.errors import TsError
from apps.spans import Span

__all__ = ["Request", "SeriesPlanner"]

#: Of so many samples next to a window one is expected to pass a filter.
_FILTERED = 64
#: Calls whose value at a sample asks for nothing behind that sample.
_BACKWARDS = FACT_FUNCTIONS | {"value", "detail", "previous", "movavg"}


@dataclass(frozen=True)
class Request:
    """What a configuration is planned with."""

    source: str
    now_ns: int
    catalog: CatalogReader | None
    width_px: int
    expansion: Expansion


class SeriesPlanner:
    """Plans the series and thresholds of one widget."""

    def __init__(self, request: Request, reader: Reader, window: Window) -> None:
        self.request, self.reader, self.window = request, reader, window
        self.found = reader.found
        reader.now_ns, reader.zone = request.now_ns, window.zone
        self.nodes: dict[int, Node] = {}
        self.stages: dict[int, list[Stage]] = {}
        self.needs: dict[int, Need] = {}
        self.selections: dict[int, Selection] = {}
        self.units = UnitPlanner(request.source, self.found)

    def plan(self, widget: Section) -> tuple[tuple[SeriesPlan, ...], tuple[ThresholdPlan, ...]]:
        series = [self.reader.draft(one, at) for at, one in enumerate(widget.all("series"))]
        lines = [self.reader.draft(one, at) for at, one in enumerate(widget.all("threshold"))]
        drafts = [*series, *lines]
        known = self.reader.by_alias(drafts)
        self.reader.check_aliases(drafts, known)
        ordered = order_drafts(drafts, known, self.found)
        for draft in ordered:
            self.stages[id(draft)] = self.read_stages(draft)
            self.needs[id(draft)] = Need(self.window.start_ns, self.window.end_ns)
        for draft in reversed(ordered):
            self.spread_needs(draft, known)
        for draft in ordered:
            if not draft.broken:
                self.build(draft, known)
        return (
            tuple(self.series_plan(draft) for draft in series),
            tuple(self.threshold_plan(draft) for draft in lines),
        )

    # --- needs --------------------------------------------------------------------------------

    def context(self, draft: Draft) -> Context:
        lookback = (draft.section.text("lookback") or "auto").strip().lower() != "none"
        return Context(self.window, lookback)

    def null_mode(self, draft: Draft) -> str:
        word = (draft.section.text("null-arithmetic") or "missing").strip().lower()
        return word if word in ("missing", "zero") else "missing"

    def read_stages(self, draft: Draft) -> list[Stage]:
        def fault(error: TsError, span: Span) -> None:
            self.found.fault(error, span)
            draft.broken = True

        reader = StageReader(
            draft.section,
            derived=draft.derived,
            window=self.window,
            width_px=self.request.width_px,
            fault=fault,
        )
        params = {
            "text": draft.replace_text,
            "null_arithmetic": self.null_mode(draft),
            "now_ns": self.request.now_ns,
            "scripts": self.request.expansion.scripts,
        }
        return reader.stages(draft.replace, params)

    def source_need(self, draft: Draft) -> Need:
        """What the first stage of a series needs (the read, or the formula)."""
        context = self.context(draft)
        return needs_of(self.stages[id(draft)], self.needs[id(draft)], context)[0]

    def spread_needs(self, draft: Draft, known: Mapping[str, Draft]) -> None:
        """Tell the inputs of a formula what it needs of them."""
        wanted = self.source_need(draft)
        several = len(draft.inputs) > 1 or draft.section.get("missing") is not None
        lookback = self.context(draft).lookback
        grid = self.grid_period(draft)
        if grid is not None and lookback:
            wanted = self.whole_periods(wanted, grid)
        for one in draft.found:
            target = known.get(str(one.alias))
            if target is None:
                continue
            need = Need(wanted.start_ns, wanted.end_ns)
            if lookback:
                need = formula_need(one, wanted, several=several, zone=self.window.zone)
            self.needs[id(target)] = self.needs[id(target)].union(need)

    def grid_period(self, draft: Draft) -> Period | None:
        """The period of ``match = grid``; what can't be read is reported when the formula is built."""
        if not draft.derived:
            return None
        try:
            rule, period = match_of(draft, self.window.zone)
        except TsError:
            return None
        return period if rule == "grid" else None

    def whole_periods(self, need: Need, period: Period) -> Need:
        """A need widened to the calendar periods that it touches."""
        start, end = aligned(need.start_ns, need.end_ns, period, self.window.zone)
        return Need(start, end, need.before, need.after)

    # --- nodes --------------------------------------------------------------------------------

    def build(self, draft: Draft, known: Mapping[str, Draft]) -> None:
        if any(known[name].broken for name in draft.inputs):
            draft.broken = True
            return
        context = self.context(draft)
        stages, need = self.stages[id(draft)], self.needs[id(draft)]
        needs = needs_of(stages, need, context)
        try:
            unit: str | None = None
            if draft.derived:
                unit = self.units.formula(draft)
                node: Node | None = self.formula_node(draft, known, needs[0], unit)
            else:
                node = self.read_node(draft, needs[0])
            if node is None:
                draft.broken = True
                return
            selection = self.selections.get(id(draft))
            self.units.finish(draft, unit if selection is None else selection.unit, stages)
            self.nodes[id(draft)] = self.limited(draft, build_stages(node, stages, needs, context))
        except TsError as error:
            self.found.fault(error, draft.section.span)
            draft.broken = True

    def capped(self, end_ns: int) -> int:
        """Nothing later than the configured interval is read."""
        return min(end_ns, max(self.window.last_ns, self.window.end_ns))

    def read_node(self, draft: Draft, need: Need) -> Node | None:
        section = draft.section
        selection = select_series(
            section,
            self.found,
            catalog=self.request.catalog,
            window=self.window,
            now_ns=self.request.now_ns,
        )
        if selection is None:
            return None
        self.selections[id(draft)] = selection
        end = self.capped(need.end_ns)
        condition = section.get("filter", derived=draft.derived)
        if condition is not None:
            # The nearest samples may not pass; among some more there are mostly as many as are wanted.
            need = replace(need, before=need.before * _FILTERED, after=need.after * _FILTERED)
        node: Node = Read(
            selection.refs,
            need.start_ns,
            max(end, need.start_ns),
            before=need.before,
            after=need.after if end < self.window.last_ns else 0,
            unit=selection.unit,
            span=section.span,
        )
        if not selection.refs:
            node = Given(())
        if condition is not None:
            entry = condition.entries[0]
            fixed = condition.span if entry.made else None
            tree = parse_condition(condition.text, entry.value_span.start, fixed)
            node = apply("filter_samples", node, expression=tree, zone=self.window.zone)
        return self.merged(section, node)

    def merged(self, section: Section, node: Node) -> Node:
        """Matched series joined into one line where the settings say so."""
        merge = parse_flag(section.text("merge-series") or "")
        several = parse_flag(section.text("multiple-series") or "")
        fields = [part.lower() for part in split_list(section.text("merge-fields") or "") if part]
        if not merge and several is not False and not fields:
            return node
        by: tuple[str, ...] | None = None
        if fields:
            by = tuple(field.removeprefix("tags.") for field in fields if field != "entity")
        return apply("merge", node, by=by)

    def formula_node(
        self, draft: Draft, known: Mapping[str, Draft], need: Need, unit: str | None
    ) -> Node:
        inputs = [known[name] for name in draft.inputs]
        zone = self.window.zone
        rule, period = match_of(draft, zone)
        if rule == "grid" and period is not None:
            need = self.whole_periods(need, period)
        start = MIN_TIME_NS if need.before and inputs else need.start_ns
        end = MAX_TIME_NS if need.after and rule == "fill" and _knows_next(draft) else need.end_ns
        return apply(
            "formula",
            *(self.nodes[id(one)] for one in inputs),
            names=draft.inputs,
            tree=draft.tree,
            text=draft.text,
            start_ns=start,
            end_ns=max(self.capped(end), need.start_ns),
            zone=self.window.zone,
            fills=tuple(self.fill(draft, one) for one in inputs),
            null_arithmetic=self.null_mode(draft),
            libraries=tuple(self.request.expansion.libraries),
            now_ns=self.request.now_ns,
            scripts=self.request.expansion.scripts,
            known=self.known(draft, known),
            match=rule,
            match_period=period,
            missing=tuple(missing_of(draft, one, zone) for one in inputs),
            division_by_zero=division_of(draft),
            unit=unit,
            span=draft.section.span,
        )

    def known(self, draft: Draft, by_alias: Mapping[str, Draft]) -> Known | None:
        """The metrics and entities that the formula asks about."""
        asked = [one for one in draft.found if one.function in FACT_FUNCTIONS]
        catalog = self.request.catalog
        if not asked or catalog is None:
            return None
        selections = (self.selections.get(id(by_alias[str(one.alias)])) for one in asked)
        keys = {ref.key for one in selections if one is not None for ref in one.refs}
        metrics = {name: catalog.metric(name) for name in {key.metric for key in keys}}
        entities = {name: catalog.entity(name) for name in {key.entity for key in keys}}
        return Known(
            {name: info for name, info in metrics.items() if info is not None},
            {name: info for name, info in entities.items() if info is not None},
        )

    def fill(self, draft: Draft, source: Draft) -> str:
        """How an input is filled: as the derived series says, else as the input says, else linear."""
        setting = draft.section.own("fill-value") or source.section.get("fill-value")
        word = setting.text.strip().lower() if setting else "linear"
        return word if word in ("linear", "previous", "none") else "linear"

    def limited(self, draft: Draft, node: Node) -> Node:
        text = (draft.section.text("limit") or "").strip()
        if text.isdigit() and int(text):
            return apply("limit_samples", node, count=int(text), keep="last")
        return node

    def drawn_start(self, draft: Draft) -> int:
        """Where the drawn part begins: at the start of the first period for statistics of periods."""
        start, end, zone = self.window.start_ns, self.window.end_ns, self.window.zone
        _, period = plain_statistics(self.stages[id(draft)])
        periods = [period] if period is not None else []
        if draft.derived and not periods and is_periodic(draft.found):
            periods = [period_of(one) for one in draft.found]
        grid = self.grid_period(draft)
        if grid is not None and not periods:
            periods = [grid]
        if not periods or end <= start:
            return start
        return min(aligned(start, end, one, zone)[0] for one in periods)

    def drawn(self, draft: Draft) -> Node | None:
        """The node cut to the window, where it may hold more."""
        node = self.nodes.get(id(draft))
        if node is None:
            return None
        try:
            return self._cut(node, draft)
        except TsError as error:
            self.found.fault(error, draft.section.span)
            return None

    def _cut(self, node: Node, draft: Draft) -> Node:
        constant = draft.derived and is_constant(draft.found)
        exact = isinstance(node, Read) and not (node.before or node.after)
        if exact and isinstance(node, Read):
            exact = (node.start_ns, node.end_ns) == (self.window.start_ns, self.window.end_ns)
        if constant or exact or isinstance(node, Given):
            return node
        return apply("clip", node, start_ns=self.drawn_start(draft), end_ns=self.window.end_ns)

    # --- plans --------------------------------------------------------------------------------

    def series_plan(self, draft: Draft) -> SeriesPlan:
        section = draft.section
        display, display_tree = flag_or_tree(self.reader, section, "display")
        enabled, enabled_tree = flag_or_tree(self.reader, section, "enabled")
        alert = section.get("alert-expression")
        if alert is not None and not isinstance(alert.tree_within(self.found), TsError):
            check_state(self.reader, alert, alert.tree)
        check_label(self.reader, section.get("label-format"))
        selection = self.selections.get(id(draft))
        statistics, period = plain_statistics(self.stages[id(draft)])
        return SeriesPlan(
            node=None if draft.broken else self.drawn(draft),
            position=draft.position,
            label=section.text("label"),
            label_format=section.text("label-format"),
            alias=draft.alias,
            display=display,
            enabled=enabled,
            metric=None if draft.derived else section.text("metric"),
            entity=None if draft.derived else section.text("entity"),
            tags={} if selection is None else selection.tags,
            settings=self.units.settings(draft, section.resolved(derived=draft.derived)),
            span=section.span,
            derived=draft.derived,
            statistics=tuple(str(one) for one in statistics),
            period=None if period is None else str(period),
            unit=self.units.texts.get(id(draft)),
            display_expression=display_tree,
            enabled_expression=enabled_tree,
            inputs=draft.inputs,
            scripts=self.request.expansion.scripts,
        )

    def threshold_plan(self, draft: Draft) -> ThresholdPlan:
        section = draft.section
        if not draft.derived:
            self.found.error("value-missing", "a threshold needs value = …", section.span, hint="value = 40")
        node = None if draft.broken or not draft.derived else self.drawn(draft)
        return ThresholdPlan(
            node=node,
            label=section.text("label"),
            alias=draft.alias,
            settings=section.resolved(derived=True),
            span=section.span,
            stepped=is_periodic(draft.found),
        )


def _knows_next(draft: Draft) -> bool:
    """Whether the first sample behind the interval follows from one more sample of each input: its right
    neighbour, to which a line is drawn. Of a period that begins there, for one, this would be but a part."""
    return bool(draft.inputs) and all(
        one.function in _BACKWARDS and len(one.call.arguments) < 3 for one in draft.found
    )
