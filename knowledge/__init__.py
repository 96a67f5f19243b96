"""The shop's published policies: articles in Markdown, cut into sections, found by question.

`Index.build(load_articles()).answer(question, locale)` gives the best section in its own words,
or None when nothing in the articles answers with enough confidence.
"""

from knowledge.loader import Article, ArticleError, load_articles
from knowledge.search import Index, Passage

__all__ = ["Article", "ArticleError", "Index", "Passage", "load_articles"]
