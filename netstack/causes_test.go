package netstack

import (
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Every cause of a connection is sent in the situation that it names, which is a packet script, with the figures of that script.
func TestEveryCause(t *testing.T) {
	const syn, data = "espconn_tcp_set_max_syn", "espconn_tcp_set_max_retran"
	took := func(text string) time.Duration {
		d, err := time.ParseDuration(text)
		require.NoError(t, err)
		return d
	}
	for name, want := range map[string][]Cause{
		"syn-is-repeated-six-times-and-given-up-after-6-seconds": {{CauseSYNUnanswered, syn, 7, 6, took("6.163s")}},
		"syn-retries-can-be-set-to-twelve":                       {{CauseSYNUnanswered, syn, 13, 12, took("12.163s")}},
		"syn-retries-are-also-bounded-by-the-data-retries":       {{CauseSYNUnanswered, data, 4, 3, took("3.163s")}},
		"rst-in-syn-sent-counts-by-its-ack":                      {{CauseSYNRefused, "", 1, 0, took("501ms")}},
		"syn-to-a-host-that-no-arp-finds-is-given-up":            {{CauseSYNNeighbor, "10.0.0.1", 7, 6, took("6.163s")}},
		"connect-off-subnet-without-gateway-sends-nothing":       {{CauseSYNNoGateway, syn, 7, 6, took("6.163s")}},
		"syn-through-a-gateway-that-is-the-device-itself":        {{CauseSYNOwnGateway, "10.0.0.2", 7, 6, took("6.163s")}},
		"syn-to-the-own-address-is-given-up":                     {{CauseSYNSelf, syn, 7, 6, took("6.163s")}},
		"syn-with-the-interface-down-is-given-up":                {{CauseSYNNoRoute, syn, 7, 6, took("6.163s")}},

		"rto-table-of-an-untrained-connection": {{CauseDataRepeated, "", 100, 4, took("6.912s")},
			{CauseDataRepeated, "", 100, 7, took("1m2.912s")}, {CauseDataRepeated, "", 100, 10, took("6m22.912s")},
			{CauseDataUnacknowledged, data, 13, 12, took("12m47.162s")}},
		"data-retries-can-be-set-to-three": {{CauseDataUnacknowledged, data, 4, 3, took("7.161s")}},
		"data-to-a-neighbour-that-is-gone-is-given-up": {
			{CauseDataRepeated, "", 10, 4, took("6.913s")}, {CauseARPUnanswered, "10.0.0.1", 1, 0, 0},
			{CauseDataRepeated, "", 10, 7, took("1m2.913s")}, {CauseARPUnanswered, "10.0.0.1", 1, 0, 0},
			{CauseDataRepeated, "", 10, 10, took("6m22.913s")}, {CauseARPUnanswered, "10.0.0.1", 1, 0, 0},
			{CauseDataNeighbor, data, 13, 12, took("12m47.163s")}, {CauseARPUnanswered, "10.0.0.1", 1, 0, 0}},
		"fin-is-repeated-by-the-rto-table":                    {{CauseFINUnacknowledged, "", 13, 0, took("12m47.163s")}},
		"fin-wait-2-ends-after-20-seconds":                    {{CausePeerOpen, "", 0, 0, took("20.25s")}},
		"keepalive-probes-after-two-minutes-nine-times":       {{CauseKeepalive, "", 9, 9, took("3m30.25s")}},
		"keepalive-with-own-values":                           {{CauseKeepalive, "", 3, 3, took("11.25s")}},
		"rst-at-the-next-number-ends-the-connection":          {{CauseReset, "", 0, 0, took("999ms")}},
		"address-change-to-nothing-resets-connections":        {{CauseAddressGone, "10.0.0.2", 0, 0, 0}},
		"data-in-fin-wait-2-is-reset":                         {{CauseUnread, "", 10, 0, 0}},
		"close-with-unread-data-sends-rst":                    {{CauseClosedUnread, "", 100, 0, 0}},
		"close-with-refused-data-sends-rst":                   {{CauseClosedUnread, "", 10, 0, 0}},
		"close-in-the-callback-of-data-with-fin-sends-rst":    {{CauseClosedAtFIN, "", 0, 0, 0}},
		"close-after-the-window-was-set-anew-sends-rst":       {{CauseClosedWindow, "", 5840, 2920, 0}},
		"persist-probes-come-after-750-ms-doubling-to-30-s":   {{CauseWindowShut, "", 100, 0, took("47.161s")}},
		"peer-takes-the-byte-of-a-stale-probe":                {{CauseProbeTaken, "0x02", 0, 2920, 0}},
		"peer-has-the-segment-before-its-stale-probe":         nil,
		"persist-ends-with-a-window-update":                   nil,
		"close-sends-fin-and-ends-in-time-wait":               nil,
		"close-when-the-peer-closes-answers-with-one-segment": nil,
		"third-duplicate-ack-resends-the-first-segment":       nil,
		"gap-that-fills-is-delivered-at-once-in-one-piece":    nil,
		"arp-pending-entry-lives-5-to-10-seconds":             {{CauseARPUnanswered, "10.0.0.7", 1, 0, 0}},
		"arp-table-of-ten-gives-up-packets-that-wait":         {{CauseARPFull, "10.0.0.19", 1, 0, 0}, {CauseARPFull, "10.0.0.20", 1, 0, 0}},
		"arp-queue-keeps-three-packets":                       {{CauseARPQueue, "10.0.0.7", 1, 3, 0}},
		"limit-is-an-equality-and-can-be-passed":              {{CauseConnectionLimit, "", 2, 2, 0}},
		"syn-ack-is-repeated-four-times":                      {{CauseSYNACKUnanswered, "", 5, 0, took("20.163s")}},
		"rst-ends-a-half-open-connection":                     {{CauseSYNACKReset, "", 0, 0, 0}},
		"segment-for-nobody-is-reset":                         {{CausePortClosed, "", 0, 0, 0}},
		"syn-without-memory-frees-the-oldest-time-wait": {{CauseTimeWaitTaken, "", 0, 0, 3 * time.Second}, {CauseMemory, "", 0, 0, 0},
			{CauseSYNMemory, "tcp_pcb", 176, 0, 0}},
		"dns-without-answer-fails-after-6-to-7-seconds": {{CauseDNSUnanswered, "a.example", 4, 0, took("6.013s")}},
		"dhcp-retry-limit-ends-the-search": {{CauseDHCPNoOffer, "", 1, 2, took("1.513s")},
			{CauseDHCPNoOffer, "", 2, 2, took("2.013s")}},
	} {
		_, causes, err := playScript(scriptNamed(t, name))
		require.NoError(t, err, name)
		assert.Equal(t, want, slices.Compact(causes), name)
	}
}

// scriptNamed returns a packet script.
func scriptNamed(t *testing.T, name string) string {
	files, err := filepath.Glob(filepath.Join(scriptDir, "*.txtar"))
	require.NoError(t, err)
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		require.NoError(t, err)
		for _, f := range a.Files {
			if f.Name == name {
				return string(f.Data)
			}
		}
	}
	t.Fatalf("there is no script %s", name)
	return ""
}

