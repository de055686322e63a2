"""How hardware, markets, money and research groups behave, whoever pays."""
