//! The only SQL: SQLite embedded, PostgreSQL shared.
