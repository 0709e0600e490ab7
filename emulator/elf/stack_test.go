package elf_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// libraries is a program with network libraries of its own.
func libraries(t *testing.T, defines ...string) *elf.Image {
	t.Helper()
	file := compileFile(t, "", []string{"emulator/elf/testdata/libraries.c"}, defines...)
	i, err := elf.LoadVendorFile(file)
	require.NoError(t, err)
	assert.True(t, i.VendorStack())
	return i
}

// What stands below the SDK's libraries: the start, the ROM's tasks, frames in and out with the radio's buffers, joining and leaving, the
// events of Wi-Fi by the SDK's own task; and a function of the radio that is not there ends the firmware by its name.
func TestBelowLibraries(t *testing.T) {
	i := libraries(t)
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		var asked atomic.Int32
		answer := make(chan []byte, 16)
		port := d.Network().Attach("peer", func(f []byte) {
			if f[12] == 0x88 && f[13] == 0xB5 {
				asked.Add(1)
				assert.Equal(t, "who am I?\x00", string(f[14:24]))
				answer <- bytes.Clone(f[6:12])
			}
		}, func() {})
		defer port.Close()
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(5 * time.Second)
		assert.False(t, d.Addr().IsValid())
		for range asked.Load() {
			f := append(<-answer, 2, 0, 0, 0, 0, 9, 0x88, 0xB5, 10, 0, 7, 7, 255, 255, 0, 0, 10, 0, 0, 1)
			port.Send(f)
		}
		time.Sleep(time.Second)
		assert.Equal(t, "10.0.7.7", d.Addr().String(), "the address that the libraries took")
		d.SetLink(false)
		time.Sleep(10 * time.Second)
		crash := d.Crash()
		var text string
		require.NoError(t, d.Do(func() { text = uart.String() }))
		require.NotNil(t, crash)
		assert.EqualValues(t, 8, asked.Load(), "as many as the radio has transmit buffers")
		assert.Contains(t, crash.Why, "pm_attach at 0x402")
		assert.Regexp(t, `called at 0x40[0-9a-f]{6} in on_event\+0x[0-9a-f]+, belongs to the chip's ROM or radio and is not emulated`, crash.Why)
		want := strings.TrimSpace(`
lwip_init, every 25 ms
espconn_init
block 1
connected, -15
espconn_connect 0
connected, -15
user_init, 2036 bytes
post 0
post 0
post 1
post 1
netif_set_default 1
task 2, 0
task 2, 1
dhcp client start...
8 frames sent
event 0
answer of 26 bytes, 7 buffers free
ip:10.0.7.7,mask:255.255.0.0,gw:10.0.0.1
event 3
status 5
down after 20 ticks or more
dhcp_release, running 1
event 1`)
		assert.Equal(t, want, strings.TrimSpace(strings.Split(text, "Fatal")[0]))
	})
}

// A DHCP client that was stopped is left alone when the station leaves: dhcp_release would look into what is no more. The interface has no
// address then (lx106.md).
func TestLeavingWithoutDHCP(t *testing.T) {
	i := libraries(t, "STOPPED")
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		asked := make(chan []byte, 16)
		port := d.Network().Attach("peer", func(f []byte) {
			if f[12] == 0x88 && f[13] == 0xB5 {
				asked <- bytes.Clone(f[6:12])
			}
		}, func() {})
		defer port.Close()
		require.NoError(t, d.Boot(i.Firmware()))
		port.Send(append(<-asked, 2, 0, 0, 0, 0, 9, 0x88, 0xB5, 10, 0, 7, 7, 255, 255, 0, 0, 10, 0, 0, 1))
		time.Sleep(time.Second)
		d.SetLink(false)
		time.Sleep(10 * time.Second)
		require.Nil(t, d.Crash())
		var text string
		require.NoError(t, d.Do(func() { text = uart.String() }))
		assert.Contains(t, text, "event 1\naddress 0 0 0\n")
		assert.NotContains(t, text, "dhcp_release")
	})
}

// What the libraries do is told as what the emulator's own network API does: calls and callbacks with states, blocks of the heap, TLS keys;
// and an allocation finds no memory if a test wants that.
func TestLibrariesAreTold(t *testing.T) {
	i := libraries(t)
	for _, fails := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var uart, keys bytes.Buffer
			d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1, KeyLog: &keys})
			require.NoError(t, err)
			defer d.Close()
			if fails {
				d.FailAlloc(1)
			}
			require.NoError(t, d.Boot(i.Firmware()))
			var text string
			require.NoError(t, d.Do(func() { text = uart.String() }))
			var told []string
			for _, e := range d.Trace().Events() {
				switch e.Source {
				case trace.SourceHeap:
					told = append(told, fmt.Sprintf("%v %d of %d", e.Kind, e.Value, e.Limit))
					assert.Regexp(t, `libraries\.c:\d+$`, e.Name)
				case trace.SourceAPI, trace.SourceCallback:
					line := fmt.Sprintf("%v %s %s", e.Kind, e.Name, e.Text)
					if e.Kind == trace.KindState {
						line = fmt.Sprintf("%v to %v, %v", e.Old, e.State, e.Remote)
					}
					told = append(told, strings.TrimSpace(line))
				}
			}
			heap := []string{"alloc 32 of 2036", "free 32 of 2036"}
			if fails {
				heap = []string{"failed 32 of 2048"}
				assert.Contains(t, text, "E:M 32\nblock 0\n")
			}
			assert.Equal(t, append(heap,
				"call espconn_regist_connectcb espconn 1", "return espconn_regist_connectcb 0",
				"call espconn_connect espconn 1", "ESPCONN_NONE to ESPCONN_CONNECT, 10.0.0.9:443", "connect",
				"call espconn_connect espconn 1", "return espconn_connect -15", "returned connect", "return espconn_connect 0",
				"call espconn_connect espconn 1", "return espconn_connect -15"), told)
			random, master := make([]byte, 32), make([]byte, 48)
			for n := range master {
				master[n] = byte(n)
			}
			for n := range random {
				random[n] = byte(13 + 32 + n)
			}
			assert.Equal(t, fmt.Sprintf("CLIENT_RANDOM %x %x\n", random, master), keys.String())
		})
	}
}

// The soft-AP's interface below the SDK's libraries.
func TestSoftAPBelowLibraries(t *testing.T) {
	i := libraries(t, "SOFTAP")
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err = d.Network().Join(ctx, "phone", vnet.Membership{SSID: "ESP_010001"})
		require.Error(t, err, "there is no DHCP server in it")
		require.Nil(t, d.Crash())
		var text string
		require.NoError(t, d.Do(func() { text = uart.String() }))
		_, text, _ = strings.Cut(text, "bytes\n")
		assert.Equal(t, "soft-AP 00, 192.168.4.1\nnetif_set_default 0\nevent 7\nevent 5\nstation's frame, 3 2, 7 buffers free\nevent 9\n",
			text)
	})
}

// A program without the SDK's libraries is refused.
func TestNoLibraries(t *testing.T) {
	_, err := elf.LoadVendor(program().bytes())
	require.ErrorContains(t, err, "the vendor's stack runs only in a program that is linked with the SDK's libraries")
	_, err = elf.LoadVendorFile(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = elf.LoadVendor([]byte("#include"))
	require.ErrorContains(t, err, "no ELF file")
}
