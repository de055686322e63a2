"""Jobs by chance: campaigns, run times, sizes, requests and failures, each draw a function of its own number."""
