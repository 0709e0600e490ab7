// Package badpeer makes TLS peers that misbehave, for tests of what a device does then. Two kinds of trouble can be made,
// also together:
//
//   - [Listener] and [Conn] spoil the TCP side of a good TLS server: it resets, falls silent or closes instead of a chosen
//     record, writes slowly or in small pieces.
//   - [Server] is a server of which only the certificates are known, not the private key: whatever a real server sends can
//     be tried, in records cut as asked.
//
// Listener goes below the TLS library:
//
//	l = badpeer.Listener(l, badpeer.Behavior{Record: 3, Then: badpeer.Reset})
//	tls.NewListener(l, config)
//
// All waiting is on package time, so that it costs nothing in a testing/synctest bubble. Connections are as safe for
// concurrent use as those they wrap.
package badpeer
