"""Ground every domain stands on: database, jobs, clock, money, ids, errors, files, push."""
