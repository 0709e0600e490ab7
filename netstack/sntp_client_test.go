package netstack

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// sntpScene is a device whose SNTP client asks 10.0.0.1.
type sntpScene struct {
	*script
	c     *SNTP
	times []uint32
}

// A wait of SNTP's counts from the last run of any timer, SNTP's own included: requests stay where TCP's timer had put the first wait.
func TestSNTPCountsFromItsOwnRuns(t *testing.T) {
	d := newSNTPScene(t)
	tcb := d.n.s.NewTCB(&app{})
	require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	d.at(1200) // TCP's timer runs each 125 ms
	d.c.Start()
	tcb.Abort()
	d.at(60_000)
	at := d.asked()
	require.Greater(t, len(at), 2)
	assert.NotEqualValues(t, 13, at[1]%100, "the instant of a run of TCP's, not of IGMP's: %v", at)
	assert.Equal(t, at[1]%100, at[2]%100, "%v", at)
}

func newSNTPScene(t *testing.T) *sntpScene { return newSNTPSceneOf(t, func(*Profile) {}) }

func newSNTPSceneOf(t *testing.T, change func(p *Profile)) *sntpScene {
	p := DeviceProfile()
	p.PollPhase = ms(13)
	change(&p)
	d := &sntpScene{script: newScript(t, p)}
	d.c = d.n.s.SNTP()
	d.c.SetServer(0, netip.MustParseAddr("10.0.0.1"))
	d.c.Observe(func(v uint32) { d.times = append(d.times, v) })
	d.at(1000)
	return d
}

// asked returns the times in milliseconds at which requests left.
func (d *sntpScene) asked() []int64 {
	var at []int64
	for _, g := range d.log {
		if g.kind == "udp" && g.dst.Port() == 123 {
			at = append(at, g.at.Milliseconds())
		}
	}
	return at
}

// reply answers from an address with a mode, a stratum, a receive stamp in seconds since 1900, and a length.
func (d *sntpScene) reply(from string, mode, stratum byte, seconds uint32, length int) {
	m := make([]byte, length)
	if length >= wire.SNTPLen {
		m[0], m[1] = 0x20|mode, stratum
		binary.BigEndian.PutUint32(m[32:], seconds)
		binary.BigEndian.PutUint32(m[40:], seconds+77) // the transmit stamp, which is not used
	}
	d.n.i.Input(d.now, d.peer.buildUDP(d.pi, netip.MustParseAddrPort(from), netip.MustParseAddrPort("10.0.0.2:4097"), m))
}

const sntp2000 = 3155673600 // 2000-01-01 in seconds since 1900

func TestSNTPRequestIsAllZeroButTheFirstByte(t *testing.T) {
	d := newSNTPScene(t)
	d.c.Start()
	g := d.log[len(d.log)-1]
	assert.Equal(t, append([]byte{0x23}, make([]byte, 47)...), g.data)
	assert.Equal(t, "10.0.0.2:4097", g.src.String())
	assert.NotNil(t, d.c.udp, "running")
	d.c.Start()
	assert.Equal(t, []int64{1000}, d.asked(), "a second start does nothing")
}

func TestSNTPReplySetsTheTimeWithTheZone(t *testing.T) {
	d := newSNTPScene(t)
	assert.Zero(t, d.c.Timestamp())
	d.c.Start()
	d.at(1500)
	d.reply("10.0.0.1:123", 4, 1, sntp2000, 48)
	assert.Equal(t, []uint32{946684800 + 8*3600}, d.times)
	d.at(2499)
	assert.EqualValues(t, 946684800+8*3600, d.c.Timestamp())
	d.at(2500)
	assert.EqualValues(t, 946684800+8*3600+1, d.c.Timestamp())

	d.c.SetTimezone(-3)
	assert.Equal(t, -3, d.c.Timezone())
	assert.EqualValues(t, 946684800+8*3600+1, d.c.Timestamp(), "the zone counts from the next reply on")
	d.at(3_000_000)
	d.n.i.SetNeighbor(netip.MustParseAddr("10.0.0.1"), d.pi.mac) // ARP forgets after 20 minutes
	d.at(3_700_000)
	assert.Equal(t, []int64{1000, 3_601_413, 3_607_413, 3_616_413, 3_631_413, 3_658_413, 3_685_413}, d.asked(), "an hour after the reply")
	d.reply("10.0.0.1:123", 4, 1, sntp2000+3600, 48)
	assert.EqualValues(t, 946684800+3600-3*3600, d.c.Timestamp())
}

func TestSNTPIntervalIsFifteenSecondsAtLeast(t *testing.T) {
	d := newSNTPScene(t)
	d.c.SetInterval(0)
	d.c.Start()
	d.reply("10.0.0.1:123", 4, 1, sntp2000, 48)
	d.at(17_000)
	assert.Equal(t, []int64{1000, 15_913}, d.asked())
}

