package mbedtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
)

// Blocks that the engine charges, by who frees them. The sizes are those that
// the vendor's library requests on a 32-bit machine; the sums of tls.md 6.3
// follow from them.

// Sizes of structures in bytes (tls.md 6, 6.3; the late mbedTLS's handshake parameters as oracle/espconn
// sec/client/low-heap/8000 has them).
const (
	sizeCert        = 312
	sizeKeyCert     = 12
	sizeSession     = 100
	sizeAES         = 280
	sizeMD5         = 88
	sizeSHA1        = 92
	sizeSHA256      = 108
	sizeSHA512      = 216
	sizeHMAC        = 128 // two 64-byte blocks
	sizeFinishedRef = 8

	sizeHandshakeEarly = 724 // without Diffie-Hellman
	sizeHandshakeLate  = 1800
	sizeTransformEarly = 208
	sizeTransformLate  = 248

	// outputLen is the early mbedTLS's output buffer after the handshake (tls.md 2.1).
	outputLen = 1460 + overhead
)

func (c *conn) charge(g ledger.Group, n int, what string) bool { return c.Heap.Alloc(g, n, what) }

// chargeSetup allocates the server's Diffie-Hellman group (the late build), the buffers and the handshake's structures, in the
// SDK's order (tls.md 6.1). What one of the three steps has taken is given back when it fails; the last one tries all of its
// blocks before it looks.
func (c *conn) chargeSetup() bool {
	params, transform := sizeHandshakeEarly, sizeTransformEarly
	if c.eng.DHE {
		params, transform = sizeHandshakeLate, sizeTransformLate
		if c.Cfg.Role == boundedtls.Server &&
			!c.chargeAll(ledger.Config, named{dhGroupLen, "dh prime"}, named{dhGroupLen, "dh generator"}) {
			return false
		}
	}
	n := c.Allocated + overhead
	buffers := []named{{n, "in buffer"}, {n, "out buffer"}}
	if c.eng.SharedBuffer {
		buffers = buffers[:1]
	}
	if !c.chargeAll(ledger.Buffers, buffers...) {
		return false
	}
	kept := c.Heap.Count(ledger.Buffers)
	ok := c.charge(ledger.Buffers, transform, "transform")
	ok = c.charge(ledger.Peer, sizeSession, "session") && ok
	ok = c.charge(ledger.Handshake, params, "handshake") && ok
	if !ok {
		c.Heap.Free(ledger.Handshake)
		c.Heap.FreeFrom(ledger.Buffers, kept)
		c.Heap.Free(ledger.Peer)
	}
	return ok
}

// named is a block that is to be charged.
type named struct {
	n    int
	what string
}

// chargeAll charges all blocks, or none.
func (c *conn) chargeAll(g ledger.Group, blocks ...named) bool {
	kept := c.Heap.Count(g)
	for _, b := range blocks {
		if !c.charge(g, b.n, b.what) {
			c.Heap.FreeFrom(g, kept)
			return false
		}
	}
	return true
}

// chargeHMAC is a keyed hash that lives for one computation.
func (c *conn) chargeHMAC(ctx int) bool {
	ok := c.charge(ledger.Temp, ctx, "md context") && c.charge(ledger.Temp, sizeHMAC, "hmac")
	c.Heap.Free(ledger.Temp)
	return ok
}

// chargePRF is one run of the pseudo-random function.
func (c *conn) chargePRF() bool {
	if c.Version >= boundedtls.VersionTLS12 {
		return c.chargeHMAC(sizeSHA256)
	}
	return c.chargeHMAC(sizeMD5) && c.chargeHMAC(sizeSHA1)
}

// chargeKeys allocates both directions' MAC and cipher contexts. It returns 0
// or the code of the failure (tls.md 3.2).
func (c *conn) chargeKeys() int {
	if !c.chargePRF() {
		return codeMDAlloc
	}
	md := sizeSHA1
	if c.Suite.MAC.Size() == 32 {
		md = sizeSHA256
	}
	for range 2 {
		if !c.charge(ledger.Buffers, md, "md context") || !c.charge(ledger.Buffers, sizeHMAC, "hmac") {
			return codeMDAlloc
		}
	}
	for range 2 {
		if !c.charge(ledger.Buffers, sizeAES, "aes context") {
			return codeCipherAlloc
		}
	}
	return 0
}

// chargeFinishedCopy is the early mbedTLS's copy of the Finished record whose body has n
// bytes (tls.md 2.1). Running out is not noticed here, but at the output buffer.
func (c *conn) chargeFinishedCopy(n int) {
	if c.charge(ledger.Finished, sizeFinishedRef, "finished") {
		if !c.charge(ledger.Finished, n+offVector+1, "finished copy") {
			c.Heap.Free(ledger.Finished)
		}
	}
	c.finishedKept = !c.Heap.Charges() || c.Heap.Count(ledger.Finished) == 2
}

// chargeOutputBuffer allocates the early mbedTLS's output buffer and drops the copy.
func (c *conn) chargeOutputBuffer() bool {
	if !c.finishedKept || !c.charge(ledger.Buffers, outputLen, "out buffer") {
		return false
	}
	c.Heap.Free(ledger.Finished)
	return true
}

// releaseCertificates frees what the SDK frees before the connect callback.
func (c *conn) releaseCertificates() {
	c.Heap.Free(ledger.Session)
	c.Heap.Free(ledger.Peer)
	c.ownChain, c.ownKey, c.caChain, c.peerChain, c.constants, c.ownNumbers = nil, nil, nil, nil, nil, nil
}
