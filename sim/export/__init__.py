"""Results as files: tables, documents and charts, all or nothing."""
