"""Measures what the server costs, as ratios against a bare WebSocket echo on the same machine.

`python -m benchmarks --help` lists the measurements; `docs/explanation/benchmarks.md` tells how they work.
"""
