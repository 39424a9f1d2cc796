#!/usr/bin/env bash
# setup.sh demo|dev: system packages, a virtual environment in .venv, and narrate in it. Safe to run again.
# As root it installs what is missing with apt-get; otherwise it says what is missing and falls back where it can.
set -euo pipefail
mode=${1:?demo or dev}
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

find_python() {
  local p
  for p in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$p" >/dev/null && "$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then echo "$p"; return; fi
  done
  say "Python 3.11 or newer is needed and isn't on PATH. Install it, then run make again."; exit 1
}

# Looks where voices/libraries.py does; ldconfig isn't on everybody's PATH.
has_library() {
  local folder
  for folder in /usr/local/lib{,64} "/usr/local/lib/*" /usr/lib{,64} "/usr/lib/*"; do
    compgen -G "$folder/$1*" >/dev/null && return
  done
  return 1
}

python=$(find_python)
missing=()
has_library libflite_cmu_us_rms.so.1 || missing+=(libflite1)
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ "$mode" = dev ]; then
  command -v espeak-ng >/dev/null || missing+=(espeak-ng)
  command -v chromium >/dev/null || missing+=(chromium)
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
fi

voice=flite
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]} with apt-get"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "missing: ${missing[*]}. To install them: sudo apt-get install ${missing[*]}"
    if [[ " ${missing[*]} " == *" libflite1 "* ]]; then
      say "going on with espeak-ng from the Python package index as the voice: GPL-3, much rougher than flite"
      voice=espeak
    fi
    [[ " ${missing[*]} " == *" ffmpeg "* ]] && say "going on with the ffmpeg that the package imageio-ffmpeg brings"
    [[ " ${missing[*]} " == *" python3-venv "* ]] && { say "without python3-venv there is no way on"; exit 1; }
    [ "$mode" = dev ] && say "the tests that need what is missing will fail"
  fi
fi

say "installing narrate into .venv"
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check)
lock=requirements-core.lock
[ "$mode" = demo ] || lock=requirements.lock
"${pip[@]}" --no-deps --require-hashes --requirement "$lock"  # the lock is complete: there is nothing to resolve
"${pip[@]}" --no-deps --editable .
[ "$voice" = flite ] || "${pip[@]}" espeakng-loader
if [ "$mode" = dev ] && ! cmp -s requirements-neural.txt .venv/.neural; then
  say "installing torch, coqui-tts and kokoro, for the tests of the neural voices: one to two minutes, about 2 GB"
  sed -nE 's/^([A-Za-z0-9._-]+==[^ \\]+( ;.*[^ \\])?).*/\1/p' requirements.lock >.venv/pins.txt  # they move nothing locked
  "${pip[@]}" --requirement requirements-neural.txt --constraint .venv/pins.txt
  "${pip[@]}" --no-deps kokoro==0.9.4  # it asks for spaCy and a phonemizer that downloads; its network needs neither
  cp requirements-neural.txt .venv/.neural
fi
touch ".venv/.$mode"