// causesIn returns the causes among events.
func causesIn(events []Event) (causes []Cause) {
	for _, e := range events {
		if e.Kind == EventCause {
			causes = append(causes, Cause{e.Cause, e.Text, e.Len, e.Limit, e.Took})
		}
	}
	return causes
}

// What a router says of a SYN changes nothing, but is told when the SYN is given up.
func TestEveryCauseOfUnreachable(t *testing.T) {
	s := device(t)
	c := s.n.s.NewTCB(nil)
	require.NoError(t, c.Connect(netip.MustParseAddrPort("10.9.9.9:80")))
	quoted := make([]byte, wire.IPv4Len+8)
	quoted[0], quoted[9] = 0x45, 6
	copy(quoted[12:], c.local.Addr().AsSlice())
	copy(quoted[16:], c.remote.Addr().AsSlice())
	binary.BigEndian.PutUint16(quoted[20:], c.local.Port())
	binary.BigEndian.PutUint16(quoted[22:], c.remote.Port())
	s.n.s.heardUnreachable(netip.MustParseAddr("10.0.0.1"), append([]byte{3, 1, 0, 0, 0, 0, 0, 0}, quoted...))
	for k := range quoted { // whatever is cut off
		s.n.s.heardUnreachable(netip.MustParseAddr("10.0.0.1"), append([]byte{3, 9, 0, 0, 0, 0, 0, 0}, quoted[:k]...)[:8+min(k, 22)])
	}
	s.at(10_000)
	causes := causesIn(s.n.events)
	require.Len(t, causes, 1)
	assert.Equal(t, Cause{CauseSYNICMP, "10.0.0.1", 7, 1, causes[0].Took}, causes[0])
}

