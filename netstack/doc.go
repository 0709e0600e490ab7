// Package netstack is an IPv4 stack shaped like the ESP8266's lwIP. It only turns frames and calls into frames and calls: package
// netstack/vnet is a network to put it on.
//
// # Driving a stack
//
// A Stack is sans-I/O: frames go in through Interface.Input, frames come out through the function given to AddInterface, and time is an
// argument. There is no goroutine, lock, clock or random source inside; the same calls give the same frames, byte for byte. The owner's
// loop is
//
//	s.Advance(now)                 // start
//	for {
//		at, ok := s.NextEvent()    // wait until at (if ok) or for a frame
//		i.Input(now, frame)        // a frame came; frames of an instant come before Advance of that instant
//		s.Advance(now)             // the time came, or a call of the application follows
//	}
//
// A stack with all its interfaces, connections and sockets belongs to one owner at a time: no two of its methods run at once. Frames are
// lent, in both directions, for the call that hands them over. TCP has the shape of lwIP's raw API: a TCB with a Handler whose methods run
// inside Input and Advance. Handlers may call anything of the stack except Input and Advance.
//
// # Profiles
//
// What a stack does is data: DeviceProfile is the SDK's lwIP with its tick-quantised timers, small buffers and quirks (lwip.md),
// HostProfile an ordinary host for the far side. Ticks are computed, never ticked: an idle connection wants no Advance, unless keepalive or
// a poll is on.
//
// Besides TCP a stack has UDP, ICMP, ARP, multicast membership (Stack.JoinGroup), the clients of DHCP (Interface.StartDHCP), DNS
// (Stack.Resolve) and SNTP (Stack.SNTP), and the DHCP server of the device's soft-AP (Interface.StartDHCPServer). Interface.SetTransparent,
// Interface.SetNeighbor and Stack.SendReset are for gateways and for other hosts of the far side.
//
// What the device's compiled stack was seen to do on the wire is replayed in the tests (docs/tables/wire.md); packet scripts in
// testdata/scripts hold each figure (docs/tables/packet-scripts.md, docs/tables/stack-figures.md), and docs/tables/rfc.md says what of the
// standards is kept.
//
// # Rules
//
// Every figure names its source, every choice is marked "Choice:", every difference from the chip "Deviation:". No input makes the stack
// panic, loop or grow without bound. Memory charged to Config.Heap is given back when its use ends.
//
// Names such as lwip.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package netstack
