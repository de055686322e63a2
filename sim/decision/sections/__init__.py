"""What `heavypress decide` reports, a module a section: each turns a case into sentences, tables and data."""
