package hellotls_test

import (
	"bytes"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// server listens where user_main.c connects to; its certificates are as long as many a broker's.
var server = devtest.Options{Addr: netip.MustParseAddrPort("10.0.0.1:8883"), ChainLen: 2300}

// The two runs that the README shows: a buffer that is too small for the server's certificates, and one that is not.
func TestHelloTLS(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, tc := range []struct{ name, firmware, end string }{
		{"fails with 2048 bytes", "hello-tls-2048", "reconnect callback"},
		{"works with 4096 bytes", "hello-tls-4096", "disconnect callback"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			image, err := wasm.LoadFile("../../testdata/firmware/" + tc.firmware + ".wasm")
			require.NoError(t, err)
			defer image.Close()
			synctest.Test(t, func(t *testing.T) { // virtual time
				network := vnet.New(vnet.Options{Seed: 1})
				defer network.Close()
				devtest.TLSServer(t, network, server)
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"),
					UART: &uart, Seed: 1})
				devtest.Boot(t, d, image.Firmware())
				devtest.WaitLog(t, d, tc.end)
				require.NoError(t, d.Close()) // the UART is ours now
				assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
			})
		})
	}
}
