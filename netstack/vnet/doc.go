// Package vnet is a virtual Ethernet for devices and for ordinary Go servers and clients.
//
// A Network is one switch with ports. Devices Attach raw ports; a Host is a node whose listeners and connections are package
// net's interfaces; the Gateway has DHCP, DNS and SNTP servers and the only way to real sockets. Faults, partitions and
// captures belong to the network, so they work for every kind of port. Hosts and the gateway run package netstack's TCP/IP
// with its HostProfile; a device may bring any stack of its own: frames are all that passes.
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
// Every choice is marked "Choice:". No frame makes the network panic, loop or grow without bound.
package vnet
