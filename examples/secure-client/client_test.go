package secureclient_test

import (
	"bytes"
	"context"
	"io"
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
	"github.com/emu8266/emu8266/espconn/testpki"
	secureclient "github.com/emu8266/emu8266/examples/secure-client"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
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

// The build without CLIENT_SSL_ENABLE, in Go a field: the same client over plain TCP.
func TestPlainClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Checks: emulator.ChecksFail})
		l, err := d.Network().Host("broker", broker.Addr()).Listen("tcp", ":8883")
		require.NoError(t, err)
		go func() {
			if c, err := l.Accept(); err == nil {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}
		}()
		devtest.Boot(t, d, emulator.Go((&secureclient.Client{Server: broker, Message: "hello", Plain: true}).Init))
		devtest.WaitLog(t, d, "connect callback", "recv callback, 5 bytes: hello", "disconnect callback")
		require.NoError(t, l.Close())
	})
}

// With a CA burned at the sector that ca_enable names, another CA's server is refused (manual V2.1 4.2).
func TestServerIsChecked(t *testing.T) {
	for wrong, end := range map[bool]string{false: "recv callback, 5 bytes: hello", true: "reconnect callback, err -39"} {
		chip, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		require.NoError(t, image.Certs{{Name: "ca.cer", Data: testpki.NewCA(t, testpki.CA2048).Raw}}.WriteAt(chip, 0x7B))
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Flash: chip, Checks: emulator.ChecksFail})
			devtest.TLSServer(t, d.Network(), devtest.Options{Addr: broker, WrongCA: wrong})
			client := &secureclient.Client{Server: broker, Size: 2048, Message: "hello", CASector: 0x7B}
			devtest.Boot(t, d, emulator.Go(client.Init))
			devtest.WaitLog(t, d, end)
		})
		require.NoError(t, chip.Close())
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
