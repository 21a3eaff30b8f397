"""What adapter authors need: contract suites and builders, shipped with the distribution."""
