#!/bin/sh
# Stands in for every tool that set-up calls: notes its command line, and makes the files that the real one would make.
# Copied under the name of each tool; .venv/bin/python becomes a copy too.
PATH_SEEN="$PATH"
PATH=/usr/bin:/bin
name="$(basename "$0")"
line="$name $*"

# The test's wish: this command fails, or never ends.
case "$line" in
  *"${FAKE_FAIL:-no such command}"*) echo "$line: no space left"; exit 3 ;;
esac

case "$line" in
  *"import sys;"*) echo "${FAKE_PYTHON:-3.11} $(cd "$(dirname "$0")" && pwd)/$name"; exit ;;
  *"import venv, ensurepip"*) exit "${FAKE_ENSUREPIP:-0}" ;;
  "cmake --version") echo "cmake version ${FAKE_CMAKE:-3.31.2}"; exit ;;
  "ninja --version") echo 1.12; exit ;;
  "c++ -std=c++20 "*) exit "${FAKE_CXX:-0}" ;;
esac

echo "$line" >> "$FAKE_LOG"
case "$line" in
  *"${FAKE_HANG:-no such command}"*) echo $$ > "$FAKE_LOG.hanging"; sleep 60 ;;
esac

case "$line" in
  "npm ci "*)
    mkdir -p node_modules/.bin
    cp package-lock.json node_modules/.package-lock.json
    for tool in cmake-js tsc biome; do cp "$0" "node_modules/.bin/$tool"; done ;;
  *" -m venv --clear "*)
    for folder; do :; done
    rm -rf "$folder"
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python" ;;
  *" --dry-run "*)
    while [ "$1" != --report ]; do shift; done
    echo "{\"install\": [{\"metadata\": {\"name\": \"torch\", \"version\": \"${FAKE_TORCH:-2.13.0+cpu}\"}}]}" > "$2" ;;
  *" install "*" torch=="*)
    torch="$(dirname "$0")/../lib/python3.11/site-packages/torch"
    mkdir -p "$torch/include/ATen" "$torch/lib"
    echo "__version__ = '2.13.0+cpu'" > "$torch/version.py" ;;
  *" install "*"clang-format"*) cp "$0" "$(dirname "$0")/clang-format" ;;
  "cmake-js build "*)
    mkdir -p build/Release
    echo "CXX is $CXX, PATH is $PATH_SEEN" > build/environment
    # As CMake does: what the folder was configured with first, it keeps.
    [ -f build/CMakeCache.txt ] || cat > build/CMakeCache.txt <<END
CMAKE_HOME_DIRECTORY:INTERNAL=$PWD
CMAKE_CXX_COMPILER:FILEPATH=$(PATH="$PATH_SEEN" command -v "${CXX%% *}")
PSE_LIBTORCH:PATH=${line#*--CDPSE_LIBTORCH=}
END
    torch="$(sed -n 's/^PSE_LIBTORCH:PATH=//p' build/CMakeCache.txt)"
    minor="$(cat "$torch/version.py" "$torch/build-version" 2> /dev/null | grep -oE '[0-9]+\.[0-9]+' | head -n 1)"
    touch build/Release/pse_loss.node "build/Release/libpse_ops-$minor.so" ;;
  "tsc "*)
    mkdir -p dist/cli
    echo 'console.log("fits", process.argv.slice(2).join(" ")); process.exit(7)' > dist/cli/main.js ;;
esac
