"""The cost core: from the records of an option to its monthly results, for a block of draws."""
