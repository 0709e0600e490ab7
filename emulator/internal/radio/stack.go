package radio

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// Stack returns the Go network stack, which it makes on first use.
func (w *Radio) Stack() *netstack.Stack { return w.ensureStack() }

// ensureStack makes the Go network stack on first use.
func (w *Radio) ensureStack() *netstack.Stack {
	if w.stack == nil {
		heap := &stackHeap{Heap: w.m.Heap(), starting: true}
		if w.air.cfg.FrameCrashes {
			heap.fatal = w.m.Fatal
		}
		events := w.m.Device().Trace()
		profile := netstack.DeviceProfile()
		profile.TCPWithoutDF, profile.ListenerResetsAhead = w.air.cfg.TCPWithoutDF, w.air.cfg.ListenerResetsAhead
		profile.SNTPNamesOnly, profile.SNTPLateLookup = w.air.cfg.SNTPNamesOnly, w.air.cfg.SNTPLateLookup
		profile.SNTPEmptyNames = w.air.cfg.SNTPEmptyNames
		w.stack = netstack.NewStack(netstack.Config{
			Profile: profile,
			Heap:    heap,
			Rand:    w.m.Random,
			Observe: func(e netstack.Event) {
				if events.Wanted() {
					events.Add(netEvent(&e))
				}
				if e.Cause == netstack.CauseProbeTaken {
					w.m.Finding(espconn.RuleStreamSpoilt, "%s got %s as byte %d of the device's data", e.Remote, e.Text, e.Len)
				}
			},
		})
		w.stack.SNTP().ObserveAstray(func() {
			w.m.Fatal(chip.Crash{Cause: espconn.CauseLoadProhibited, Why: "SNTP's next request after sntp_stop (docs/facts/lwip.md 14)"})
		})
		w.stack.Advance(w.m.Now())
		w.sta = w.stack.AddInterface("station", w.mac, w.nic.Send)
		w.sta.SetRoom(w.queue.room)
		w.listStation()
		w.nic.receive = func(now time.Time, frame []byte) { w.input(w.sta, now, frame) }
		heap.starting = false
	}
	return w.stack
}

// listStation puts the station's interface into the stack's list, or takes it from there: it is in it from the end of user_init on, while
// the mode has a station (lwip.md 13).
func (w *Radio) listStation() {
	if w.sta != nil {
		w.sta.SetListed(w.started && w.opMode&wifi.StationMode != 0)
	}
}

// stackHeap charges what the network stack allocates, but for what it takes at its start: Config.HeapFree is what is
// left after that, and when the TCP timer, which runs once then, has left its place to the DNS timer's record.
type stackHeap struct {
	*soc.Heap
	starting bool
	fatal    func(chip.Crash) // ends the device when a frame or an ARP answer finds no memory; nil: it is lost
}

// startBlock is the address of every block of the start; no real block is there.
const startBlock = 8

func (h *stackHeap) Alloc(n uint32, what string) uint32 {
	addr, fits := h.AllocLow(n, what)
	switch {
	case fits:
	case h.starting:
		return startBlock
	default:
		addr = h.Heap.Alloc(n, what)
	}
	if addr != 0 || h.fatal == nil {
		return addr
	}
	switch what {
	case netstack.FrameBlock:
		h.fatal(chip.Crash{Cause: espconn.CauseStoreProhibited, Excvaddr: 4,
			Why: "a received frame found no memory, and the SDK stores through NULL (docs/facts/lwip.md 16)"})
	case netstack.AnswerBlock:
		h.fatal(chip.Crash{Cause: espconn.CauseLoadProhibited,
			Why: "an ARP answer found no memory, and the SDK sends NULL (docs/facts/lwip.md 16)"})
	}
	return addr
}

func (h *stackHeap) Free(addr uint32) {
	if addr != startBlock {
		h.Heap.Free(addr)
	}
}

// Frame takes a frame from the network. It is lost while the access point is out of range.
func (w *Radio) Frame(now time.Time, frame []byte) {
	if w.nic.receive != nil && w.audible() {
		w.nic.receive(now, frame)
	}
}

// input hands a frame to the stack. After each TCP segment the device's stack drops the last segment that each connection
// keeps beyond a gap if fewer than two receive buffers are free (lwip.md 6.4). Choice: such a segment occupies a receive
// buffer as a waiting frame does, as pbufs of the radio do.
func (w *Radio) input(i *netstack.Interface, now time.Time, frame []byte) {
	if i.Input(now, frame) && !w.m.Halted() && w.m.Device().Waiting()+w.stack.OutOfOrder() > soc.RingFrames-2 {
		w.stack.TrimOutOfOrder()
	}
}

// Ignores says that a frame would change nothing. Firmware that took the NIC sees everything.
func (w *Radio) Ignores(frame []byte) bool {
	return !w.nic.taken && w.sta != nil && w.sta.Ignores(frame)
}

// Concerns tells which ARP requests mean something to the stack, if ConcernsChanges can.
func (w *Radio) Concerns() (targets, senders []netip.Addr) { return w.sta.Concerns() }

