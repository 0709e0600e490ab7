package elf

import "bytes"

// keyWatch are the secrets of TLS connections.
type keyWatch struct {
	secret  uint32            // where the last key of a keyed hash of mbedTLS is
	masters map[string][]byte // by the client's random number
}

// keyLabel begins what the pseudo random function of TLS makes the keys of a connection of (RFC 5246 6.3); the server's and the client's
// random numbers follow.
const keyLabel = "key expansion"

// mastersMax bounds the secrets that are kept: a connection asks for its own at once. Choice.
const mastersMax = 8

// keyed looks at a keyed hash that a TLS library calculates: the one that begins a connection's keys has the master secret for a key, of
// which TLS 1.0 and 1.1 give the first half, then the second.
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
	secret, ok := v.g.Read(key, master)
	if !ok {
		return
	}
	if v.keys.masters[string(client)] != nil {
		return // the second half
	}
	if v.keys.masters == nil || len(v.keys.masters) >= mastersMax {
		v.keys.masters = map[string][]byte{}
	}
	v.keys.masters[string(client)] = bytes.Clone(secret)
	v.g.board.LogKeys(client, secret)
}

// master returns the master secret of the connection with a client's random number, nil if it is not known.
func (k *keyWatch) master(client []byte) []byte { return k.masters[string(client)] }
