# What run.sh and test.sh do alike: system libraries, Python, .venv. Sourced by both, never run alone.
# shellcheck shell=sh
#
# Before sourcing, set `root` to the project's folder.

venv="${root:?}/.venv"

say() { printf '%s\n' "$*"; }

# stop SENTENCE: end with a sentence on stderr and exit status 2.
stop() {
    printf '%s\n' "$*" >&2
    exit 2
}

# What Qt's xcb and offscreen platforms and PortAudio load at run time, and the Debian package of each
# (12 and 13). Looked for by the name of the library, so a machine that has it from elsewhere is left alone.
LIBRARIES='
libEGL.so.1               libegl1
libGL.so.1                libgl1
libX11-xcb.so.1           libx11-xcb1
libdbus-1.so.3            libdbus-1-3
libfontconfig.so.1        libfontconfig1
libfreetype.so.6          libfreetype6
libgthread-2.0.so.0       libglib2.0-0
libportaudio.so.2         libportaudio2
libxcb-cursor.so.0        libxcb-cursor0
libxcb-glx.so.0           libxcb-glx0
libxcb-icccm.so.4         libxcb-icccm4
libxcb-image.so.0         libxcb-image0
libxcb-keysyms.so.1       libxcb-keysyms1
libxcb-randr.so.0         libxcb-randr0
libxcb-render-util.so.0   libxcb-render-util0
libxcb-shape.so.0         libxcb-shape0
libxcb-shm.so.0           libxcb-shm0
libxcb-sync.so.1          libxcb-sync1
libxcb-util.so.1          libxcb-util1
libxcb-xfixes.so.0        libxcb-xfixes0
libxcb-xkb.so.1           libxcb-xkb1
libxkbcommon-x11.so.0     libxkbcommon-x11-0
'

# missing_packages COMMAND=PACKAGE ...: print the packages for what this machine lacks: the libraries above,
# a font, Python with venv, and the commands named.
missing_packages() {
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)
    printf '%s' "$LIBRARIES" | while read -r library package; do
        [ -z "$library" ] && continue
        case "$known" in *"$library "*) ;; *) printf '%s ' "$package" ;; esac
    done
    if [ -z "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        -name '*.[to]t[fc]' 2>/dev/null | head -n 1)" ]; then
        printf 'fonts-dejavu-core '
    fi
    python=$(find_python)
    if [ -z "$python" ]; then
        printf 'python3 python3-venv '
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        printf 'python3-venv '
    fi
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null 2>&1 || printf '%s ' "${pair#*=}"
    done
}

# find_python: print the first Python that is new enough, nothing if there is none.
find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
}

# need_system COMMAND=PACKAGE ...: install what this machine lacks, or say exactly what to install.
need_system() {
    packages=$(missing_packages "$@")
    packages=${packages% }
    [ -z "$packages" ] && return
    if ! command -v apt-get >/dev/null 2>&1; then
        say "This machine lacks what the Debian packages $packages hold; it has no apt-get, so install their"
        say "counterparts yourself if what follows fails."
        return
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=sudo
    else
        stop "The Debian packages $packages are missing, and this script may not install them; ask for" \
            "'apt-get install $packages' to be run as root, then run this again."
    fi
    say "Installing system packages: $packages"
    log=$(mktemp)
    # shellcheck disable=SC2086  # words apart: one package each
    if ! { $as_root apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $packages; } \
        >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        stop "apt-get could not install $packages (see above); install them yourself, then run this again."
    fi
    rm -f "$log"
}

# need_venv EXTRAS: make .venv, or bring it up to date, with the pinned packages of pyproject's EXTRAS
# (comma-separated, may be empty). Quick where nothing has changed since the last time.
need_venv() {
    extras=$1
    python=$(find_python)
    [ -n "$python" ] || stop "Python 3.11 or newer is needed, and this machine has none; install it, then run this again."
    stamp="$venv/.installed-for-${extras:-nothing}"
    stamp=$(printf '%s' "$stamp" | tr ',' '+')
    state="$root $extras $(cat "$root/pyproject.toml" "$root/packaging/constraints.txt" | cksum)"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$state" ] && "$venv/bin/python" -c 'import hippo_studio' 2>/dev/null; then
        return
    fi
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        say "Making .venv with $("$python" --version)"
        "$python" -m venv --clear "$venv" || stop "Python could not make $venv; free some space, or see above."
    fi
    say "Installing the pinned Python packages into .venv (once; some hundred megabytes)"
    quiet=--quiet
    [ -t 1 ] && quiet=
    # shellcheck disable=SC2086  # no word where it is empty
    "$venv/bin/python" -m pip install $quiet --disable-pip-version-check \
        --constraint "$root/packaging/constraints.txt" --editable "$root${extras:+[$extras]}" ||
        stop "pip could not install the packages (see above); check the network, then run this again."
    say "Compiling the inner loops (once)"
    "$venv/bin/python" -m hippo_studio.app.warm_up || stop "The installed packages do not work (see above); remove" \
        "$venv, then run this again."
    printf '%s' "$state" >"$stamp"
}
