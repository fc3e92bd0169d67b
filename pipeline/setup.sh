#!/bin/sh
# Sets up Kernelwalk in .venv, from a checkout: sh pipeline/setup.sh [EXTRA]
# Needs Python 3.11 or 3.13 with venv, for which Blender comes as a Python package (bpy). Blender is linked against
# libraries of a desktop; on a Debian or Ubuntu without them, they are installed too.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}

for python in ${PYTHON:-python3 python3.13 python3.11}; do
  "$python" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 13)))' 2>/dev/null && break
  python=
done
[ -n "$python" ] || { echo "setup: no Python 3.11 or 3.13 here. Install one, or name it: PYTHON=/path/to/python3.13" >&2; exit 3; }

"$python" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -e ".${extra:+[$extra]}"
.venv/bin/python -m compileall -q addon pipeline # else each start would compile, where nothing may be written later

desktop="libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libgl1"
[ "$extra" != test ] || desktop="$desktop libegl1 libgl1-mesa-dri" # for EEVEE, which the tests render with too
if ! .venv/bin/python -c 'import bpy' 2>/dev/null && command -v apt-get >/dev/null; then
  root=$([ "$(id -u)" = 0 ] || echo sudo)
  $root apt-get update -qq
  # shellcheck disable=SC2086  # words, each a package
  DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $desktop >/dev/null
fi
.venv/bin/python -c 'import bpy' || { echo "setup: Blender's Python package cannot be loaded, see above" >&2; exit 3; }
