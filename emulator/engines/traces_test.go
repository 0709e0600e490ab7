package engines_test

import (
	"io"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/netstack/vnet"
)

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
		for _, e := range withoutLocals(d.Trace().Events()) {
			lines = append(lines, e.String())
		}
	})
	return lines
}

// differ are events that the two machines have in different words, by firmware, with what is alike.
var differ = map[string]*regexp.Regexp{
	// build.sh compiles the lessons in their folders, this test from the root
	"lesson-7-heap": regexp.MustCompile(`(docs/lessons/c/[\w-]+/)?user_main\.c`),

	"boots":  regexp.MustCompile(`0x[0-9a-f]{4,8}`),                // the last call before a crash has its arguments
	"server": regexp.MustCompile(`0x[0-9a-f]{4,8}`),                // the exception names an address
	"system": regexp.MustCompile(`(data|rodata|bss|heap) *: 0x.*`), // system_print_meminfo
}

// alone are firmware that one machine only runs, or that another test plays on both.
var alone = map[string]string{
	"hostile":         "300 KB of data are more than the chip has; memory that grows is WebAssembly's",
	"lesson-3-client": "its watchdog's stack has functions that one of the compilers puts into their caller",
	"spin":            "TestHardWatchdog: the stack of WebAssembly names the function that burns fuel",
}

// The same C firmware on both engines: the same trace, event by event, with calls, callbacks, codes, TLS records, frames, heap blocks,
// lines and times. Addresses differ where firmware shows them: here the chip's, there those of WebAssembly's memory.
func TestTraces(t *testing.T) {
	all := sources(t)
	names := keys(all)
	slices.Sort(names)
	for _, name := range names {
		if why := alone[name]; why != "" || all[name].check {
			continue // checks are WebAssembly's
		}
		t.Run(name, func(t *testing.T) {
			one := play(t, engines[0].image(t, name).Firmware())
			other := play(t, engines[1].image(t, name).Firmware())
			for i := range max(len(one), len(other)) {
				w, c := at(one, i), at(other, i)
				if d := differ[name]; d != nil {
					w, c = d.ReplaceAllString(w, "..."), d.ReplaceAllString(c, "...")
				}
				if w != c {
					t.Fatalf("event %d:\nwasm  %s\nlx106 %s", i, w, c)
				}
			}
			assert.Greater(t, len(one), 3)
			t.Logf("%d events", len(one))
		})
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}
