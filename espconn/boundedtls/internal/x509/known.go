package x509

import "sync"

// maxKnown bounds how many keys are remembered. Choice: more than the devices of a test have, some 200 KB.
const maxKnown = 64

// known remembers the private keys that were read, by the hash of their text: a device reads its key anew for every
// connection, and checking its numbers takes longer than half a handshake. Safe for concurrent use.
var known keyMemory

type keyMemory struct {
	mu   sync.Mutex
	keys map[[32]byte]*PrivateKey
}

func (m *keyMemory) get(sum [32]byte) *PrivateKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys[sum]
}

// put forgets all others when there are too many.
func (m *keyMemory) put(sum [32]byte, k *PrivateKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil || len(m.keys) >= maxKnown {
		m.keys = map[[32]byte]*PrivateKey{}
	}
	m.keys[sum] = k
}
