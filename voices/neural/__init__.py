"""What the neural engines share. `gpu`, `placing` and this file load no library; the rest is for a loaded engine."""

NO_ESPEAK = (
    "eSpeak NG isn't installed, which tells neural voices how words sound; install it (apt-get install espeak-ng, or "
    "pip install 'narrate[espeak]')"
)
