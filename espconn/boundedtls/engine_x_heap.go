package boundedtls

import (
	"slices"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Blocks of engine X in bytes as requested (axtls.md 6; oracle/axtls H, the three traces of the allocator). The buffer of S
// bytes, the receive ring and their two small structures are the driver's.
const (
	axContext    = 56 // SSL_CTX
	axOptions    = 4
	axConnection = 176
	axHandshake  = 316 // freed when the handshake is over
	axSession    = 84
	axFinished   = 104 // freed when the handshake is over
	axCipherAES  = 500 // each direction
	axCipherRC4  = 258
	axSmallPower = 800 // bits of an exponent from which on the power's table is longer

	axMACCopy = 23 // beside a record's plaintext
	axObject  = 8  // beside an entry's copy while it is loaded
	axStore   = 12 // the list of trusted certificates

	axCert    = 56 // a certificate
	axRSA     = 68 // its key
	axBig     = 40 // the numbers' context
	axNumber  = 16 // a number, beside its words
	axInteger = 3  // the public exponent in a file
)

// chargeX charges one block. The library does not look whether it got memory (axtls.md 6): running out is the device's
// exception, and without that bug the handshake fails.
func (c *Conn) chargeX(g group, n int, what string) bool {
	if c.err == nil && c.charge(g, n, what) {
		return true
	}
	if c.err == nil {
		c.overflowX(c.eng.MallocUncheckedBug, "out of memory for "+what+": the library goes on with a null pointer", axBadHandshake, diagMemory("the "+what))
	}
	return false
}

// axBlocks charges blocks of one group one after the other, until one is missing. Numbers are two blocks: the structure
// and its words. A number that grows takes the new words before it gives the old ones back.
type axBlocks struct {
	c    *Conn
	g    group
	what string
}

func (b axBlocks) ok() bool { return b.c.err == nil }

func (b axBlocks) take(sizes ...int) {
	for _, n := range sizes {
		b.c.chargeX(b.g, n, b.what)
	}
}

// number returns the place of the words in the group.
func (b axBlocks) number(n int) int {
	b.take(axNumber, n)
	return len(b.c.heap.blocks[b.g]) - 1
}

func (b axBlocks) numbers(count, n int) {
	for range count {
		b.number(n)
	}
}

// grow gives the number at a place in the group n bytes of words.
func (b axBlocks) grow(place, n int) { b.move(b, place, n) }

// move is grow for a number of another group, whose blocks behind it move up. It returns the new place.
func (b axBlocks) move(from axBlocks, place, n int) int {
	b.take(n)
	l := &b.c.heap
	if l.heap == nil || !b.ok() {
		return 0
	}
	old := l.blocks[from.g][place]
	l.heap.Free(old.addr)
	l.inUse -= old.n
	last := len(l.blocks[b.g]) - 1
	if from.g != b.g {
		l.blocks[from.g] = slices.Delete(l.blocks[from.g], place, place+1)
		return last
	}
	l.blocks[b.g][place] = l.blocks[b.g][last]
	l.blocks[b.g] = l.blocks[b.g][:last]
	return place
}

// chargeContextX charges the context, which is there before the first certificate is read.
func (c *Conn) chargeContextX() bool {
	if c.ax.context {
		return true
	}
	c.ax.context = true
	return c.chargeX(groupConfig, axContext, "tls context") && (c.cfg.Role == Server || c.chargeX(groupConfig, axOptions, "tls options"))
}

func (c *Conn) chargeSetupX() bool {
	return c.chargeContextX() && (c.cfg.Role == Client || c.chargeX(groupConfig, axOptions, "tls options")) &&
		c.chargeX(groupBuffers, axConnection, "tls connection") && c.chargeX(groupHandshake, axHandshake, "handshake")
}

// chargeSessionX is the session, from the peer's hello on.
func (c *Conn) chargeSessionX() bool { return c.chargeX(groupBuffers, axSession, "session") }

// publicKey charges the numbers of a public key of n bytes; context: with the context that they share.
func (b axBlocks) publicKey(n int, context bool) {
	b.take(axRSA)
	b.number(8)
	if context {
		b.take(axBig)
		b.number(n)
	} else {
		b.number(n)
	}
	b.number(n + 4)
	quotient := b.number(8)
	b.grow(quotient, 2*n+4)
	b.numbers(1, n+8)
	b.numbers(1, n+4)
	b.grow(quotient, 4*n+8)
	b.numbers(1, n+4)
}

// chargeCertX charges a certificate: the structure, the attributes of its names, the key and the signature.
func (c *Conn) chargeCertX(g group, cert *axcert.Certificate) bool {
	b, n := axBlocks{c, g, "certificate"}, cert.Key.Size()
	b.take(axCert)
	for _, name := range []axcert.Name{cert.Issuer, cert.Subject} {
		for _, field := range name {
			if field != nil {
				b.take(len(*field) + 1)
			}
		}
	}
	axBlocks{c, groupInteger, "integers of a certificate"}.take(n, axInteger)
	b.publicKey(n, true)
	c.heap.free(groupInteger)
	b.take(len(cert.Signature))
	return b.ok()
}

// chargeEntryX is the copy of a server's stored certificate or key while it is read. A client's entry is in the driver's
// load buffer.
func (c *Conn) chargeEntryX(n int) bool {
	b := axBlocks{c, groupTemp, "entry"}
	b.take(axObject)
	if c.cfg.Role == Server {
		b.take(n)
	}
	return b.ok()
}

// chargeOwnCertX charges the own certificate, of which only the text is kept.
func (c *Conn) chargeOwnCertX(cert *axcert.Certificate) bool {
	defer c.heap.free(groupTemp)
	return c.chargeEntryX(len(cert.Raw)) && c.chargeCertX(groupTemp, cert) && c.chargeX(groupConfig, len(cert.Raw), "own certificate")
}

// chargeKeyX charges the own key: what its file gives as integers, then the numbers.
func (c *Conn) chargeKeyX(k *axcert.PrivateKey, text int) bool {
	defer c.heap.free(groupTemp)
	defer c.heap.free(groupInteger)
	if !c.chargeEntryX(text) {
		return false
	}
	n := k.Size()
	h := n / 2
	axBlocks{c, groupInteger, "integers of a key"}.take(n, axInteger, n, h, h, h, h, h)
	b := axBlocks{c, groupConfig, "private key"}
	b.publicKey(n, true)
	at := &c.ax.keyBlocks
	at[0] = b.number(h)
	b.numbers(3, h)
	b.numbers(1, h+4)
	quotient := b.number(8)
	b.grow(quotient, 2*h+4)
	b.numbers(1, h+8)
	r := b.number(h + 4)
	b.grow(quotient, 4*h+8)
	s := b.number(h + 4)
	b.grow(r, 2*h+8)
	b.grow(s, 2*h+8)
	at[1] = b.number(h + 4)
	at[2] = b.number(h + 4)
	return b.ok()
}

// chargePrivateX charges an operation with the own key. A server's numbers are kept for the next one; a client gives all
// back, also those of the key that had to grow.
func (c *Conn) chargePrivateX() bool {
	const what = "numbers of the private key"
	n := c.ax.key.Size()
	h := n / 2
	key := axBlocks{c, groupConfig, what}
	b := key
	if c.cfg.Role == Client {
		b.g = groupTemp
	} else {
		axBlocks{c, groupTemp, what}.take(n)
	}
	defer c.heap.free(groupTemp)
	b.move(key, c.ax.keyBlocks[2], 2*h+8)
	b.numbers(1, 4*h+4)
	b.numbers(1, 3*h+4)
	x := b.number(h + 4)
	y := b.number(h + 4)
	b.grow(x, 2*h+8)
	z := b.number(h + 4)
	b.grow(y, 2*h+8)
	b.grow(z, 2*h+8)
	first := b.number(2*h + 8)
	third := b.number(2*h + 8)
	if 8*h > axSmallPower {
		b.numbers(3, 2*h+8) // a table twice as long
	}
	q := b.move(key, c.ax.keyBlocks[1], 2*h+8)
	b.grow(q, 4*h+16)
	b.grow(first, 4*h+16)
	b.grow(z, 4*h+16)
	b.numbers(1, 2*h+8)
	b.move(key, c.ax.keyBlocks[0], 2*h)
	b.grow(third, 4*h+16)
	return b.ok()
}

// chargeEncryptX charges the encryption of the premaster secret with a key of n bytes.
func (c *Conn) chargeEncryptX(k *x509.PublicKey) bool {
	b, n := axBlocks{c, groupTemp, "numbers of a public key"}, k.Size()
	defer c.heap.free(groupTemp)
	power := b.number(4)
	b.take(8)
	b.numbers(1, n)
	b.numbers(1, 2*n+4)
	product := b.number(2 * n)
	b.numbers(1, 2*n+8)
	b.grow(power, n+4)
	b.grow(power, 2*n+8)
	b.grow(product, 4*n)
	return b.ok()
}

// chargeVerifyX charges the check of a signature with a key of n bytes.
func (c *Conn) chargeVerifyX(k *x509.PublicKey) bool {
	b, n := axBlocks{c, groupTemp, "numbers of a public key"}, k.Size()
	defer c.heap.free(groupTemp)
	b.numbers(1, 4)
	b.take(n)
	b.numbers(1, n)
	b.publicKey(n, false)
	power := len(c.heap.blocks[groupTemp]) - 1
	b.numbers(1, n)
	b.numbers(1, 2*n+4)
	product := b.number(2 * n)
	b.numbers(1, 2*n+8)
	b.grow(power, 2*n+8)
	b.grow(product, 4*n)
	b.numbers(1, n)
	return b.ok()
}

// chargeCipherX charges one direction's keys, and with the first what only the handshake needs.
func (c *Conn) chargeCipherX() bool {
	n := axCipherAES
	if c.suite.id == RSAWithRC4128SHA || c.suite.id == RSAWithRC4128MD5 {
		n = axCipherRC4
	}
	if !c.ax.finished {
		c.ax.finished = true
		if !c.chargeX(groupHandshake, axFinished, "finished") {
			return false
		}
	}
	return c.chargeX(groupBuffers, n, "cipher context")
}

// chargeRecordX charges the copies of a protected record of n plaintext bytes: for its MAC, and, of one to send with a vector
// of its own, for the cipher.
func (c *Conn) chargeRecordX(n, copied int) bool {
	if c.err != nil {
		return true // the alert of a failure
	}
	b := axBlocks{c, groupTemp, "record"}
	b.take(n + axMACCopy)
	c.heap.free(groupTemp)
	if copied > 0 {
		b.take(copied)
		c.heap.free(groupTemp)
	}
	return b.ok()
}
