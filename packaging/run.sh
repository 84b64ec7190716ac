#!/bin/sh
# Take this machine, however bare, to the running studio with a sample playing:
#
#     sh packaging/run.sh [FILE ...]
#
# Debian 12 and 13 get what they lack (system libraries by apt-get, Python packages into .venv). Without a
# display it shows the main job offscreen instead: coefficients, a reconstruction as sound and a
# screenshot in out/.
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
out="$root/out"
mkdir -p "$out"
memory='--measure legs --order 256 --reconstruction'
[ $# -gt 0 ] || {
    set -- "$sample"
    memory='--measure legt --order 256 --theta 0.02 --method zoh --every 0.02 --age 0.01 --through'
}
# shellcheck disable=SC2086  # words apart: one option each
"$studio" project "$1" $memory "$out/reconstruction.wav" --out "$out/coefficients.npz"
QT_QPA_PLATFORM=offscreen "$studio" --screenshot "$out/memory.png" --tab memory "$1"
say "Coefficients:   $out/coefficients.npz"
say "Reconstruction: $out/reconstruction.wav"
say "Screenshot:     $out/memory.png"
