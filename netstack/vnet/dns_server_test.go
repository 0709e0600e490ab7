package vnet

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// dnsQuery builds a query with an independent encoder.
func dnsQuery(t testing.TB, name string, kind dnsmessage.Type, class dnsmessage.Class) []byte {
	t.Helper()
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 0x1234, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: class}},
	}
	b, err := m.Pack()
	require.NoError(t, err)
	return b
}

func oneName(name string) (netip.Addr, bool) {
	return netip.MustParseAddr("10.0.0.9"), name == "broker.example"
}

func TestDNSAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		query   []byte
		rcode   dnsmessage.RCode
		answers int
	}{
		"A":             {dnsQuery(t, "broker.example.", dnsmessage.TypeA, dnsmessage.ClassINET), dnsmessage.RCodeSuccess, 1},
		"other case":    {dnsQuery(t, "Broker.EXAMPLE.", dnsmessage.TypeA, dnsmessage.ClassINET), dnsmessage.RCodeSuccess, 1},
		"ANY":           {dnsQuery(t, "broker.example.", dnsmessage.TypeALL, dnsmessage.ClassINET), dnsmessage.RCodeSuccess, 1},
		"AAAA":          {dnsQuery(t, "broker.example.", dnsmessage.TypeAAAA, dnsmessage.ClassINET), dnsmessage.RCodeSuccess, 0},
		"unknown":       {dnsQuery(t, "other.example.", dnsmessage.TypeA, dnsmessage.ClassINET), dnsmessage.RCodeNameError, 0},
		"root":          {dnsQuery(t, ".", dnsmessage.TypeA, dnsmessage.ClassINET), dnsmessage.RCodeNameError, 0},
		"another class": {dnsQuery(t, "broker.example.", dnsmessage.TypeA, dnsmessage.ClassCHAOS), dnsmessage.RCodeNameError, 0},
	} {
		reply := answerDNS(c.query, oneName)
		var m dnsmessage.Message
		require.NoError(t, m.Unpack(reply), name)
		assert.True(t, m.Response && m.Authoritative && m.RecursionAvailable && m.RecursionDesired, name)
		assert.Equal(t, uint16(0x1234), m.ID, name)
		assert.Equal(t, c.rcode, m.RCode, name)
		require.Len(t, m.Answers, c.answers, name)
		assert.Equal(t, string(c.query[12:]), string(reply[12:len(c.query)]), "the question as it came")
		if c.answers == 1 {
			assert.Equal(t, m.Questions[0].Name, m.Answers[0].Header.Name)
			assert.Equal(t, [4]byte{10, 0, 0, 9}, m.Answers[0].Body.(*dnsmessage.AResource).A)
		}
	}
}

func TestDNSRefusesWhatItDoesNotKnow(t *testing.T) {
	good := func() []byte { return dnsQuery(t, "broker.example.", dnsmessage.TypeA, dnsmessage.ClassINET) }
	for name, c := range map[string]struct {
		change func(b []byte) []byte
		rcode  int // -1: silence
	}{
		"too short":         {func(b []byte) []byte { return b[:11] }, -1},
		"a response":        {func(b []byte) []byte { b[2] |= 0x80; return b }, -1},
		"too long":          {func(b []byte) []byte { return append(b, make([]byte, 512)...) }, -1},
		"no question":       {func(b []byte) []byte { b[5] = 0; return b }, dnsFormat},
		"two questions":     {func(b []byte) []byte { b[5] = 2; return b }, dnsFormat},
		"cut off":           {func(b []byte) []byte { return b[:len(b)-1] }, dnsFormat},
		"only a header":     {func(b []byte) []byte { return b[:12] }, dnsFormat},
		"compressed":        {func(b []byte) []byte { b[12] = 0xc0; return b }, dnsFormat},
		"another operation": {func(b []byte) []byte { b[2] |= 0x10; return b }, dnsNotDone},
		"a query's code":    {func(b []byte) []byte { b[3] |= 0x0f; return b }, dnsOK}, // which means nothing (RFC 1035 4.1.1)
	} {
		reply := answerDNS(c.change(good()), oneName)
		if c.rcode < 0 {
			assert.Nil(t, reply, name)
			continue
		}
		require.NotNil(t, reply, name)
		assert.Equal(t, c.rcode, int(reply[3]&15), name)
	}
}

