"""Documents on paper: words by language, numbers by region, their sheet and their PDF (D-117 … D-127)."""
