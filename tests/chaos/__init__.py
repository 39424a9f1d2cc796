"""Everything is killed at random while posts become episodes; nothing may be lost, doubled or spoken twice."""
