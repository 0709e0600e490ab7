package elf

import "bytes"

// keyWatch is the last key of a keyed hash of mbedTLS.
type keyWatch struct{ secret uint32 }

// keyLabel begins what the pseudo random function of TLS makes the keys of a connection of (RFC 5246 6.3); the server's and the client's
// random numbers follow.
const keyLabel = "key expansion"

// keyed looks at a keyed hash that a TLS library calculates: the one that begins a connection's keys has the master secret for a key, of
// which TLS 1.0 and 1.1 give the first half.
func (v *vendorStack) keyed(key, data, n uint32) {
	const random, master = 32, 48
	if n != uint32(len(keyLabel))+2*random {
		return
	}
	b, ok := v.g.Read(data, n)
	if !ok || !bytes.HasPrefix(b, []byte(keyLabel)) {
		return
	}
	client := bytes.Clone(b[len(keyLabel)+random:])
	if secret, ok := v.g.Read(key, master); ok {
		v.g.board.LogKeys(client, secret)
	}
}
