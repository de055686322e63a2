"""The web server of the dashboard: one process, closed to strangers, that leaves nothing behind."""
