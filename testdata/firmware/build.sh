#!/usr/bin/env bash
# Compiles the C firmware of the tests and examples to WebAssembly, with `emu8266 build`.
#
#     build.sh [OUTDIR [NAME...]]   # default: all of them, into this folder, and what programs embed beside their sources
#
# The images in this folder were made with clang 14 (Debian 12: apt install clang lld). With the same clang the result is
# equal byte for byte; another one, 14 or later, makes other images that work the same. CLANG and WASM_LD name the tools.
set -euo pipefail
CLANG_MAJOR=14
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)
only=" ${*:2} "
cd "$here/../.." # paths in the images are relative to it

export CLANG=${CLANG:-$(command -v "clang-$CLANG_MAJOR" || true)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -o "$tmp/emu8266" ./cmd/emu8266

# firmware NAME SOURCE [FLAGS]
firmware() {
  local name=$1
  shift
  [[ $only == "  " || $only == *" $name "* ]] || return 0
  "$tmp/emu8266" build -o "$out/$name.wasm" "$@" >"$tmp/done"
}

firmware hello-tls-2048 examples/hello-tls -DTLS_SIZE=2048
firmware hello-tls-4096 examples/hello-tls -DTLS_SIZE=4096
firmware machine testdata/firmware/machine.c
firmware faults testdata/firmware/faults.c
firmware server testdata/firmware/server.c
firmware plain testdata/firmware/plain.c
firmware softap testdata/firmware/softap.c
firmware smartconfig testdata/firmware/smartconfig.c
firmware misuse testdata/firmware/misuse.c
firmware boots testdata/firmware/boots.c
firmware pins testdata/firmware/pins.c
firmware machine-checked testdata/firmware/machine.c --check
firmware memory testdata/firmware/memory.c --check
firmware spin testdata/firmware/spin.c
firmware system testdata/firmware/system.c
firmware driver testdata/firmware/driver.c
firmware talker testdata/firmware/talker.c --test
for version in 1 2 3; do
  firmware upgrade-$version testdata/firmware/upgrade.c -DVERSION=$version
done
firmware unit testdata/firmware/unit --test
firmware hostile testdata/firmware/hostile.c
firmware mqtt-client examples/mqtt-client -DMQTT_SSL_ENABLE
firmware mqtt-client-plain examples/mqtt-client
firmware iot-server examples/iot-server -DSERVER_SSL_ENABLE
firmware iot-server-plain examples/iot-server
firmware iot-client examples/iot-client -DCLIENT_SSL_ENABLE
firmware iot-client-plain examples/iot-client
firmware plain-tcp-udp examples/plain-tcp-udp
firmware param-store examples/param-store
firmware deep-sleep examples/deep-sleep
firmware ota-1 examples/ota
firmware ota-2 examples/ota -D VERSION=2
firmware ota-3 examples/ota -D VERSION=3

# The lessons in C: places in them are told as the page knows them.
for lesson in 3-client 6-buffer 7-heap 8-callbacks; do
  (cd docs/lessons/c/$lesson && firmware lesson-$lesson user_main.c)
done

if [ "$out" = "$here" ]; then
  for lesson in docs/lessons/c/*/; do
    cp "$out/lesson-$(basename "$lesson").wasm" "$lesson/firmware.wasm"
  done
  cp "$out"/hello-tls-{2048,4096}.wasm cmd/emu8266/firmware/
fi
