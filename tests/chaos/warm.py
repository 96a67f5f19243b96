"""What the helper process holds before it forks, so that a restart costs a moment."""

import gc

from backend.pipeline.articles import ArticlesIndex
from bot.understanding.lexicon import shipped_lexicon
from templates_i18n.catalog import Catalog

Catalog.load()
ArticlesIndex.load()
shipped_lexicon()
# What is there for good is not looked at again: its pages stay shared with the children.
gc.collect()
gc.freeze()
