// Package interop has no code of its own: its tests let package netstack meet TCP/IP stacks that others wrote, gVisor's and the Linux
// kernel's, and have tshark judge what was on the wire. It is a module of its own so that the product does not depend on gVisor.
//
//	go test .                                   the matrix: {device, host} x {client, server} x six situations, against both
//	go test -run TestCompare -compare -v .      speed and memory beside gVisor, in one run
//	go test -bench Connect -count 10 .          connections alone
//
// TestCompare on a machine of two cores that was busy with other things, the least of twelve runs each: bulk of 64 KB over a window of
// 5,840 at least 2.1 times gVisor's speed, over 64 KB 1.8 times; connecting, a byte and the close 7 to 17 times for the engine alone, 3.9
// to 5.8 times with a net.Conn at both ends; an idle device with its port 3.0 to 3.5 KB, an idle Host 2.6 to 3.1 KB, an idle stack of
// gVisor 77 KB; no goroutine for either of ours.
//
// TestDifferential lists where a Host differs from gVisor's stack with itself.
//
// The kernel's side needs root, /dev/net/tun, iproute2 and, where the kernel has no netem, nftables: the test makes a network namespace of
// its own and a TAP interface in it, and leaves nothing behind. Without them, as without tshark, curl or openssl, the tests skip; with
// CI=true they fail.
//
// Everything runs in real time, because neither gVisor nor the kernel knows virtual time. No test asserts a duration.
package interop
