"""Where packs of lines are spoken: local child processes, or a cluster. The contract is narrate/audio/packs.py."""