// Every way in which a name is not found has its own cause; what the device ignores is told when its time is over.
func TestEveryCauseOfNames(t *testing.T) {
	const late, once = 6913 * time.Millisecond, time.Duration(0)
	nothing := func(*dnsScene) {}
	for name, row := range map[string]struct {
		before, after func(*dnsScene)
		want          Cause
	}{
		"silence": {nothing, nothing, Cause{CauseDNSUnanswered, "www.example", 4, 0, late}},
		"no server": {func(d *dnsScene) { d.n.s.dns.servers = [2]netip.Addr{wire.AnyAddr, wire.AnyAddr} }, nothing,
			Cause{CauseDNSNoServer, "www.example", 0, 0, late}},
		"no neighbour": {func(d *dnsScene) { d.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.77")) }, nothing,
			Cause{CauseDNSNeighbor, "www.example", 4, 0, late}},
		"no way": {func(d *dnsScene) { d.n.i.SetUp(false) }, nothing, Cause{CauseDNSUnsent, "www.example", 0, 0, late}},
		"no memory for a query": {func(d *dnsScene) { d.n.heap.fail = func(n uint32, what string) bool { return what == "pbuf" } }, nothing,
			Cause{CauseDNSQueryMemory, "www.example", 0, 0, late}},
		"no such name": {nothing, func(d *dnsScene) { d.answer(3, 0) },
			Cause{CauseDNSNoName, "www.example", 4, 0, late}},
		"server failure": {nothing, func(d *dnsScene) { d.answer(2, 0) },
			Cause{CauseDNSError, "www.example", 4, 2, late}},
		"refused after no such name": {nothing, func(d *dnsScene) { d.answer(3, 0); d.answer(5, 0) },
			Cause{CauseDNSNoName, "www.example", 4, 0, late}},
		"an older answer": {nothing, func(d *dnsScene) {
			_, q := d.questions()
			old := append([]byte(nil), q...)
			old[0] ^= 0x55
			d.raw(append(old, answerA...))
		}, Cause{CauseDNSOlder, "www.example", 4, 0, late}},
		"too long": {nothing, func(d *dnsScene) { d.raw(make([]byte, 600)) },
			Cause{CauseDNSLength, "www.example", 4, 600, late}},
		"too short": {nothing, func(d *dnsScene) { d.raw(make([]byte, 12)) },
			Cause{CauseDNSLength, "www.example", 4, 12, late}},
		"too short, and no such name": {nothing, func(d *dnsScene) { d.raw([]byte{0, 0, 0x81, 3, 0, 1, 0, 0, 0, 0, 0, 0}) },
			Cause{CauseDNSNoName, "www.example", 4, 0, late}},
		"a query": {nothing, func(d *dnsScene) { _, q := d.questions(); d.raw(append(append([]byte(nil), q...), 0, 0, 0, 0, 0, 0)) },
			Cause{CauseDNSQuery, "www.example", 4, 0, late}},
		"two questions": {nothing, func(d *dnsScene) {
			_, q := d.questions()
			m := append(append([]byte(nil), q...), answerA...)
			m[2], m[5] = 0x81, 2
			d.raw(m)
		}, Cause{CauseDNSQuestions, "www.example", 4, 2, late}},
		"no memory": {nothing, func(d *dnsScene) {
			d.n.heap.fail = func(n uint32, what string) bool { return what == "dns message" }
			d.answer(0, 1, answerA...)
		}, Cause{CauseDNSMemory, "www.example", 4, 515, late}},
		"port closed": {nothing, func(d *dnsScene) {
			quoted := make([]byte, wire.IPv4Len+8)
			quoted[0], quoted[9] = 0x45, 17
			copy(quoted[16:], []byte{10, 0, 0, 1})
			binary.BigEndian.PutUint16(quoted[20:], 4096)
			binary.BigEndian.PutUint16(quoted[22:], wire.DNSPort)
			d.n.s.heardUnreachable(netip.MustParseAddr("10.0.0.1"), append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, quoted...))
		}, Cause{CauseDNSClosed, "www.example", 4, 0, late}},
		"no address": {nothing, func(d *dnsScene) { d.answer(0, 0, make([]byte, 16)...) },
			Cause{CauseDNSNoAddress, "www.example", 1, 0, once}},
		"truncated": {nothing, func(d *dnsScene) {
			_, q := d.questions()
			m := append(append([]byte(nil), q...), make([]byte, 16)...)
			m[2] = 0x83
			d.raw(m)
		}, Cause{CauseDNSTruncated, "www.example", 1, 0, once}},
		"another case": {nothing, func(d *dnsScene) {
			_, q := d.questions()
			m := append(append([]byte(nil), q...), answerA...)
			m[2], m[7], m[13] = 0x81, 1, 'W'
			d.raw(m)
		}, Cause{CauseDNSOtherName, "www.example", 1, 0, once}},
	} {
		d := newDNSScene(t)
		d.at(1100)
		row.before(d)
		d.resolve("www.example")
		row.after(d)
		d.at(20_000)
		told := slices.DeleteFunc(causesIn(d.n.events), func(c Cause) bool { return c.ID == CauseARPUnanswered })
		assert.Equal(t, []Cause{row.want}, told, name)
		assert.Len(t, d.results, 1, name)
	}
	d := newDNSScene(t)
	d.at(1100)
	d.resolve("www.example")
	d.answer(3, 0)
	d.answer(0, 1, answerA...)
	assert.Empty(t, causesIn(d.n.events), "found all the same")
}

