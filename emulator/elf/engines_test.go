package elf_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// compile builds C firmware of the repository for the LX106. Without the compiler the test is skipped; in CI that is a failure.
func compile(t testing.TB, sources []string, defines ...string) *elf.Image {
	t.Helper()
	return compileFor(t, "", sources, defines...)
}

// compileFor is compile for a version of the SDK, "" for the usual one.
func compileFor(t testing.TB, version string, sources []string, defines ...string) *elf.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "firmware.elf")
	for i, s := range sources {
		sources[i] = filepath.FromSlash(s)
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	_, err = build.Build(context.Background(), build.Options{Sources: sources, Output: out, Defines: defines, Dir: root, Version: version,
		Engine: build.EngineLX106})
	if errors.Is(err, build.ErrGCC) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	require.NoError(t, err)
	i, err := elf.LoadFile(out)
	require.NoError(t, err)
	return i
}

// prebuilt is the same firmware for WebAssembly.
func prebuilt(t testing.TB, name string) *wasm.Image {
	t.Helper()
	i, err := wasm.LoadFile(filepath.FromSlash("../../testdata/firmware/" + name + ".wasm"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, i.Close()) })
	return i
}

// play boots firmware on a network with servers for ten virtual seconds, with all that it asks for, and returns its trace.
func play(t *testing.T, fw emulator.Firmware) (lines []string) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		devtest.TLSServer(t, network, devtest.Options{Addr: netip.MustParseAddrPort("10.0.0.1:8883"), ChainLen: 2200,
			Handle: func(c net.Conn) { _, _ = io.Copy(c, c) }})
		visitor := network.Host("visitor", netip.MustParseAddr("10.0.0.9"))
		d, err := emulator.New(emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), Seed: 7})
		require.NoError(t, err)
		require.NoError(t, d.Boot(fw))
		time.Sleep(5 * time.Second)
		for _, port := range []string{"443", "80"} { // what listens gets a client
			if c, err := visitor.Dial("tcp", net.JoinHostPort("10.0.1.1", port)); err == nil {
				_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
				time.Sleep(time.Second)
				_ = c.Close()
			}
		}
		time.Sleep(5 * time.Second)
		require.NoError(t, d.Close())
		visitor.Close()
		require.NoError(t, network.Close())
		for _, e := range d.Trace().Events() {
			lines = append(lines, e.String())
		}
	})
	return lines
}

// differ are events that the two machines have in different words, by firmware, with what is alike: addresses are the chip's here, and
// those of WebAssembly's memory there.
var differ = map[string]*regexp.Regexp{
	"boots":  regexp.MustCompile(`0x[0-9a-f]{4,8}`),                // the last call before a crash has its arguments
	"server": regexp.MustCompile(`0x[0-9a-f]{4,8}`),                // the exception names an address
	"system": regexp.MustCompile(`(data|rodata|bss|heap) *: 0x.*`), // system_print_meminfo
}

// The same C firmware on both engines: the same trace, event by event, with calls, callbacks, codes, TLS records, heap blocks, lines
// and times.
func TestEngines(t *testing.T) {
	for _, tc := range []struct {
		name    string
		sources []string
		defines []string
	}{
		{"machine", []string{"testdata/firmware/machine.c"}, nil},
		{"plain", []string{"testdata/firmware/plain.c"}, nil},
		{"server", []string{"testdata/firmware/server.c"}, nil},
		{"softap", []string{"testdata/firmware/softap.c"}, nil},
		{"smartconfig", []string{"testdata/firmware/smartconfig.c"}, nil},
		{"misuse", []string{"testdata/firmware/misuse.c"}, nil},
		{"boots", []string{"testdata/firmware/boots.c"}, nil},
		{"pins", []string{"testdata/firmware/pins.c"}, nil},
		{"system", []string{"testdata/firmware/system.c"}, nil},
		{"upgrade-1", []string{"testdata/firmware/upgrade.c"}, []string{"VERSION=1"}},
		{"hello-tls-2048", []string{"examples/hello-tls"}, []string{"TLS_SIZE=2048"}},
		{"hello-tls-4096", []string{"examples/hello-tls"}, []string{"TLS_SIZE=4096"}},
		{"mqtt-client", []string{"examples/mqtt-client"}, []string{"MQTT_SSL_ENABLE"}},
		{"mqtt-client-plain", []string{"examples/mqtt-client"}, nil},
		{"iot-server", []string{"examples/iot-server"}, []string{"SERVER_SSL_ENABLE"}},
		{"iot-server-plain", []string{"examples/iot-server"}, nil},
		{"iot-client", []string{"examples/iot-client"}, []string{"CLIENT_SSL_ENABLE"}},
		{"iot-client-plain", []string{"examples/iot-client"}, nil},
		{"plain-tcp-udp", []string{"examples/plain-tcp-udp"}, nil},
		{"param-store", []string{"examples/param-store"}, nil},
		{"deep-sleep", []string{"examples/deep-sleep"}, nil},
		{"ota-1", []string{"examples/ota"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			compiled := play(t, compile(t, tc.sources, tc.defines...).Firmware())
			other := play(t, prebuilt(t, tc.name).Firmware())
			same := 0
			for i := range max(len(compiled), len(other)) {
				c, w := at(compiled, i), at(other, i)
				if d := differ[tc.name]; d != nil {
					c, w = d.ReplaceAllString(c, "..."), d.ReplaceAllString(w, "...")
				}
				if c != w {
					t.Errorf("event %d:\nlx106 %s\nwasm  %s", i, c, w)
					break
				}
				same++
			}
			assert.Greater(t, same, 3)
			t.Logf("%d events", same)
		})
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}
