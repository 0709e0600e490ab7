// Package vnet is a virtual Ethernet on which devices, ordinary Go servers and clients, and, if asked for, real sockets meet.
//
//	n := vnet.New(vnet.Options{Seed: 1})
//	defer n.Close()
//	listener, err := n.Host("www", netip.Addr{}).Listen("tcp", ":80")  // a net.Listener: give it to http.Server, tls.NewListener...
//	conn, err := n.Host("laptop", netip.Addr{}).Dial("tcp", "www:80")  // a net.Conn
//
// # Who is on a network
//
// A Network is one switch. A device attaches a Port and passes raw frames through it; any stack may be behind it. A Host is a node whose
// listeners, connections and sockets are package net's interfaces, with the errors of real sockets; it runs package netstack's TCP/IP with
// its HostProfile. The Gateway is a host with DHCP, DNS and SNTP servers, and the only way to real sockets: it dials nothing but what Allow
// names. TAP joins the Linux kernel to the switch. A Cell is an access point's radio cell, an Ethernet of its own; Network.Join makes a
// host a station of it, with a DHCP lease from the device.
//
// Faults (latency, loss, corruption, filters...), partitions and captures belong to the network and name ports, so they work for all of
// these. A Filter is a box on the way: IdleTimeout, CutAfter and MaxPacket behave as NAT tables, inspectors and tunnels do.
//
// # Time
//
// Time is package time's; in a testing/synctest bubble it is virtual. A network belongs to the bubble it was made in. One mutex, which is
// never held while blocked, its events in order and one timer drive it. What nobody sees before a frame arrives is dealt with when it
// arrives, at its own instant all the same. Real sockets and TAP need real time: they do not fit into a bubble.
//
// A network is deterministic in virtual time. Within an instant all frames are handed to their receivers, then hosts' timers run, then
// alarms ring, then each port that got something is woken once. What application goroutines then ask of hosts, and every frame that anybody
// sends, takes effect at the instant's end, host by host and port by port, a port's frames as it sent them. So the course of events
// does not depend on how goroutines are scheduled: the same seed gives the same capture, byte for byte, as long as applications do the same
// at the same instants. Latency is never zero. What stations and access points do to each other takes effect at instants of the network's
// own, as frames do.
//
// # Rules
//
//   - Methods may be called from any goroutine. Callbacks (rx, wake, notify, Filter, Ignore's test) run with the network's lock held: they
//     must not call into the network, and must not block.
//   - Bytes given to a method are copied; bytes lent to a callback are lent for the call.
//   - A host's Write does not wait for the peer's window (Conn says why).
//   - A broadcast that means nothing to a device need not wake it (Port.Ignore, Port.Heed): thousands of devices may share a network.
//   - After Network.Close every call returns an error or does nothing, and no goroutine of the network is left.
//   - No frame makes the network panic, loop or grow without bound. Every choice of ours is marked "Choice:".
//
// Names such as lwip.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package vnet
