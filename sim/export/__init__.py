"""Results written down: tables, documents and charts, all or nothing."""