func TestSNTPOddReplies(t *testing.T) {
	for _, c := range []struct {
		name    string
		from    string
		mode    byte
		stratum byte
		length  int
		taken   bool
	}{
		{"from another server", "10.0.0.9:999", 4, 1, 48, true},
		{"broadcast mode", "10.0.0.1:123", 5, 1, 48, true},
		{"client mode", "10.0.0.1:123", 3, 1, 48, false},
		{"kiss of death", "10.0.0.1:123", 4, 0, 48, false},
		{"short", "10.0.0.1:123", 4, 1, 47, false},
		{"with an extension", "10.0.0.1:123", 4, 1, 68, false},
		{"empty", "10.0.0.1:123", 4, 1, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newSNTPScene(t)
			d.c.Start()
			d.reply(c.from, c.mode, c.stratum, sntp2000, c.length)
			assert.Equal(t, c.taken, len(d.times) == 1)
		})
	}
}

func TestSNTPLooksNamesUpEachTime(t *testing.T) {
	d := newSNTPScene(t)
	d.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
	d.c.SetServerName(0, "time.example")
	assert.Equal(t, "time.example", d.c.ServerName(0))
	d.c.Start()
	assert.Empty(t, d.asked())
	q := d.log[len(d.log)-1].data
	m := append(append([]byte(nil), q...), answerA...)
	m[2], m[3], m[7] = 0x81, 0x80, 1
	d.n.i.Input(d.now, d.peer.buildUDP(d.pi, netip.MustParseAddrPort("10.0.0.1:53"), netip.MustParseAddrPort("10.0.0.2:4096"), m))
	assert.Equal(t, "0.0.0.0", d.c.Server(0).String(), "the answer's address is not kept")
	assert.True(t, d.n.s.arp.byAddr[netip.MustParseAddr("10.0.0.77")] != nil, "the request waits for the address")
	d.c.Stop()
	d.c.Stop()
	assert.Nil(t, d.c.udp, "stopped")
	d.at(100_000)
	assert.Equal(t, "time.example", d.c.ServerName(0))
	assert.Empty(t, d.c.steps, "the wait ends, the name is looked up once more, and the stopped client takes no answer")
}

// What was waited for when the client was stopped still comes (lwip.md 14).
func TestSNTPStopLeavesTheWait(t *testing.T) {
	for name, c := range map[string]struct {
		servers []string
		start   bool // again
		astray  int
	}{
		"no server":      {nil, false, 0},
		"one server":     {[]string{"10.0.0.1"}, false, 1},
		"two servers":    {[]string{"10.0.0.1", "10.0.0.9"}, false, 1},
		"started again":  {[]string{"10.0.0.1"}, true, 0},
		"none, one then": {[]string{"", "10.0.0.9"}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSNTPScene(t)
			astray := 0
			d.c.ObserveAstray(func() { astray++ })
			d.c.SetServer(0, netip.Addr{})
			for i, s := range c.servers {
				if s != "" {
					d.c.SetServer(i, netip.MustParseAddr(s))
				}
			}
			d.c.Start()
			d.c.Stop()
			if c.start {
				d.c.Start()
			}
			d.at(2000)
			assert.Zero(t, astray)
			d.at(30_000)
			assert.Equal(t, c.astray, astray)
		})
	}
}

// The time is gone with the stop, and what is no reply ends the wait (lwip.md 14).
func TestSNTPForgetsAndAsksAgain(t *testing.T) {
	d := newSNTPScene(t)
	d.c.SetServer(0, netip.MustParseAddr("10.0.0.1"))
	d.c.SetServer(1, netip.MustParseAddr("10.0.0.9"))
	d.c.Start()
	d.reply("10.0.0.1:123", 4, 1, sntp2000, 47)
	require.Len(t, d.c.steps, 1)
	assert.False(t, d.c.steps[0].waiting, "the same server is asked again")
	assert.Zero(t, d.c.current)
	d.reply("10.0.0.1:123", 4, 0, sntp2000, 48)
	assert.Equal(t, 1, d.c.current, "stratum 0: another one")
	d.reply("10.0.0.9:123", 4, 1, sntp2000, 48)
	assert.NotZero(t, d.c.Timestamp())
	d.c.Stop()
	assert.Zero(t, d.c.Timestamp())
	d.c.Start()
	assert.Equal(t, 1, d.c.current, "the one that answered last")
}

