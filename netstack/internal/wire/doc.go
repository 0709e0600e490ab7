// Package wire has what is written in frames: lengths, numbers and checksums of Ethernet, ARP, IPv4, TCP, UDP, ICMP, DHCP, DNS and SNTP,
// and a Codec that builds frames without allocating. The stack (package netstack) and the hosts, servers
// and boxes around it (package vnet) use it; it imports neither.
//
// Names are the protocols' own. Numbers are in host order; positions count bytes from the start of the header or message they belong to.
package wire
