package handshake

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// tls12 is the version from which on SHA-256 replaces MD5 with SHA-1.
const tls12 = 0x0303

// Secrets are the hellos' randoms, the transcript and the keys of one handshake. They live until it is over.
type Secrets struct {
	ClientRandom, ServerRandom [RandomLen]byte
	Premaster                  []byte
	Master                     [MasterLen]byte

	md5, sha1, sha256 hash.Hash // transcript; nil once the version rules it out
}

// NewSecrets returns the state before the first message, for any version.
func NewSecrets() Secrets { return Secrets{md5: md5.New(), sha1: sha1.New(), sha256: sha256.New()} }

// Add puts a message, its header included, into the transcript.
func (s *Secrets) Add(msg []byte) {
	if s.md5 != nil {
		s.md5.Write(msg)
		s.sha1.Write(msg)
	}
	if s.sha256 != nil {
		s.sha256.Write(msg)
	}
}

// Settle drops the hashes that the version does not use.
func (s *Secrets) Settle(version uint16) {
	if version >= tls12 {
		s.md5, s.sha1 = nil, nil
	} else {
		s.sha256 = nil
	}
}

// Transcript returns the hash of all messages so far: MD5 and SHA-1 together, or SHA-256 in TLS 1.2.
func (s *Secrets) Transcript() []byte {
	if s.sha256 != nil && s.md5 == nil {
		return s.sha256.Sum(nil)
	}
	return s.sha1.Sum(s.md5.Sum(nil))
}

// MakeMaster makes the master secret and wipes the premaster secret. The secret is written to log as an NSS key log line;
// nil: not at all.
func (s *Secrets) MakeMaster(version uint16, log io.Writer) {
	seed := append(append(make([]byte, 0, 2*RandomLen), s.ClientRandom[:]...), s.ServerRandom[:]...)
	prf(version, s.Master[:], s.Premaster, "master secret", seed)
	clear(s.Premaster)
	s.Premaster = nil
	if log != nil {
		// A failing log does not concern the device.
		_, _ = fmt.Fprintf(log, "CLIENT_RANDOM %x %x\n", s.ClientRandom, s.Master)
	}
}

// Keys are one side's part of the key block.
type Keys struct{ MAC, Key, Vector []byte }

// Expand makes the keys of both sides from the master secret, for a MAC of mac bytes, a cipher key of key bytes and CBC
// vectors of 16 bytes.
func (s *Secrets) Expand(version uint16, mac, key int) (client, server Keys) {
	const vector = 16
	seed := append(append(make([]byte, 0, 2*RandomLen), s.ServerRandom[:]...), s.ClientRandom[:]...)
	block := make([]byte, 2*(mac+key+vector))
	prf(version, block, s.Master[:], "key expansion", seed)
	take := func(n int) []byte {
		b := block[:n]
		block = block[n:]
		return b
	}
	client.MAC, server.MAC = take(mac), take(mac)
	client.Key, server.Key = take(key), take(key)
	client.Vector, server.Vector = take(vector), take(vector)
	return client, server
}

// VerifyData returns the contents of the client's or the server's Finished message.
func (s *Secrets) VerifyData(version uint16, client bool) []byte {
	label := "server finished"
	if client {
		label = "client finished"
	}
	out := make([]byte, VerifyLen)
	prf(version, out, s.Master[:], label, s.Transcript())
	return out
}
