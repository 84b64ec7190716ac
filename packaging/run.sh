#!/bin/sh
# Take this machine, however bare, to the running studio with a sample playing:
#
#     sh packaging/run.sh [FILE ...]
#
# Debian 12 and 13 get what they lack (system libraries by apt-get, Python packages into .venv). Without a
# display it shows the main job offscreen instead: coefficients, a reconstruction and a screenshot in out/.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/packaging/setup.sh"

need_system
need_venv ''

sample="$root/resources/samples/speech.flac"
studio="$venv/bin/hippo-studio"

# A display may be named and yet not answer: ask Qt itself.
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] &&
    "$venv/bin/python" -c 'from PyQt6.QtGui import QGuiApplication; QGuiApplication([])' 2>/dev/null; then
    [ $# -gt 0 ] || set -- "$sample"
    say "Opening HiPPO Studio"
    exec "$studio" --play "$@"
fi

say "There is no display that answers here, so the window cannot open; this is its main job offscreen."
[ $# -gt 0 ] || set -- "$sample"
out="$root/out"
mkdir -p "$out"
"$studio" project "$1" --measure legs --order 256 --method zoh --every 0.1 \
    --out "$out/coefficients.npz" --reconstruction "$out/reconstruction.wav"
QT_QPA_PLATFORM=offscreen "$studio" --screenshot "$out/memory.png" --tab memory "$1"
say "Coefficients:   $out/coefficients.npz"
say "Reconstruction: $out/reconstruction.wav"
say "Screenshot:     $out/memory.png"
