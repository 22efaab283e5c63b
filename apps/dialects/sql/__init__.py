"""SQL: one grammar for ATSD's dialect and the PostgreSQL forms around counters and continuous aggregates."""
