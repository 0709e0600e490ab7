// Package probe measures which TLS buffer sizes and SDK versions of a device can connect to a TLS server: for each profile
// and size an emulated device makes one real handshake, then the least size of each profile is searched and confirmed.
//
//	p := probe.Probe{Network: network, Server: server, Profiles: espconn.Profiles(), Sizes: probe.DefaultSizes()}
//	report, err := p.Run(ctx)
//
// Rules:
//
//   - The server is an address on the given network: a host there, or what a gateway lets out. Nothing else is reached, and
//     no file is opened.
//   - Each handshake has a device of its own, which is closed before the next. The devices send no server name (SNI).
//   - Time is package time's: in real time, or in a bubble of testing/synctest.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package probe
