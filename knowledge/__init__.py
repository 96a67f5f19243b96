"""The shop's published policies: articles in Markdown, cut into sections, found by question.

`HybridIndex.build(load_articles(), shared_embedder()).answer(question, locale)` gives the best
section in its own words, or None when nothing in the articles answers with enough confidence.
`Index` does the same by words alone, for Chinese and English, without a model.
"""

from knowledge.hybrid import HybridIndex
from knowledge.loader import Article, ArticleError, load_articles
from knowledge.search import Index, Passage

__all__ = ["Article", "ArticleError", "HybridIndex", "Index", "Passage", "load_articles"]
