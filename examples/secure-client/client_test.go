package secureclient_test

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/trace"
	secureclient "github.com/emu8266/emu8266/examples/secure-client"
)

var broker = netip.MustParseAddrPort("10.0.0.10:8883")

// The two runs that the README shows: a buffer that is too small for the server's certificates, and one that is not.
func TestSecureClient(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, tc := range []struct {
		name string
		size uint16
	}{{"fails with the default buffer", 2048}, {"works with 3072 bytes", 3072}} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // virtual time
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1})
				devtest.TLSServer(t, d.Network(), devtest.Options{Addr: broker, ChainLen: 2300}) // as long as many a broker's
				client := &secureclient.Client{Server: broker, Size: tc.size, Message: "hello"}
				devtest.Boot(t, d, emulator.Go(client.Init))

				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := d.WaitEvent(ctx, func(e trace.Event) bool {
					return strings.HasPrefix(e.Text, "disconnect callback") || strings.HasPrefix(e.Text, "reconnect callback")
				})
				require.NoError(t, err)
				require.NoError(t, d.Close()) // the UART is ours now
				assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
			})
		})
	}
}

// A failed connection is tried again by the timer, a second later.
func TestSecureClientRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		client := &secureclient.Client{Server: broker, Size: 2048, Message: "hello", Retries: 2}
		d.Network().Host("broker", broker.Addr()) // nobody listens: the SYN is refused
		require.NoError(t, d.Boot(emulator.Go(client.Init)))
		time.Sleep(time.Minute)
		var failures int
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourceUART && e.Text == "reconnect callback, err -9" {
				failures++
			}
		}
		assert.Equal(t, 3, failures)
	})
}
