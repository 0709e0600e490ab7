// Package netstack is an IPv4 stack shaped like the ESP8266's lwIP, and a virtual Ethernet to put it on.
//
// # Engine
//
// A Stack is sans-I/O: frames go in through Interface.Input, frames come out through the function given to
// AddInterface, and time is an argument. There is no goroutine, lock, clock or random source inside; the same calls give
// the same frames, byte for byte. The owner's loop is
//
//	s.Advance(now)                 // start
//	for {
//		at, ok := s.NextEvent()    // wait until at (if ok) or for a frame
//		i.Input(now, frame)        // a frame came; frames of an instant come before Advance of that instant
//		s.Advance(now)             // the time came, or a call of the application follows
//	}
//
// TCP has the shape of lwIP's raw API: a TCB with a Handler whose methods run inside Input and Advance. Handlers may call
// anything of the stack except Input and Advance.
//
// # Profiles
//
// What a stack does is data: DeviceProfile is the SDK's lwIP with its tick-quantised timers, small buffers and quirks
// (lwip.md), HostProfile an ordinary host for the far side. Ticks are computed, never ticked: an idle connection wants
// no Advance, unless keepalive or a poll is on.
//
// Besides TCP a stack has UDP, ICMP, ARP, multicast membership (Stack.JoinGroup), and the clients of DHCP (Interface.StartDHCP),
// DNS (Stack.Resolve) and SNTP (Stack.SNTP). What the device's compiled stack was seen to do on the wire is replayed in the
// tests (docs/tables/wire.md); packet scripts in testdata/scripts hold each figure (docs/tables/packet-scripts.md, docs/tables/stack-figures.md), and
// docs/tables/rfc.md says what of the standards is kept.
//
// # Network
//
// A Network is one switch with ports. Devices Attach raw ports; a Host is a node whose listeners and connections are package
// net's interfaces; the Gateway has DHCP, DNS and SNTP servers and the only way to real sockets. Faults, partitions and
// captures belong to the network, so they work for every kind of port.
//
//   - Time is package time's; a testing/synctest bubble makes it virtual. A network belongs to the bubble it was made in. One
//     mutex, which is never held while blocked, one event heap and one timer drive it. Real sockets do not fit into a bubble.
//   - Within an instant: all frames are handed to their receivers, then hosts' timers run, then alarms ring, then each port that
//     got something is woken once. What application goroutines then ask of hosts, and every frame that anybody sends, takes
//     effect at the instant's end in the order (host or sending port, flow, sequence within the flow). So the course of events does
//     not depend on how goroutines are scheduled: the same seed gives the same capture, byte for byte, as long as applications do
//     the same at the same instants. Latency is never zero.
//   - A host's Write does not wait for the peer's window (Conn says why).
//   - A Filter is a box on the way: IdleTimeout, CutAfter and MaxPacket behave as NAT tables, inspectors and tunnels do.
//   - Port.Ignore lets thousands of devices share a network: broadcasts that mean nothing to a device do not wake it.
//   - TAP joins the Linux kernel to the switch, in real time.
//   - A Cell is an access point's radio cell, an Ethernet of its own: Network.Join makes a host a station of it, with a DHCP lease from the
//     device. What stations and access points do to each other takes effect at instants of the network's own, as frames do.
//   - Callbacks (rx, wake, Filter, Ignore's test) run with the network's lock held and must not call into the network.
//
// # Rules
//
// Every figure names its source, every choice is marked "Choice:", every difference from the chip "Deviation:". No input
// makes the stack panic, loop or grow without bound. Memory charged to Config.Heap is given back when its use ends.
package netstack
