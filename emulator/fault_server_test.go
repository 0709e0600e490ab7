package emulator_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// serverLife is a secure server's life: certificate, key, accept, and an echo for each client. ends tells how its
// connections ended, refused what a call returned.
type serverLife struct {
	sdk     *emulator.SDK
	conn    espconn.Espconn
	ends    []string
	refused string
}

func (l *serverLife) boot(t testing.TB, d *emulator.Device, own tls.Certificate) {
	require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
		l.sdk = sdk
		l.conn = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 443}}}
		sdk.RegistRecvcb(&l.conn, func(c *espconn.Espconn, data []byte) { sdk.SecureSend(c, append([]byte(nil), data...)) })
		sdk.RegistReconcb(&l.conn, func(_ *espconn.Espconn, err espconn.Err) { l.ends = append(l.ends, fmt.Sprintf("reconnect %d", err)) })
		sdk.RegistDisconcb(&l.conn, func(*espconn.Espconn) { l.ends = append(l.ends, "disconnect") })
		key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
		require.NoError(t, err)
		switch {
		case !sdk.SecureSetDefaultCertificate(own.Certificate[0]) || !sdk.SecureSetDefaultPrivateKey(key):
			l.refused = "set_default returned false"
		case sdk.SecureAccept(&l.conn) != espconn.OK:
			l.refused = "accept returned an error"
		}
	})))
}

// visitor is the machine of the server's clients.
func visitor(d *emulator.Device) *vnet.Host {
	return d.Network().Host("visitor", netip.MustParseAddr("10.0.0.21"))
}

// visit is a client of the server: it reports what became of it.
func visit(t testing.TB, h *vnet.Host) string {
	conn, err := h.DialContext(t.Context(), "tcp", "10.0.0.2:443")
	if err != nil {
		return "no connection"
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Minute))
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	if _, err = c.Write([]byte("hello")); err == nil {
		_, err = io.ReadFull(c, make([]byte, 5))
	}
	if err != nil {
		return "failed"
	}
	return "echo"
}

// The n-th allocation of a secure server's life fails, for each n: a call returns it, a callback reports it, or the client
// alone sees it, and the next client is served.
func TestFailEachAllocationOfAServer(t *testing.T) {
	own, ends := selfSigned(t), map[string]int{}
	for n, more := 1, true; more; n += sweepStep() {
		synctest.Test(t, func(t *testing.T) {
			d, l := emulator.NewTest(t, fixed), serverLife{}
			h := visitor(d)
			d.FailAlloc(n)
			l.boot(t, d, own)
			time.Sleep(time.Minute)
			first := visit(t, h)
			time.Sleep(sweepTime)
			require.Nil(t, d.Crash())
			require.NoError(t, d.Do(func() { ends[fmt.Sprint(l.refused, first, l.ends)]++ }))
			more = d.HeapStats().Failures > 0
			d.FailAlloc(0)
			if l.refused == "" {
				assert.Equal(t, "echo", visit(t, h), "allocation %d: the next client is not served\n%s", n, d.Explain())
				time.Sleep(time.Minute)
			}
		})
	}
	t.Logf("ends: %v", ends)
	assert.Greater(t, len(ends), 4)
}

// Each frame of a secure server's life is lost in turn: TCP repairs it.
func TestDropEachFrameOfAServer(t *testing.T) {
	own := selfSigned(t)
	for n, more := 1, true; more; n += sweepStep() {
		synctest.Test(t, func(t *testing.T) {
			d, l, seen := emulator.NewTest(t, fixed), serverLife{}, 0
			h := visitor(d)
			d.Network().SetFaults("", "", vnet.Faults{Filter: func(vnet.Frame) vnet.Verdict {
				if seen++; seen == n {
					return vnet.Drop
				}
				return vnet.Pass
			}})
			l.boot(t, d, own)
			time.Sleep(time.Minute)
			assert.Equal(t, "echo", visit(t, h), "frame %d\n%s", n, d.Explain())
			time.Sleep(sweepTime)
			require.NoError(t, d.Do(func() { assert.Equal(t, []string{"disconnect"}, l.ends, "frame %d", n) }))
			more = seen >= n
		})
	}
}

// The same sweep over the releases: their bugs may leave a server that serves nobody, but nothing hangs or panics.
func TestFailEachAllocationOfTheReleasesServers(t *testing.T) {
	own := selfSigned(t)
	for _, p := range []espconn.Profile{espconn.SDK221(), espconn.SDK306(), espconn.SDK306SSL()} {
		silent, crashed, n := 0, 0, 1
		for more := true; more; n += sweepStep() {
			synctest.Test(t, func(t *testing.T) {
				cfg, l := fixed, serverLife{}
				cfg.Profile, cfg.ExpectCrash = p, true // some do
				d := emulator.NewTest(t, cfg)
				h := visitor(d)
				d.FailAlloc(n)
				l.boot(t, d, own)
				time.Sleep(time.Minute)
				first := visit(t, h)
				time.Sleep(sweepTime)
				require.NoError(t, d.Do(func() {}))
				switch {
				case d.Crash() != nil:
					crashed++
				case l.refused == "" && first != "echo" && len(l.ends) == 0:
					silent++
				}
				more = d.HeapStats().Failures > 0
			})
		}
		t.Logf("%s: up to allocation %d: %d ends without a word, %d crashes", p.Name, n, silent, crashed)
	}
}
