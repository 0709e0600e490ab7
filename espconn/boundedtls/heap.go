package boundedtls

// Blocks that the engine charges, by who frees them. The sizes are those that
// the vendor's library requests on a 32-bit machine; the sums of tls.md 6.3
// follow from them.

// Sizes of structures in bytes (tls.md 6, 6.3). Where tls.md 6 lists 1,800
// bytes for engine B's handshake parameters, the measured sums contain 1,788:
// the oracle's machine aligns 64-bit integers to 4 bytes. The sums win.
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

	sizeHandshakeA = 724 // without Diffie-Hellman
	sizeHandshakeB = 1788
	sizeTransformA = 208
	sizeTransformB = 248

	// outputLen is engine A's output buffer after the handshake (tls.md 2.1).
	outputLen = 1460 + overhead
)

// group says when a block is freed.
type group uint8

const (
	groupBuffers   group = iota // record buffers and keys: until Close
	groupConfig                 // configuration: until Close
	groupSession                // own certificates, key and CA: until FinishHandshake
	groupHandshake              // until the handshake is over
	groupPeer                   // session and peer's chain: until FinishHandshake
	groupFinished               // engine A's copy of Finished
	groupTemp                   // within one operation
	groupInteger                // within a part of one
	groups
)

// ledger keeps the addresses of the blocks in use.
type ledger struct {
	heap   Heap
	blocks [groups][]block
	inUse  int
	peak   int
}

type block struct {
	addr uint32
	n    int
}

// alloc charges n bytes; false means out of memory.
func (l *ledger) alloc(g group, n int, what string) bool {
	if l.heap == nil {
		return true
	}
	addr := l.heap.Alloc(uint32(n), what)
	if addr == 0 {
		return false
	}
	l.blocks[g] = append(l.blocks[g], block{addr, n})
	l.inUse += n
	l.peak = max(l.peak, l.inUse)
	return true
}

// free gives back a group's blocks, the newest first.
func (l *ledger) free(g group) { l.freeFrom(g, 0) }

func (l *ledger) freeFrom(g group, keep int) {
	b := l.blocks[g]
	for i := len(b) - 1; i >= keep; i-- {
		l.heap.Free(b[i].addr)
		l.inUse -= b[i].n
	}
	l.blocks[g] = b[:min(keep, len(b))]
}

func (l *ledger) freeAll() {
	for g := groups; g > 0; g-- {
		l.free(g - 1)
	}
}

// lump charges total bytes in blocks of unit bytes and frees them again: the
// intermediate numbers of one computation.
func (l *ledger) lump(total, unit int, what string) bool {
	if l.heap == nil {
		return true
	}
	ok := true
	for total > 0 && ok {
		n := min(total, unit)
		ok = l.alloc(groupTemp, n, what)
		total -= n
	}
	l.free(groupTemp)
	return ok
}

func (c *Conn) charge(g group, n int, what string) bool { return c.heap.alloc(g, n, what) }

// stage reports the heap in use at a stage of tls.md 6.1.
func (c *Conn) stage(name string) {
	if c.cfg.Observe != nil && c.heap.heap != nil {
		c.cfg.Observe(Event{Kind: EventHeap, Role: c.cfg.Role, Name: name, Length: c.heap.inUse, Limit: c.heap.peak})
	}
}

// HeapInUse returns the bytes that the connection has requested and not freed,
// and the most it ever had; both 0 without Config.Heap.
func (c *Conn) HeapInUse() (now, peak int) { return c.heap.inUse, c.heap.peak }

// chargeSetup allocates the server's Diffie-Hellman group (engine B), the
// buffers and the handshake's structures, in the SDK's order (tls.md 6.1).
func (c *Conn) chargeSetup() bool {
	handshake, transform := sizeHandshakeA, sizeTransformA
	if c.eng.DHE {
		handshake, transform = sizeHandshakeB, sizeTransformB
		if c.cfg.Role == Server {
			if !c.charge(groupConfig, dhGroupLen, "dh prime") || !c.charge(groupConfig, dhGroupLen, "dh generator") {
				return false
			}
		}
	}
	n := c.allocated + overhead
	if !c.charge(groupBuffers, n, "in buffer") {
		return false
	}
	if !c.eng.SharedBuffer && !c.charge(groupBuffers, n, "out buffer") {
		return false
	}
	return c.charge(groupBuffers, transform, "transform") &&
		c.charge(groupPeer, sizeSession, "session") &&
		c.charge(groupHandshake, handshake, "handshake")
}

// chargeHMAC is a keyed hash that lives for one computation.
func (c *Conn) chargeHMAC(ctx int) bool {
	ok := c.charge(groupTemp, ctx, "md context") && c.charge(groupTemp, sizeHMAC, "hmac")
	c.heap.free(groupTemp)
	return ok
}

// chargePRF is one run of the pseudo-random function.
func (c *Conn) chargePRF() bool {
	if c.version >= VersionTLS12 {
		return c.chargeHMAC(sizeSHA256)
	}
	return c.chargeHMAC(sizeMD5) && c.chargeHMAC(sizeSHA1)
}

// chargeKeys allocates both directions' MAC and cipher contexts. It returns 0
// or the code of the failure (tls.md 3.2).
func (c *Conn) chargeKeys() int {
	if !c.chargePRF() {
		return codeMDAlloc
	}
	md := sizeSHA1
	if c.suite.mac.Size() == 32 {
		md = sizeSHA256
	}
	for range 2 {
		if !c.charge(groupBuffers, md, "md context") || !c.charge(groupBuffers, sizeHMAC, "hmac") {
			return codeMDAlloc
		}
	}
	for range 2 {
		if !c.charge(groupBuffers, sizeAES, "aes context") {
			return codeCipherAlloc
		}
	}
	return 0
}

// chargeFinishedCopy is engine A's copy of the Finished record whose body has n
// bytes (tls.md 2.1). Running out is not noticed here, but at the output buffer.
func (c *Conn) chargeFinishedCopy(n int) {
	if c.charge(groupFinished, sizeFinishedRef, "finished") {
		if !c.charge(groupFinished, n+offVector+1, "finished copy") {
			c.heap.free(groupFinished)
		}
	}
	c.finishedKept = c.heap.heap == nil || len(c.heap.blocks[groupFinished]) == 2
}

// chargeOutputBuffer allocates engine A's output buffer and drops the copy.
func (c *Conn) chargeOutputBuffer() bool {
	if !c.finishedKept || !c.charge(groupBuffers, outputLen, "out buffer") {
		return false
	}
	c.heap.free(groupFinished)
	return true
}

// releaseHandshake frees what the library frees when the handshake is over.
func (c *Conn) releaseHandshake() { c.heap.free(groupHandshake) }

// releaseCertificates frees what the SDK frees before the connect callback.
func (c *Conn) releaseCertificates() {
	c.heap.free(groupSession)
	c.heap.free(groupPeer)
	c.ownChain, c.ownKey, c.caChain, c.peerChain, c.numberCache = nil, nil, nil, nil, nil
}
