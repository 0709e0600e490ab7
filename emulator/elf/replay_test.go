package elf_test

import (
	"hash/fnv"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// witness notes what a machine was at each look, with steps of many lengths.
type witness struct {
	seen   map[uint64]uint64 // sums, by position
	steps  uint32
	fault  func(m *elf.Machine, c *chip.Crash)
	memory bool // sums are of all memory, too
}

func (w *witness) Look(m *elf.Machine) int64 {
	w.seen[m.Position()] = sum(m, w.memory && w.steps%64 == 0)
	w.steps = w.steps*1664525 + 1013904223
	return 1 << (w.steps >> 28)
}

func (w *witness) Fault(m *elf.Machine, c *chip.Crash) {
	if w.fault != nil {
		w.fault(m, c)
	}
}

// sum is one of all registers, and of data memory.
func sum(m *elf.Machine, memory bool) uint64 {
	h := fnv.New64a()
	word := func(v uint32) { _, _ = h.Write([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}) }
	word(m.PC())
	for n := range 16 {
		word(m.Register(n))
	}
	word(m.Special("sar"))
	word(m.Special("ccount"))
	if memory {
		b, ok := m.Read(0x3FFE8000, 0x18000)
		if !ok {
			panic("no data memory")
		}
		_, _ = h.Write(b)
	}
	return h.Sum64()
}

// again plays all of the record again and compares.
func (w *witness) again(t *testing.T, live *elf.Machine) {
	first, ok := live.History()
	require.True(t, ok)
	compared, last := 0, (*elf.Machine)(nil)
	present, err := live.Replay(first, func(m *elf.Machine) int64 {
		last = m
		if want, ok := w.seen[m.Position()]; ok {
			if want == sum(m, false) || want == sum(m, true) {
				compared++
			} else if !t.Failed() {
				t.Errorf("position %d, pc 0x%x: not as it was", m.Position(), m.PC())
			}
		}
		return 1
	})
	require.NoError(t, err)
	assert.True(t, present)
	assert.Greater(t, compared, 10)
	assert.Equal(t, live.Position(), last.Position())
	assert.Equal(t, sum(live, true), sum(last, true), "the end")
	t.Logf("%d places compared, %d instructions", compared, live.Position()-first)
}

// debugged boots firmware on a network with servers, with a debugger that stops it at the end, and plays all again.
func debugged(t *testing.T, i *elf.Image, w *witness) (lines []string) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		devtest.TLSServer(t, network, devtest.Options{Addr: netip.MustParseAddrPort("10.0.0.1:8883"), ChainLen: 2200,
			Handle: func(c net.Conn) { _, _ = io.Copy(c, c) }})
		visitor := network.Host("visitor", netip.MustParseAddr("10.0.0.9"))
		d, err := emulator.New(emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), Seed: 7})
		require.NoError(t, err)
		fw := i.Firmware()
		if w != nil {
			fw.Debug(w)
		}
		require.NoError(t, d.Boot(fw))
		time.Sleep(5 * time.Second)
		for _, port := range []string{"443", "80"} { // what listens gets a client
			if c, err := visitor.Dial("tcp", net.JoinHostPort("10.0.1.1", port)); err == nil {
				_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
				time.Sleep(time.Second)
				_ = c.Close()
			}
		}
		_, _ = io.WriteString(d.UART(), "status?\r")
		time.Sleep(5 * time.Second)
		if w != nil && d.Crash() == nil {
			require.NoError(t, fw.Between(func(m *elf.Machine) { w.again(t, m) }))
		} else {
			require.NoError(t, d.Do(func() {})) // as Between does
		}
		require.NoError(t, d.Close())
		visitor.Close()
		require.NoError(t, network.Close())
		for _, e := range d.Trace().Events() {
			lines = append(lines, e.String())
		}
	})
	return lines
}

// Whatever a program does with the SDK, its interrupts, registers, restarts and crashes: played again it is the same at each place, to the
// last byte of memory; and its trace is the same with a debugger and without.
func TestReplay(t *testing.T) {
	for _, tc := range []struct {
		name    string
		sources []string
		defines []string
	}{
		{"driver", []string{"emulator/elf/testdata/driver.c"}, nil},
		{"exceptions", []string{"emulator/elf/testdata/exceptions.c"}, []string{"HOW=0"}},
		{"machine", []string{"testdata/firmware/machine.c"}, nil},
		{"plain", []string{"testdata/firmware/plain.c"}, nil},
		{"server", []string{"testdata/firmware/server.c"}, nil},
		{"boots", []string{"testdata/firmware/boots.c"}, nil},
		{"pins", []string{"testdata/firmware/pins.c"}, nil},
		{"system", []string{"testdata/firmware/system.c"}, nil},
		{"hello-tls", []string{"examples/hello-tls"}, []string{"TLS_SIZE=4096"}},
		{"mqtt-client", []string{"examples/mqtt-client"}, []string{"MQTT_SSL_ENABLE"}},
		{"iot-server", []string{"examples/iot-server"}, []string{"SERVER_SSL_ENABLE"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			i := compile(t, tc.sources, tc.defines...)
			w := &witness{seen: map[uint64]uint64{}, memory: true}
			w.fault = func(m *elf.Machine, _ *chip.Crash) { w.again(t, m) }
			with := debugged(t, i, w)
			without := debugged(t, i, nil)
			for n := range max(len(with), len(without)) {
				require.Equal(t, at(without, n), at(with, n), "event %d", n)
			}
		})
	}
}
