#!/usr/bin/env bash
# Compiles unlzma.c for the page. With clang 14 (Debian 12: apt install clang lld) the result is equal byte for byte.
#
#     build.sh [OUT]   # default: ../files/unlzma.wasm
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"${CLANG:-clang}" --target=wasm32 -std=c11 -O3 -Wall -Wextra -Werror -ffreestanding -nostdlib -Wl,--no-entry -Wl,--strip-all \
  -o "${1:-$here/../files/unlzma.wasm}" "$here/unlzma.c"
