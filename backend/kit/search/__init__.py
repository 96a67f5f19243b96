"""Search by words for rows of any domain, alike on SQLite and Postgres, newest first.

`terms` cuts text into terms (the one tokenizer of both databases), `models` makes the tables of an
index, `repository` holds the SQL. A domain's own module says which words a row is found by.
"""
