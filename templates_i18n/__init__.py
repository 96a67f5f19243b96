"""Every word a customer reads, by key and locale: `<locale>/<domain>.yml` and what renders them.

`Catalog.load().text("refund.approved", "de", {...})` is the whole interface; `filters` lists what
a template's author may write, `check` is the gate that keeps the locales complete and in step.
"""

from templates_i18n.catalog import Catalog
from templates_i18n.errors import BrokenTemplate, CatalogError, MissingTemplate, TemplateError

__all__ = ["BrokenTemplate", "Catalog", "CatalogError", "MissingTemplate", "TemplateError"]
