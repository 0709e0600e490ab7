#!/usr/bin/env bash
# Compiles the C firmware of the tests and examples to WebAssembly.
#
#     build.sh [OUTDIR]      # default: this folder
#
# The images in this folder were made with clang 14 (Debian 12: apt install clang lld). With the same clang the result is
# equal byte for byte; another one, 14 or later, makes other images that work the same. CLANG and WASM_LD name the tools.
set -euo pipefail
CLANG_MAJOR=14
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)

CLANG=${CLANG:-$(command -v "clang-$CLANG_MAJOR" || command -v clang)}
WASM_LD=${WASM_LD:-$(command -v "wasm-ld-$CLANG_MAJOR" || command -v wasm-ld)}
major=$("$CLANG" -dumpversion | cut -d. -f1)

cflags=(--target=wasm32-unknown-unknown -std=gnu99 -Os -flto -Wall -Qn
  -fno-builtin -funsigned-char -mmutable-globals
  -U__SIZE_TYPE__ -D__SIZE_TYPE__=unsigned -Wno-builtin-macro-redefined
  -Wno-incompatible-library-redeclaration -Wno-cast-function-type -Wno-format -Wno-infinite-recursion
  -DICACHE_FLASH "-ffile-prefix-map=$root=.")
# Later compilers take for errors what firmware has always done.
if [ "$major" -ge 16 ]; then
  cflags+=(-Wno-error=implicit-function-declaration -Wno-error=int-conversion
    -Wno-error=incompatible-function-pointer-types -Wno-error=implicit-int)
fi
# Fuel: a call on every branch, which the watchdog counts.
fuel=(-g -fsanitize-coverage=trace-pc,no-prune)
# Memory checks: a call before each load and store, for NULL, alignment, the heap, registers. Costs speed and size.
checks=(-Xclang -fsanitize=kernel-address -Xclang -fsanitize-recover=kernel-address
  -mllvm -asan-instrumentation-with-call-threshold=0 -mllvm -asan-stack=0 -mllvm -asan-globals=0)
ldflags=(--no-entry --import-undefined --fatal-warnings --export-table
  --stack-first -z stack-size=5120
  --export=__heap_base --export=__data_end --export=__wasm_call_ctors
  --export-if-defined=__stack_pointer --export-if-defined=user_init --export-if-defined=user_pre_init
  --export-if-defined=user_rf_pre_init --export-if-defined=user_rf_cal_sector_set)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$root" # paths in the images are relative to it
"$CLANG" "${cflags[@]}" -g0 -c emulator/wasm/rt/rt.c -o "$tmp/rt.o"
"$CLANG" "${cflags[@]}" -g0 -fno-lto -c emulator/wasm/rt/check.c -o "$tmp/check.o"

# checked NAME SOURCE [FLAGS]: with memory checks
checked() {
  more=("$tmp/check.o")
  build "$@" "${checks[@]}"
}

# firmware NAME SOURCE [FLAGS]: without
firmware() {
  more=()
  build "$@"
}

build() {
  local name=$1 source=$2
  shift 2
  "$CLANG" "${cflags[@]}" "${fuel[@]}" "$@" "-I$(dirname "$source")" -Iemulator/wasm/include -c "$source" -o "$tmp/$name.o"
  "$WASM_LD" "${ldflags[@]}" "$tmp/$name.o" "$tmp/rt.o" "${more[@]}" -o "$out/$name.wasm"
}

firmware hello-tls-2048 examples/hello-tls/user/user_main.c -DTLS_SIZE=2048
firmware hello-tls-4096 examples/hello-tls/user/user_main.c -DTLS_SIZE=4096
firmware machine testdata/firmware/machine.c
firmware faults testdata/firmware/faults.c
firmware server testdata/firmware/server.c
firmware plain testdata/firmware/plain.c
firmware misuse testdata/firmware/misuse.c
checked machine-checked testdata/firmware/machine.c
checked memory testdata/firmware/memory.c
