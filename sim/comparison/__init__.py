"""Options side by side: reckoned, measured, drawn and written down."""
