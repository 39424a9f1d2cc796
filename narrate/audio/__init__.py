"""Script -> takes -> recording -> files. Sound is int16 PCM on disk, float32 in memory, times are samples."""
