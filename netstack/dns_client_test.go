package netstack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type dnsScene struct {
	*script
	results []string
}

func newDNSScene(t testing.TB) *dnsScene {
	d := &dnsScene{script: device(t)}
	d.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
	return d
}

func (d *dnsScene) resolve(name string) {
	_, err := d.n.s.Resolve(name, func(a netip.Addr, why *Cause) {
		d.results = append(d.results, fmt.Sprint(d.now.Sub(simStart).Milliseconds(), " ", a, " ", why == nil))
	})
	require.ErrorIs(d.t, err, ErrInProgress)
}

func (d *dnsScene) questions() (at []int64, last []byte) {
	for _, g := range d.log {
		if g.kind == "udp" {
			at = append(at, g.at.Milliseconds())
			last = g.data
		}
	}
	return at, last
}

// answer replies to the last question with raw answers.
func (d *dnsScene) answer(rcode byte, count uint16, answers ...byte) {
	_, q := d.questions()
	m := append([]byte(nil), q...)
	m[2], m[3] = 0x81, 0x80|rcode
	binary.BigEndian.PutUint16(m[6:], count)
	d.raw(append(m, answers...))
}

// raw is a message from the server to the resolver.
func (d *dnsScene) raw(m []byte) {
	d.n.i.Input(d.now, d.peer.buildUDP(d.pi, netip.MustParseAddrPort("10.0.0.1:53"), netip.MustParseAddrPort("10.0.0.2:4096"), m))
}

var answerA = []byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 77}

func TestDNSAnswer(t *testing.T) {
	d := newDNSScene(t)
	d.at(1100)
	d.resolve("www.example.com")
	d.answer(0, 2, append([]byte{0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12}, answerA...)...)
	assert.Equal(t, []string{"1100 10.0.0.77 true"}, d.results)
	_, ok := d.n.s.NextEvent()
	assert.False(t, ok)
	d.resolve("www.example.com") // asked again: answers are not consulted
	at, _ := d.questions()
	assert.Len(t, at, 2)
}

func TestDNSTimes(t *testing.T) {
	for servers, want := range map[int][]int64{1: {1700, 2013, 3013, 5013}, 2: {1700, 2013, 3013, 5013, 9013, 10013, 12013}} {
		d := newDNSScene(t)
		end := "8013"
		if servers == 2 {
			d.n.s.SetDNS(1, netip.MustParseAddr("10.0.0.1"))
			end = "15013"
		}
		d.at(1700)
		d.resolve("a.b")
		d.at(20_000)
		at, _ := d.questions()
		assert.Equal(t, want, at)
		assert.Equal(t, []string{end + " invalid IP false"}, d.results)
	}
}

// A lookup from the function of one that failed has the next place in the table, which the timer comes by in the same run (lwip.md 12).
func TestDNSAgainFromTheFailure(t *testing.T) {
	d := newDNSScene(t)
	d.at(1700)
	_, err := d.n.s.Resolve("a.example", func(netip.Addr, *Cause) {
		_, err := d.n.s.Resolve("b.example", nil)
		assert.ErrorIs(t, err, ErrInProgress)
	})
	assert.ErrorIs(t, err, ErrInProgress)
	d.at(20_000)
	at, _ := d.questions()
	assert.Equal(t, []int64{1700, 2013, 3013, 5013, 8013, 8013, 9013, 11013}, at)
}

func TestDNSOddAnswers(t *testing.T) {
	d := newDNSScene(t)
	d.at(1100)
	d.resolve("x.y")
	d.answer(3, 0) // NXDOMAIN is ignored
	assert.Empty(t, d.results)
	d.answer(0, 0, make([]byte, 16)...)
	assert.Equal(t, []string{"1100 invalid IP false"}, d.results)
}

func TestDNSOnlyTheLastTransmissionCounts(t *testing.T) {
	d := newDNSScene(t)
	d.at(1100)
	d.resolve("a.x")
	_, first := d.questions()
	first = append([]byte(nil), first...)
	d.resolve("b.x")
	m := append(append([]byte(nil), first...), answerA...)
	m[2], m[7] = 0x81, 1
	d.raw(m)
	assert.Empty(t, d.results)
	d.answer(0, 1, answerA...)
	assert.Len(t, d.results, 1)
}

func TestDNSTableIsFull(t *testing.T) {
	d := newDNSScene(t)
	for _, n := range []string{"a", "b", "c", "d"} {
		d.resolve(n)
	}
	_, err := d.n.s.Resolve("e", nil)
	assert.ErrorIs(t, err, ErrLookups)
}

func TestDNSLiterals(t *testing.T) {
	d := newDNSScene(t)
	for text, want := range map[string]string{"10.0.0.77": "10.0.0.77", "0x0a.1": "10.0.0.1", "012.1.2": "10.1.0.2",
		"167772161": "10.0.0.1", "1.2.3.256": "", "1.2.3.4.5": "", "1..2": "", "09.1.1.1": ""} {
		a, ok := parseLiteral(text)
		assert.Equal(t, want != "", ok, text)
		if ok {
			assert.Equal(t, want, a.String(), text)
		}
	}
	_, err := d.n.s.Resolve("", nil)
	assert.ErrorIs(t, err, ErrArg)
}

func FuzzDNS(f *testing.F) {
	f.Add(uint16(1), answerA)
	f.Add(uint16(65535), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, count uint16, answers []byte) {
		if len(answers) > 1400 {
			return
		}
		d := newDNSScene(t)
		d.at(1100)
		d.resolve("host.example")
		d.answer(0, count, answers...)
		d.at(20_000)
		require.Len(t, d.results, 1)
	})
}

// A server that cannot be set, by its number or as 0.0.0.0, changes nothing, and keeps DHCP's away like any other (lwip.md 12).
func TestDNSServerThatSetsNothing(t *testing.T) {
	offer, own := netip.MustParseAddr("10.0.0.8"), netip.MustParseAddr("10.0.0.9")
	for name, set := range map[string]func(s *Stack){
		"number": func(s *Stack) { s.SetDNS(2, own) }, "negative": func(s *Stack) { s.SetDNS(-1, own) },
		"zeros": func(s *Stack) { s.SetDNS(0, netip.IPv4Unspecified()) },
	} {
		d := device(t)
		before := [2]netip.Addr{d.n.s.DNS(0), d.n.s.DNS(1)}
		set(d.n.s)
		d.n.s.dns.offered(0, offer)
		assert.Equal(t, before, [2]netip.Addr{d.n.s.DNS(0), d.n.s.DNS(1)}, name)
		d.n.s.SetDNS(0, netip.Addr{})
		d.n.s.dns.offered(0, offer)
		assert.Equal(t, offer, d.n.s.DNS(0), name)
	}
}
