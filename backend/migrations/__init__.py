"""One linear chain of Alembic migrations, for SQLite and Postgres alike."""