// Go's resolver makes a channel when it is first used. Were that in a bubble, it could not be used outside any more, nor in
// another one.
var _ = func() error {
	r := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }}
	_, err := r.LookupHost(context.Background(), "unknown.invalid.")
	return err
}()

func TestDNSWithGoResolver(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		g := n.Gateway(GatewayConfig{})
		h := n.Host("client", netip.Addr{})
		r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return h.DialContext(ctx, "udp", "10.0.0.1:53")
		}}
		g.SetName("Broker.Example.", netip.MustParseAddr("10.0.0.9"))
		addrs, err := r.LookupHost(t.Context(), "broker.example.")
		require.NoError(t, err)
		assert.Equal(t, []string{"10.0.0.9"}, addrs)
		g.SetName("broker.example", netip.Addr{})
		_, err = r.LookupHost(t.Context(), "broker.example.")
		var dns *net.DNSError
		require.ErrorAs(t, err, &dns)
		assert.True(t, dns.IsNotFound)
	})
}

// What the way out says of a name decides the code of the answer: only a name that is not there does not exist.
func TestFailureOfLookupIsNoMissingName(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		n.Gateway(GatewayConfig{Lookup: func(_ context.Context, name string) (netip.Addr, error) {
			switch name {
			case "missing.example":
				return netip.Addr{}, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
			case "broken.example":
				return netip.Addr{}, &net.DNSError{Err: "server failure", Name: name}
			case "v6.example":
				return netip.MustParseAddr("2001:db8::1"), nil
			}
			return netip.Addr{}, net.ErrClosed
		}})
		h := n.Host("client", netip.Addr{})
		for name, want := range map[string]dnsmessage.RCode{
			"missing.example.": dnsmessage.RCodeNameError,
			"v6.example.":      dnsmessage.RCodeNameError,
			"broken.example.":  dnsmessage.RCodeServerFailure,
			"cut.example.":     dnsmessage.RCodeServerFailure,
		} {
			c, err := h.DialContext(t.Context(), "udp", "10.0.0.1:53")
			require.NoError(t, err)
			_, err = c.Write(dnsQuery(t, name, dnsmessage.TypeA, dnsmessage.ClassINET))
			require.NoError(t, err)
			b := make([]byte, 512)
			l, err := c.Read(b)
			require.NoError(t, err)
			var m dnsmessage.Message
			require.NoError(t, m.Unpack(b[:l]))
			assert.Equal(t, want, m.RCode, name)
			require.NoError(t, c.Close())
		}
	})
}

func TestDeviceResolvesNames(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		g := n.Gateway(GatewayConfig{})
		g.SetName("broker.example", netip.MustParseAddr("10.0.0.9"))
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		type result struct {
			addr netip.Addr
			ok   bool
			took time.Duration
		}
		resolve := func(name string) result {
			found := make(chan result, 1)
			start := time.Now()
			s.do(func() {
				s.stack.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
				_, err := s.stack.Resolve(name, func(a netip.Addr, why *netstack.Cause) {
					found <- result{a, why == nil, time.Since(start)}
				})
				assert.ErrorIs(t, err, netstack.ErrInProgress)
			})
			return <-found
		}
		r := resolve("broker.example")
		assert.True(t, r.ok)
		assert.Equal(t, "10.0.0.9", r.addr.String())
		assert.Less(t, r.took, time.Second)
		r = resolve("nobody.example")
		assert.False(t, r.ok)
		assert.GreaterOrEqual(t, r.took, 6*time.Second, "NXDOMAIN is ignored (lwip.md 12)")
	})
}

func FuzzDNSServer(f *testing.F) {
	f.Add(dnsQuery(f, "broker.example.", dnsmessage.TypeA, dnsmessage.ClassINET))
	f.Add(dnsQuery(f, strings.Repeat("a", 63)+".example.", dnsmessage.TypeAAAA, dnsmessage.ClassINET))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		reply := answerDNS(data, func(name string) (netip.Addr, bool) { return netip.MustParseAddr("10.0.0.9"), len(name)%2 == 0 })
		if reply == nil {
			return
		}
		if len(reply) > wire.DNSMessageMax+16 || reply[0] != data[0] || reply[1] != data[1] || reply[2]&0x80 == 0 {
			t.Fatalf("bad reply %x", reply)
		}
	})
}