// ConcernsChanges counts the changes of that. False: there is no such stack.
func (w *Radio) ConcernsChanges() (changes uint64, ok bool) {
	if w.nic.taken || w.sta == nil {
		return 0, false
	}
	return w.sta.ConcernsChanges(), true
}

// Advance does what is due in the stack.
func (w *Radio) Advance(now time.Time) {
	if w.stack != nil {
		w.stack.Advance(now)
	}
}

// NextEvent returns when the stack wants to be advanced.
func (w *Radio) NextEvent() (time.Time, bool) {
	if w.stack == nil {
		return time.Time{}, false
	}
	return w.stack.NextEvent()
}

// Halt ends the soft-AP without a word, and the stack.
func (w *Radio) Halt() {
	w.ap.vanish()
	w.stack, w.sta, w.nic.receive = nil, nil, nil
}

// NIC is the network interface: Ethernet frames in and out.
type NIC struct {
	w       *Radio
	taken   bool
	receive func(now time.Time, frame []byte)
	link    func(up bool)
	cell    *ownCell    // nil: the firmware's own stack has no soft-AP
	info    wifi.IPInfo // what the firmware's own stack says
}

// NIC returns the interface for firmware that brings its own network stack. Taking it before anything made the Go stack keeps
// that from being made.
func (w *Radio) NIC() *NIC {
	if w.stack == nil {
		w.nic.taken = true
	}
	return &w.nic
}

// OwnStack reports whether the interface was taken.
func (w *Radio) OwnStack() bool { return w.nic.taken }

// MAC returns the station's address.
func (n *NIC) MAC() netstack.MAC { return n.w.mac }

// Send puts one Ethernet frame on the wire; it is copied. It is lost while the access point is out of range.
func (n *NIC) Send(frame []byte) {
	if n.w.audible() {
		n.w.m.Device().Port().Send(frame)
	}
}

// TrySend is Send for a driver that has to wait for one of the radio's transmit buffers: false, and nothing is sent, if all of them are
// taken. They are free again when the callback under way has returned.
func (n *NIC) TrySend(frame []byte) bool {
	if !n.w.queue.room() {
		return false
	}
	n.Send(frame)
	return true
}

// ownCell is the soft-AP's interface in the firmware's own stack.
type ownCell struct {
	link    func(up bool)
	receive func(frame []byte)
}

// SoftAP says that the firmware's own stack has an interface for the soft-AP: link is called when its cell is open, and when it is closed,
// receive with each frame of a station.
func (n *NIC) SoftAP(link func(up bool), receive func(frame []byte)) {
	n.cell = &ownCell{link, receive}
}

// opened tells the firmware's own stack of the cell.
func (n *NIC) opened(up bool) {
	if n.cell != nil {
		n.w.m.Callback("the network stack", func() { n.cell.link(up) })
	}
}

// SoftAPMAC returns the soft-AP's address.
func (n *NIC) SoftAPMAC() netstack.MAC { return n.w.ap.mac }

// TrySendSoftAP is TrySend for the soft-AP.
func (n *NIC) TrySendSoftAP(frame []byte) bool {
	if !n.w.queue.room() {
		return false
	}
	n.w.ap.send(frame)
	return true
}

// StationAddressed says that the firmware's own DHCP server has given a station an address; 0.0.0.0 takes it back.
func (n *NIC) StationAddressed(mac netstack.MAC, ip netip.Addr) { n.w.ap.assigned(mac, ip) }

// Waiting returns how many frames wait in the receive ring.
func (n *NIC) Waiting() int { return n.w.m.Device().Waiting() }

// Static returns the station's address without DHCP.
func (n *NIC) Static() netip.Prefix {
	if !n.w.dhcpOff || n.w.static.IsValid() && n.w.static.Addr().IsUnspecified() {
		return netip.Prefix{}
	}
	return n.w.static
}

// Link sets what is called when the station has joined an access point, and when it has left or lost it.
func (n *NIC) Link(fn func(up bool)) { n.link = fn }

// linked tells the firmware's own stack.
func (n *NIC) linked(up bool) {
	if !up {
		n.info = wifi.IPInfo{}
	}
	if n.taken && n.link != nil {
		n.w.m.Callback("the network stack", func() { n.link(up) })
	}
}

// Addressed says that the firmware's own stack has an address: the station's status and the event handler learn it.
func (n *NIC) Addressed(info wifi.IPInfo) {
	n.info = info
	n.w.addressed(true)
}

// DHCPTimeout says that the firmware's own DHCP client has given up.
func (n *NIC) DHCPTimeout() { n.w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDHCPTimeout}) }

// Receive sets what gets each frame that arrives, on the device goroutine. The frame is the callee's to keep.
func (n *NIC) Receive(fn func(frame []byte)) {
	n.w.m.Device().Port().Ignore(nil) // a stack of its own may care about every frame
	n.receive = func(_ time.Time, frame []byte) { fn(frame) }
}
