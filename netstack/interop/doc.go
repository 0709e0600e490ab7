// Package interop has no code of its own: its tests let package netstack meet TCP/IP stacks that others wrote, gVisor's and the Linux kernel's, and have
// tshark judge what was on the wire. It is a module of its own so that the product does not depend on gVisor.
//
//	go test .                                   the matrix: {device, host} x {client, server} x six situations, against both
//	go test -run TestCompare -compare -v .      speed and memory beside gVisor, in one run
//
// The kernel's side needs root, /dev/net/tun, iproute2 and, where the kernel has no netem, nftables: the test makes a network namespace of its own and a TAP interface in it, and leaves nothing
// behind. Without them, as without tshark, curl or openssl, the tests skip; with CI=true they fail.
//
// Everything runs in real time, because neither gVisor nor the kernel knows virtual time. No test asserts a duration.
package interop
