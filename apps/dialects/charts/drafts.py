"""Series on their way to a plan: what a ``[series]`` or ``[threshold]`` section says, formulas parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Closure
from apps.algebra.expr.references import PERIOD_FUNCTIONS, Reference, references
from apps.algebra.transforms.formula_intervals import parse_interval
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.fixed_dates import with_fixed_dates
from apps.dialects.charts.names import LABEL_VARIABLES, SAMPLE_VARIABLES, STATE_VARIABLES, name_faults
from apps.dialects.charts.sections import Section, Setting
from apps.dialects.charts.settings import parse_flag
from apps.errors import TsError

__all__ = ["Draft", "Reader", "check_label", "check_state", "flag_or_tree", "order_drafts"]


@dataclass(eq=False)
class Draft:
    """One section. ``broken``: it has an error and is not drawn; others that need it neither."""

    section: Section
    position: int
    alias: str | None
    derived: bool
    tree: nodes.Node | None = None
    text: str = ""
    found: list[Reference] = field(default_factory=list)
    replace: nodes.Node | None = None
    replace_text: str = ""
    broken: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """The aliases the formula names, each once, in the order of the text."""
        return tuple(dict.fromkeys(one.alias for one in self.found if one.alias is not None))


class Reader:
    """Reads drafts of one widget and reports what is wrong with their formulas and aliases."""

    def __init__(
        self,
        source: str,
        found: Diagnostics,
        libraries: tuple[str, ...],
        scripts: Mapping[str, Closure],
    ) -> None:
        self.source, self.found = source, found
        self.libraries, self.scripts = libraries, scripts
        self.now_ns, self.zone = 0, "UTC"

    def draft(self, section: Section, position: int) -> Draft:
        alias = section.own("alias")
        value = section.own("value")
        draft = Draft(section, position, alias.text.strip() if alias else None, value is not None)
        if value is not None:
            draft.tree, draft.text = self.formula(value, draft)
            if draft.tree is not None:
                self.check_names(draft.tree, value, draft)
                draft.tree = self.dated(draft.tree, value, draft)
                draft.found = references(draft.tree, frozenset(self.libraries))
                self.check_references(draft)
        replace = section.get("replace-value", derived=draft.derived)
        if replace is not None:
            draft.replace, draft.replace_text = self.formula(replace, draft)
            if draft.replace is not None:
                self.check_names(draft.replace, replace, draft, SAMPLE_VARIABLES)
        return draft

    def formula(self, setting: Setting, draft: Draft) -> tuple[nodes.Node | None, str]:
        """The parsed formula and its text; None when it can't be read (reported)."""
        tree = setting.tree_within(self.found)
        if isinstance(tree, TsError):
            self.found.fault(tree, setting.span)
            draft.broken = True
            return None, ""
        return tree, setting.placed[0]

    def dated(self, tree: nodes.Node, setting: Setting, draft: Draft) -> nodes.Node:
        """The tree with its dates fixed by the clock and the zone."""
        try:
            libraries = frozenset(self.libraries)
            return with_fixed_dates(tree, now_ns=self.now_ns, zone=self.zone, libraries=libraries)
        except TsError as error:
            self.found.fault(error, setting.span)
            draft.broken = True
            return tree

    def check_names(
        self,
        tree: nodes.Node,
        setting: Setting,
        draft: Draft,
        variables: frozenset[str] = frozenset(),
    ) -> None:
        faults = name_faults(
            tree,
            variables=variables,
            scripts=self.scripts,
            libraries=self.libraries,
            over_series=not variables,
            near=self.found.near,
        )
        for error in faults:
            self.found.fault(placed(error, setting), setting.span)
            draft.broken = True

    def check_references(self, draft: Draft) -> None:
        for one in draft.found:
            if one.alias is None:
                self.found.error(
                    "alias-needed", f"{one.function}() needs an alias as a plain text", one.span,
                    hint=f"{one.function}({'95, ' if one.function == 'percentile' else ''}'alias')",
                )  # fmt: skip
                draft.broken = True
            for argument in _intervals(one):
                try:
                    parse_interval(argument.value)
                except TsError as error:
                    self.found.fault(error.at(argument.span), argument.span)
                    draft.broken = True

    def by_alias(self, drafts: list[Draft]) -> dict[str, Draft]:
        """The drafts by alias; the second of two equal aliases is reported and not drawn."""
        known: dict[str, Draft] = {}
        for draft in drafts:
            if draft.alias is None:
                continue
            if draft.alias in known:
                setting = draft.section.own("alias")
                assert setting is not None
                self.found.error(
                    "duplicate-alias", f"the alias {draft.alias!r} is taken in this widget", setting.span,
                    hint="give this series another alias",
                )  # fmt: skip
                draft.broken = True
            else:
                known[draft.alias] = draft
        return known

    def check_aliases(self, drafts: list[Draft], known: Mapping[str, Draft]) -> None:
        for draft in drafts:
            for one in draft.found:
                if one.alias is not None and one.alias not in known:
                    near = self.found.near(one.alias, known)
                    value = draft.section.own("value")
                    mended = near and value is not None and not value.made
                    self.found.error(
                        "unknown-alias", f"no series of this widget has the alias {one.alias[:60]!r}",
                        one.span, hint=f"did you mean {' or '.join(near)}?" if near else None,
                        fix=f"'{near[0]}'" if mended else None,
                    )  # fmt: skip
                    draft.broken = True


