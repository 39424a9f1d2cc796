"""One file per voice engine, each with a class `Engine` (the contract is voices/engine.py)."""
