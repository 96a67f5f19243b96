"""One template: compiled in a sandbox, asked what it needs, rendered within limits.

Texts come from people who edit templates, parameters from customers, and neither is trusted. A
template may print, choose (`if`) and repeat (`for`); it may not call, assign, import or multiply.
Parameters are only ever data: no text in them is looked at as a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from babel import Locale
from jinja2 import StrictUndefined, Template, TemplateError, Undefined, UndefinedError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates_i18n import locales
from templates_i18n.errors import BrokenTemplate
from templates_i18n.errors import TemplateError as KnownError
from templates_i18n.filters import CONTEXT_NAME, FILTERS, Rendering

MAX_SOURCE: Final = 4_000
"""Characters of one template."""
MAX_OUTPUT: Final = 12_000
"""Characters of one rendered text; channels split what is longer than their own limit."""

_TESTS: Final = ("defined", "undefined", "none", "in", "eq", "ne", "lt", "le", "gt", "ge")
_ALLOWED: Final[tuple[type[nodes.Node], ...]] = (
    # Text and what is put into it
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Filter, nodes.Keyword,
    # Choice and repetition
    nodes.If, nodes.For, nodes.CondExpr,
    # Values
    nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.List, nodes.Tuple,
    # Comparison and what a sentence needs of arithmetic
    nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Add, nodes.Sub, nodes.Neg, nodes.Concat,
)  # fmt: skip


def _printable(value: Any) -> Any:
    """What `{{ … }}` may print as it stands. The rest would show Python's own way to write it."""
    if isinstance(value, str | Undefined):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be printed without a filter")


def _environment() -> ImmutableSandboxedEnvironment:
    # Plain text for chat: escaping for HTML would show customers `&amp;`.
    environment = ImmutableSandboxedEnvironment(
        autoescape=False,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
    )
    environment.filters = dict(FILTERS)
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    environment.globals = {}
    return environment


_ENVIRONMENT: Final = _environment()


class CompiledText:
    """A template's text in one locale, checked when made and compiled when first rendered.

    Raises BrokenTemplate for everything that can be seen without parameters: syntax, unknown
    filters, forbidden constructs, private attributes.
    """

    def __init__(self, key: str, locale: str, source: str) -> None:
        self.key = key
        self.locale = locale
        self.source = source.rstrip("\n")
        # Most labels say the same each time: worded once.
        self._is_plain = "{" not in source
        self._plain: str | None = None
        if len(source) > MAX_SOURCE:
            raise self._broken(f"longer than {MAX_SOURCE} characters")
        if not self._is_plain:  # there is nothing to be wrong with plain text
            for fault in _faults(self.parse()):
                raise self._broken(fault)

    @cached_property
    def variables(self) -> frozenset[str]:
        """Every name the template reads, whether or not it always needs it."""
        return frozenset(meta.find_undeclared_variables(self.parse()))

    def parse(self) -> nodes.Template:
        """The syntax tree, for checks."""
        try:
            return _ENVIRONMENT.parse(self.source)
        except TemplateError as error:
            raise self._broken(str(error)) from error

    @cached_property
    def _babel_locale(self) -> Locale:
        return Locale.parse(locales.BABEL[self.locale])

    @cached_property
    def _template(self) -> Template:
        return _ENVIRONMENT.from_string(self.source)

    def render(
        self, params: Mapping[str, object], timezone: tzinfo, lookup: Callable[[str], str]
    ) -> str:
        """The text with `params` put in, without blank space around it.

        `lookup` resolves the keys of the `label` filter. Raises BrokenTemplate when a variable is
        missing, a value does not fit its filter, or the result is longer than MAX_OUTPUT.
        """
        if self._plain is not None:
            return self._plain
        rendering = Rendering(self._babel_locale, timezone, lookup)
        try:
            pieces = self._template.generate({**params, CONTEXT_NAME: rendering})
            text = self._limited(pieces).strip()
            self._plain = text if self._is_plain else None
            return text
        except KnownError:
            raise
        except UndefinedError as error:
            missing = self._missing_variable(str(error), params)
            raise self._broken(str(error), missing) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise self._broken(str(error)) from error

    def _limited(self, pieces: Iterator[str]) -> str:
        kept: list[str] = []
        length = 0
        for piece in pieces:
            length += len(piece)
            if length > MAX_OUTPUT:
                raise self._broken(f"the rendered text is longer than {MAX_OUTPUT} characters")
            kept.append(piece)
        return "".join(kept)

    def _missing_variable(self, message: str, params: Mapping[str, object]) -> str:
        absent = sorted(self.variables - params.keys())
        return next((name for name in absent if f"'{name}'" in message), "")

    def _broken(self, reason: str, variable: str = "") -> BrokenTemplate:
        return BrokenTemplate(self.key, self.locale, reason, variable)


def _faults(tree: nodes.Template) -> Iterator[str]:
    """Why a tree may not be rendered, best first."""
    for node in tree.find_all(nodes.Node):
        line = f"line {node.lineno}: "
        match node:
            case nodes.Filter(name=name) if name not in FILTERS:
                yield f"{line}unknown filter {name}"
            case nodes.Test(name=name) if name not in _TESTS:
                yield f"{line}unknown test {name}"
            case nodes.Name(name=name) if name.startswith("_"):
                yield f"{line}private name {name}"
            case nodes.Getattr(attr=name) if name.startswith("_"):
                yield f"{line}private attribute {name}"
            case nodes.Getitem(arg=nodes.Const(value=str(name))) if name.startswith("_"):
                yield f"{line}private attribute {name}"
            case _ if not isinstance(node, _ALLOWED):
                yield f"{line}{type(node).__name__.lower()} is not allowed in a template"
