package certs

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// TestKeySizesOnTheDevice: certificates and keys of every kind of size serve a client, with both TLS libraries (manual V2.1 3.1, V1.0
// 2.1: 1,024 bits, or 512, or others).
func TestKeySizesOnTheDevice(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0,tlsrsakex=1,tls10server=1") // the client takes short keys
	for _, bits := range []int{512, 514, 768, 1024, 2048, 3072, 4096} {
		in, err := Read(fstest.MapFS{}, nil, LayoutV10)
		require.NoError(t, err)
		r, err := in.Make(Options{Bits: bits})
		require.NoError(t, err)
		cert, key := data(t, r, fmt.Sprintf("TLS.x509_%d.cer", bits)), data(t, r, fmt.Sprintf("TLS.key_%d", bits))
		for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
			t.Run(fmt.Sprintf("%d/%s", bits, p.Name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					network := vnet.New(vnet.Options{Seed: 1})
					d := emulator.NewTest(t, emulator.Config{Network: network, Seed: 1, Profile: p, HeapFree: 80 << 10,
						Address: netip.MustParsePrefix("10.0.1.1/16")})
					t.Cleanup(func() { assert.NoError(t, network.Close()) })
					listener := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 443}}}
					require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
						sdk.SecureSetSize(2, 4096)
						sdk.SecureSetDefaultCertificate(cert)
						sdk.SecureSetDefaultPrivateKey(key)
						sdk.SecureAccept(listener)
					})))
					time.Sleep(5 * time.Second)
					host := network.Host("client", netip.MustParseAddr("10.0.0.9"))
					raw, err := host.DialContext(context.Background(), "tcp", "10.0.1.1:443")
					require.NoError(t, err)
					defer raw.Close()
					c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
						CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
					_ = c.SetDeadline(time.Now().Add(time.Minute))
					require.NoError(t, c.Handshake())
					assert.Equal(t, cert, c.ConnectionState().PeerCertificates[0].Raw)
				})
			})
		}
	}
}