// A timer that stops for ever says so.
func TestCauseOfTimers(t *testing.T) {
	for _, timer := range []string{"tcp", "dns"} {
		d := newDNSScene(t)
		d.at(600)
		d.n.heap.fails(timer+" timer", 1)
		d.dial(&app{}, 5840)
		d.at(3000)
		assert.Equal(t, []Cause{{CauseTimerMemory, timer, 16, 0, 0}}, causesIn(d.n.events))
	}
}

// Every way in which DHCP gives no address, or takes one away.
func TestEveryCauseOfDHCP(t *testing.T) {
	rest := []byte{53, 57, 12, 55}
	requested := []byte{53, 57, 50, 54, 55, 12}

	d := newDHCPScene(t)
	d.answer(d.expect(1000, wire.DHCPDiscover, rest...), wire.DHCPOffer, 3600)
	d.expect(1000, wire.DHCPRequest, requested...)
	d.at(200_000)
	causes := causesIn(d.n.events)
	require.NotEmpty(t, causes)
	assert.Equal(t, Cause{CauseDHCPNoACK, "10.0.0.1", 6, 0, causes[0].Took}, causes[0])
	assert.Equal(t, CauseDHCPNoOffer, causes[1].ID, "and on it goes")

	d = newDHCPScene(t)
	d.answer(d.expect(1000, wire.DHCPDiscover, rest...), wire.DHCPOffer, 3600)
	d.answer(d.expect(1000, wire.DHCPRequest, requested...), wire.DHCPNAK, 0)
	assert.Equal(t, []Cause{{CauseDHCPRefused, "10.0.0.2", 0, 0, 0}}, causesIn(d.n.events))

	d = newDHCPScene(t)
	d.answer(d.expect(1000, wire.DHCPDiscover, rest...), wire.DHCPOffer, 3600)
	d.answer(d.expect(1000, wire.DHCPRequest, requested...), wire.DHCPACK, 3600)
	d.n.i.dhcp.arpReply(netip.MustParseAddr("10.0.0.2"))
	assert.Equal(t, []Cause{{CauseDHCPInUse, "10.0.0.2", 0, 0, 0}}, causesIn(d.n.events))

	d = newDHCPScene(t)
	d.answer(d.expect(1000, wire.DHCPDiscover, rest...), wire.DHCPOffer, 600)
	d.answer(d.expect(1000, wire.DHCPRequest, requested...), wire.DHCPACK, 600)
	d.at(700_000)
	causes = causesIn(d.n.events)
	require.NotEmpty(t, causes)
	assert.Equal(t, Cause{CauseDHCPExpired, "10.0.0.2", 4, 600, 0}, causes[0])
}

// The soft-AP's DHCP server tells whom it has nothing for.
func TestEveryCauseOfThePool(t *testing.T) {
	heap := newCountingHeap()
	var events []Event
	a := newAPServer(t, heap, "192.168.4.2", "192.168.4.3")
	a.s.observe = func(e Event) { events = append(events, e) }
	a.ask(wire.DHCPDiscover, 1, "")
	a.ask(wire.DHCPDiscover, 2, "")
	assert.Empty(t, causesIn(events))
	a.ask(wire.DHCPDiscover, 3, "")
	a.ask(wire.DHCPRequest, 3, "192.168.4.9")
	a.ask(wire.DHCPRequest, 3, "192.168.4.2")
	heap.fail = func(uint32, string) bool { return true }
	a.ask(wire.DHCPDiscover, 4, "")
	empty := Cause{CausePoolEmpty, "02:00:00:00:00:03", 2, 2, 0}
	assert.Equal(t, []Cause{empty, empty,
		{CausePoolTaken, "02:00:00:00:00:03 asks for 192.168.4.2, which 02:00:00:00:00:01 has", 0, 0, 0},
		{CausePoolMemory, "02:00:00:00:00:04", 548, 0, 0}}, causesIn(events))

	events = nil
	a = newAPServer(t, nil, "192.168.4.2", "192.168.4.101")
	a.s.observe = func(e Event) { events = append(events, e) }
	for n := range 8 {
		a.ask(wire.DHCPDiscover, byte(n+1), "")
	}
	a.pass(time.Minute)
	assert.Equal(t, []Cause{{CausePoolDropped, "02:00:00:00:00:02", 8, 7, 0}}, causesIn(events))
}
