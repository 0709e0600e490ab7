package badpeer_test

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// connect lets a device connect to the server once and returns what its firmware saw.
func connect(t *testing.T, s *badpeer.Server, p espconn.Profile, size uint16, chip *flash.Chip) (seen string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: p, KeyLog: s.KeyLog(), Clock: 1_600_000_000, Flash: chip})
		server := netip.MustParseAddrPort("10.0.0.10:443")
		l, err := d.Network().Host("server", server.Addr()).Listen("tcp", server.String())
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			c := &espconn.Espconn{Type: espconn.TypeTCP,
				Proto: espconn.Proto{TCP: &espconn.TCP{RemoteIP: server.Addr().As4(), RemotePort: 443}}}
			sdk.RegistConnectcb(c, func(c *espconn.Espconn) { seen += "connect "; sdk.SecureSend(c, []byte("hello")) })
			sdk.RegistSentcb(c, func(*espconn.Espconn) { seen += "sent " })
			sdk.RegistReconcb(c, func(_ *espconn.Espconn, err espconn.Err) { seen += fmt.Sprintf("reconnect %d ", err) })
			sdk.RegistDisconcb(c, func(*espconn.Espconn) { seen += "disconnect " })
			sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP && seen == "" {
					sdk.SecureSetSize(1, size)
					if chip != nil {
						sdk.SecureCaEnable(1, 0x7B)
					}
					sdk.SecureConnect(c)
				}
			})
		})))
		time.Sleep(time.Minute)
		require.NoError(t, l.Close())
		assert.Error(t, <-served)
	})
	return seen
}

// Under every profile the handshake completes without the private key, and data is understood.
func TestNoKeyNeeded(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048})
	for _, p := range espconn.AllProfiles() {
		s := &badpeer.Server{Chain: leaf.Chain()}
		assert.Equal(t, "connect sent disconnect ", connect(t, s, p, 4096, nil), p.Name)
	}
}

// The layout decides what must fit: a message, or the whole flight.
func TestLayouts(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: 3000})
	for _, r := range []struct {
		layout badpeer.Layout
		size   uint16
		want   string
	}{
		{badpeer.Separate, 3000, "connect sent disconnect "}, {badpeer.Separate, 2999, "reconnect -114 "},
		{badpeer.Coalesced, 3000, "reconnect -114 "}, {badpeer.Coalesced, 3100, "connect sent disconnect "},
		{badpeer.Fragmented, 4096, "reconnect 16 "},
	} {
		s := &badpeer.Server{Chain: leaf.Chain(), Layout: r.layout}
		assert.Equal(t, r.want, connect(t, s, espconn.ManualV21(), r.size, nil), "%v at %d", r.layout, r.size)
	}
}

// The device checks the real signatures of the chain.
func TestVerified(t *testing.T) {
	for name, want := range map[string]string{testpki.CA2048: "connect sent disconnect ", testpki.OtherCA2048: "reconnect -39 "} {
		chip, err := flash.New(1 << 20)
		require.NoError(t, err)
		image, err := image.Certs{{Name: "ca", Data: testpki.NewCA(t, name).Raw}}.Encode()
		require.NoError(t, err)
		require.NoError(t, chip.Write(0x7B000, append(image, 0xFF, 0xFF, 0xFF)[:(len(image)+3)/4*4]))
		s := &badpeer.Server{Chain: testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048}).Chain()}
		assert.Equal(t, want, connect(t, s, espconn.ManualV21(), 4096, chip))
	}
}

// Files that hold no certificate are refused.
func TestParseChain(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	chain, err := badpeer.ParseChain(testpki.PEM(ca.Raw, ca.Raw))
	require.NoError(t, err)
	assert.Len(t, chain, 2)
	chain, err = badpeer.ParseChain(ca.Raw)
	require.NoError(t, err)
	assert.Equal(t, [][]byte{ca.Raw}, chain)
	for _, bad := range [][]byte{nil, []byte("text"), testpki.KeyPEM(t, testpki.Leaf2048)} {
		_, err = badpeer.ParseChain(bad)
		assert.Error(t, err)
	}
	var long [][]byte
	for range 30 {
		long = append(long, ca.Raw)
	}
	_, err = badpeer.ParseChain(testpki.PEM(long...))
	assert.ErrorContains(t, err, "at most")
}

// A key log may come in pieces, and holds lines of other kinds.
func TestKeyLogPieces(t *testing.T) {
	s := &badpeer.Server{Chain: testpki.NewCA(t, testpki.CA2048).Chain()}
	for _, b := range []byte("# comment\nSERVER_X 00 11\nCLIENT_RANDOM zz\nCLIENT_RANDOM 00 xx\nCLIENT_RANDOM 00 11\n") {
		n, err := s.KeyLog().Write([]byte{b})
		assert.NoError(t, err)
		assert.Equal(t, 1, n)
	}
}
