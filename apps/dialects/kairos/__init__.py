"""KairosDB's and Skyminer's notation: JSON requests to plans, results to JSON."""
