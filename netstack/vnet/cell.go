package vnet

import (
	"bytes"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// Reasons with which an association ends (IEEE 802.11 reason codes, and the SDK's from 200 on: sdk-surface.md, Wifi events).
const (
	ReasonAuthLeave     uint8 = 3   // the access point ended it
	ReasonAssocLeave    uint8 = 8   // the station left
	ReasonBeaconTimeout uint8 = 200 // the access point is not heard any more
)

// cellSilence is the time after which a station notices that its access point fell silent. Choice: 3 s, what phones take.
const cellSilence = 3 * time.Second

// CellConfig says what an access point offers.
type CellConfig struct {
	SSID        string       // 1 to 32 bytes
	Password    string       // empty: open
	BSSID       netstack.MAC // the access point's own address
	Channel     uint8
	Auth        uint8 // for those who scan; the network only looks at Password
	Hidden      bool  // only who knows the SSID finds it
	MaxStations int   // 0: no limit; negative: none may join
}

// StationEventKind says what happened in a cell.
type StationEventKind uint8

// What an access point hears of stations.
const (
	StationProbed StationEventKind = iota // somebody looks for access points, this or others
	StationJoined
	StationLeft     // by itself
	StationFull     // turned away: there was no room
	StationPassword // turned away: it has another password
)

// StationEvent is news for an access point.
type StationEvent struct {
	Kind StationEventKind
	MAC  netstack.MAC
	AID  uint8 // association number, from 1; 0 for those that have not joined
	RSSI int8  // dBm, StationProbed only
}

// Cell is a radio cell: an Ethernet of its own between an access point, usually a device's soft-AP, and the hosts that joined it
// (Network.Join). Stations reach each other through the access point, as on a device. The cell has no way to the switch: the device does
// not forward between its interfaces (lwip.md 8). Faults, partitions and captures work as everywhere; the port has the name given to
// OpenCell. Its methods may be called from any goroutine.
type Cell struct {
	net    *Network
	port   *Port
	lan    *lan
	notify func(StationEvent)

	// Guarded by the network's lock.
	cfg      CellConfig
	closed   bool
	stations []*Host // joined, by AID
}

// OpenCell opens a radio cell with the access point's port in it. rx and wake are those of Attach. notify gets what happens to stations; it
// is called with the network's lock held and only stores its argument; a wake follows. Stations find the cell at the next instant. On a
// closed network the cell is closed, too.
func (n *Network) OpenCell(name string, cfg CellConfig, rx func(frame []byte), wake func(), notify func(StationEvent)) *Cell {
	n.enter()
	defer n.mu.Unlock()
	c := &Cell{net: n, lan: newLAN(), cfg: cfg, notify: notify}
	c.port = n.attach(&Port{name: name, rx: rx, wake: wake, lan: c.lan})
	c.lan.learn(cfg.BSSID, c.port)
	if c.closed = n.closed; !c.closed {
		c.later(minLatency, 0, c.list)
	}
	return c
}

// list makes the cell one that can be found.
func (c *Cell) list() {
	if !c.closed {
		n := c.net
		n.cells = append(n.cells, c)
		slices.SortFunc(n.cells, func(a, b *Cell) int { return bytes.Compare(a.cfg.BSSID[:], b.cfg.BSSID[:]) })
	}
}

// later runs f at a later instant, among the timers of hosts.
func (c *Cell) later(delay time.Duration, order uint64, f func()) {
	n := c.net
	e := n.newEvent()
	e.at, e.phase, e.flow, e.seq, e.port, e.do = n.now+int64(delay), phaseHost, flowKey{port: c.port.key}, order, c.port, f
	n.schedule(e)
}

// Name returns the name of the access point's port.
func (c *Cell) Name() string { return c.port.name }

// Send sends a frame of the access point, as Port.Send.
func (c *Cell) Send(frame []byte) { c.port.Send(frame) }

// SetChannel moves the cell with its stations to another channel.
func (c *Cell) SetChannel(channel uint8) {
	c.net.enter()
	defer c.net.mu.Unlock()
	c.cfg.Channel = channel
}

// Kick ends the association of one station; false if it has none. There is no event for it.
func (c *Cell) Kick(mac netstack.MAC) bool {
	c.net.enter()
	defer c.net.mu.Unlock()
	for _, h := range c.stations {
		if h.ifc.MAC() == mac {
			c.forget(h)
			c.dismiss(h, ReasonAuthLeave, minLatency)
			return true
		}
	}
	return false
}

// Close ends the cell: its stations are told. Closing twice is harmless.
func (c *Cell) Close() { c.close(ReasonAuthLeave, minLatency) }

// Vanish ends the cell without a word, as a reset of the device does: its stations notice 3 s later.
func (c *Cell) Vanish() { c.close(ReasonBeaconTimeout, cellSilence) }

func (c *Cell) close(reason uint8, delay time.Duration) {
	c.net.enter()
	defer c.net.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	for _, h := range c.stations {
		c.dismiss(h, reason, delay)
	}
	c.stations = nil
	c.port.detach()
	n := c.net
	c.later(minLatency, 0, func() { n.cells = slices.DeleteFunc(n.cells, func(o *Cell) bool { return o == c }) })
}

// dismiss tells a station that its association is over, after a while.
func (c *Cell) dismiss(h *Host, reason uint8, delay time.Duration) {
	h.member.cell = nil
	h.later(delay, 0, func() { h.dismissed(reason) })
}

// tell gives the access point news, at an instant of the network's own.
func (c *Cell) tell(e StationEvent) {
	if c.closed {
		return
	}
	if c.notify != nil {
		c.notify(e)
	}
	c.port.ring()
}

// admit takes a station in, if there is room.
func (c *Cell) admit(h *Host) bool {
	if c.cfg.MaxStations != 0 && len(c.stations) >= c.cfg.MaxStations {
		return false
	}
	aid := uint8(1)
	for _, o := range c.stations { // in order of AID
		if o.member.aid != aid {
			break
		}
		aid++
	}
	h.member.cell, h.member.aid = c, aid
	c.stations = append(c.stations, h)
	slices.SortFunc(c.stations, func(a, b *Host) int { return int(a.member.aid) - int(b.member.aid) })
	h.port.lan.remove(h.port)
	c.lan.add(h.port)
	c.lan.learn(h.ifc.MAC(), h.port)
	c.tell(StationEvent{Kind: StationJoined, MAC: h.ifc.MAC(), AID: aid})
	return true
}

// forget takes a station out.
func (c *Cell) forget(h *Host) {
	c.stations = slices.DeleteFunc(c.stations, func(o *Host) bool { return o == h })
}

// Cells returns what a scan finds, in the order of BSSIDs. Who calls is heard by the access points if mac is not zero: they get
// StationProbed.
func (n *Network) Cells(mac netstack.MAC) []CellConfig {
	n.enter()
	defer n.mu.Unlock()
	all := make([]CellConfig, len(n.cells))
	for i, c := range n.cells {
		all[i] = c.cfg
		if mac != (netstack.MAC{}) {
			c.later(minLatency, uint64(i), func() { c.tell(StationEvent{Kind: StationProbed, MAC: mac, RSSI: stationRSSI}) })
		}
	}
	return all
}