#: Where functions take intervals, by the number of the argument.
_INTERVAL_PLACES = {"movavg": (1, 2), "getValueWithOffset": (1,), "percentile": (2,)}


def _intervals(reference: Reference) -> list[nodes.Text]:
    """The intervals among the arguments of a call."""
    usual = (1,) if reference.function in PERIOD_FUNCTIONS else ()
    arguments = reference.call.arguments
    places = _INTERVAL_PLACES.get(reference.function, usual)
    given = [arguments[at] for at in places if at < len(arguments)]
    return [one for one in given if isinstance(one, nodes.Text)]


def order_drafts(drafts: list[Draft], known: Mapping[str, Draft], found: Diagnostics) -> list[Draft]:
    """Inputs before what is made of them. Cycles are reported; a draft that needs a broken one is broken."""
    done: dict[int, bool] = {}
    ordered: list[Draft] = []
    inputs = {id(draft): [known[name] for name in draft.inputs if name in known] for draft in drafts}
    for start in drafts:
        if id(start) in done:
            continue
        path, open_ids = [(start, iter(inputs[id(start)]))], {id(start)}
        while path:
            top, waiting = path[-1]
            inner = next((one for one in waiting if id(one) not in done), None)
            if inner is not None and id(inner) not in open_ids:
                path.append((inner, iter(inputs[id(inner)])))
                open_ids.add(id(inner))
                continue
            if inner is not None:
                _report_cycle([draft for draft, _ in path], inner, found)
            top.broken = top.broken or any(one.broken for one in inputs[id(top)])
            done[id(top)] = True
            ordered.append(top)
            open_ids.discard(id(top))
            path.pop()
    return ordered


def _report_cycle(path: list[Draft], inner: Draft, found: Diagnostics) -> None:
    at = next(index for index, one in enumerate(path) if one is inner)
    names = [str(one.alias) for one in path[at:]]
    for draft in path[at:]:
        draft.broken = True
        for one in draft.found:
            if one.alias in names:
                chain = " → ".join([*names, names[0]])
                message = (
                    f"{one.alias!r} refers to itself" if len(names) == 1 else f"a circle of aliases: {chain}"
                )
                found.error("alias-cycle", message, one.span, hint="a formula needs inputs of its own")
                break


def flag_or_tree(reader: Reader, section: Section, name: str) -> tuple[bool | None, nodes.Node | None]:
    """A setting that is a yes or no, or an expression decided later."""
    setting = section.get(name)
    if setting is None:
        return True, None
    flag = parse_flag(setting.text)
    if flag is not None:
        return flag, None
    tree = setting.tree_within(reader.found)
    if isinstance(tree, TsError):
        reader.found.fault(tree, setting.span)
        return True, None
    check_state(reader, setting, tree)
    return None, tree


def placed(error: TsError, setting: Setting) -> TsError:
    """The error without its mend where the text was put together: it stands nowhere as such."""
    if setting.made:
        error.fix = None
    return error


def check_label(reader: Reader, setting: Setting | None) -> None:
    """Report names that a label made by an expression does not know."""
    if setting is None or not setting.text.lstrip().lower().startswith("javascript:"):
        return
    tree = setting.tree_within(reader.found)
    if not isinstance(tree, TsError):
        check_state(reader, setting, tree, LABEL_VARIABLES)


def check_state(
    reader: Reader, setting: Setting, tree: nodes.Node, variables: frozenset[str] = STATE_VARIABLES
) -> None:
    """Report names that no expression about a series as a whole knows."""
    faults = name_faults(
        tree, variables=variables, scripts=reader.scripts, libraries=reader.libraries, near=reader.found.near
    )
    for error in faults:
        if error.code != "not-offered":
            span, error = error.span or setting.span, placed(error, setting)
            reader.found.warning(error.code, error.message, span, hint=error.hint, fix=error.fix)
