"""Text to sound. The door: engines, the catalogue of voices, and the sound type."""