func TestSNTPFailedLookupTurnsToTheNextServer(t *testing.T) {
	d := newSNTPScene(t)
	d.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
	d.c.SetServerName(0, "time.example")
	d.c.SetServer(2, netip.MustParseAddr("10.0.0.1"))
	d.c.Start()
	d.at(8000)
	assert.Equal(t, []int64{7013}, d.asked(), "when the lookup has failed")
	d.c.SetServer(9, netip.Addr{}) // ignored, as other numbers are
	d.c.SetServerName(-1, "x")
	assert.Empty(t, d.c.ServerName(9))
	assert.True(t, d.c.Server(-1).IsUnspecified())
}

func TestSNTPWithoutMemoryStaysStopped(t *testing.T) {
	d := newSNTPScene(t)
	d.n.heap.fail = func(uint32, string) bool { return true }
	d.c.Start()
	require.Nil(t, d.c.udp, "stopped")
	d.n.heap.fail = nil
	d.c.Start()
	assert.NotNil(t, d.c.udp, "running")
}

func TestSNTPWithoutServersAsksNobody(t *testing.T) {
	d := newSNTPScene(t)
	d.c.SetServer(0, netip.Addr{})
	d.c.Start()
	d.at(60_000)
	assert.Empty(t, d.asked())
}

// SDK 2.1.0 to 3.0 forget an address and wait; each of the three servers has its turn (lwip.md 14).
func TestSNTPAsksNamesOnly(t *testing.T) {
	for _, namesOnly := range []bool{false, true} {
		d := newSNTPSceneOf(t, func(p *Profile) { p.SNTPNamesOnly = namesOnly })
		d.c.SetServerName(1, "10.0.0.1") // the text of an address is a name that needs no lookup
		d.c.Start()
		d.at(30_000)
		if namesOnly {
			assert.Equal(t, "0.0.0.0", d.c.Server(0).String())
			assert.Equal(t, []int64{3913, 12_913, 21_913}, d.asked(), "after 3 s in vain, then every third turn")
		} else {
			assert.Equal(t, "10.0.0.1", d.c.Server(0).String())
			assert.Equal(t, int64(1000), d.asked()[0])
		}
	}
}

// An empty name is no server, but for SDK 2.0.0: there it has its turn, and the other servers begin with 3 s again (lwip.md 14).
func TestSNTPEmptyNames(t *testing.T) {
	for _, empty := range []bool{false, true} {
		d := newSNTPSceneOf(t, func(p *Profile) { p.SNTPEmptyNames = empty })
		d.c.SetServerName(1, "")
		d.c.Start()
		d.at(30_000)
		if empty {
			assert.Equal(t, []int64{1000, 6913, 12_913, 18_913, 24_913}, d.asked())
		} else {
			assert.Equal(t, []int64{1000, 6913, 15_913}, d.asked())
		}
	}
}

// Before SDK 3.0.4 a lookup that ends after the stop is heeded: its request has no socket, or the next server is asked (lwip.md 14).
func TestSNTPLateLookup(t *testing.T) {
	for _, late := range []bool{false, true} {
		for _, answered := range []bool{false, true} {
			d := newSNTPSceneOf(t, func(p *Profile) { p.SNTPLateLookup = late })
			astray := 0
			d.c.ObserveAstray(func() { astray++ })
			d.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
			d.c.SetServerName(0, "time.example")
			d.c.SetServer(1, netip.MustParseAddr("10.0.0.9"))
			d.c.Start()
			q := d.log[len(d.log)-1].data
			d.c.Stop()
			if answered {
				m := append(append([]byte(nil), q...), answerA...)
				m[2], m[3], m[7] = 0x81, 0x80, 1
				from, to := netip.MustParseAddrPort("10.0.0.1:53"), netip.MustParseAddrPort("10.0.0.2:4096")
				d.n.i.Input(d.now, d.peer.buildUDP(d.pi, from, to, m))
			}
			d.at(30_000)
			want := 0
			if late {
				want = 1
			}
			assert.Equal(t, want, astray, "late %v, answered %v", late, answered)
		}
	}
}

// DNS's timer follows SNTP's in one run: a lookup that begins at the instant of both is repeated there at once (lwip.md 2 and 12).
func TestSNTPLookupIsRepeatedInTheSameRun(t *testing.T) {
	d := newSNTPScene(t)
	d.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
	d.c.SetServerName(0, "time.example")
	d.c.Start()
	d.at(20_000)
	var at []int64
	for _, g := range d.log {
		if g.kind == "udp" && g.dst.Port() == wire.DNSPort {
			at = append(at, g.at.Milliseconds())
		}
	}
	require.Greater(t, len(at), 5)
	first := at[:4]
	assert.Less(t, first[0], first[1], "a lookup of the program's time waits for the timer")
	assert.Equal(t, []int64{at[4], at[4], at[4] + 1000, at[4] + 3000}, at[4:8], "one of the timer's does not: %v", at)
}
