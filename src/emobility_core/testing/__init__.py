"""What adapter authors need: contract suites, builders, strategies and a clock that stands still."""
