package axtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Blocks of axTLS in bytes as requested (axtls.md 6; oracle/axtls H, the three traces of the allocator). The buffer of S
// bytes, the receive ring and their two small structures are the driver's.
const (
	sizeContext    = 56 // SSL_CTX
	sizeOptions    = 4
	sizeConnection = 176
	sizeHandshake  = 316 // freed when the handshake is over
	sizeSession    = 84
	sizeFinished   = 104 // freed when the handshake is over
	sizeAES        = 500 // each direction
	sizeRC4        = 258
	smallPower     = 800 // bits of an exponent from which on the power's table is longer

	sizeMACCopy = 23 // beside a record's plaintext
	sizeObject  = 8  // beside an entry's copy while it is loaded
	sizeStore   = 12 // the list of trusted certificates

	sizeCert    = 56 // a certificate
	sizeRSA     = 68 // its key
	sizeBig     = 40 // the numbers' context
	sizeNumber  = 16 // a number, beside its words
	sizeInteger = 3  // the public exponent in a file
)

// charge charges one block. The library does not look whether it got memory (axtls.md 6): running out is the device's
// exception, and without that bug the handshake fails.
func (c *conn) charge(g ledger.Group, n int, what string) bool {
	if c.Failure == nil && c.Heap.Alloc(g, n, what) {
		return true
	}
	if c.Failure == nil {
		c.overflow(c.eng.MallocUncheckedBug, "out of memory for "+what+": the library goes on with a null pointer", badHandshake,
			session.NoMemory("the "+what))
	}
	return false
}

// blocks charges blocks of one group one after the other, until one is missing. Numbers are two blocks: the structure
// and its words. A number that grows takes the new words before it gives the old ones back.
type blocks struct {
	c    *conn
	g    ledger.Group
	what string
}

func (b blocks) ok() bool { return b.c.Failure == nil }

func (b blocks) take(sizes ...int) {
	for _, n := range sizes {
		b.c.charge(b.g, n, b.what)
	}
}

// number returns the place of the words in the group.
func (b blocks) number(n int) int {
	b.take(sizeNumber, n)
	return b.c.Heap.Count(b.g) - 1
}

func (b blocks) numbers(count, n int) {
	for range count {
		b.number(n)
	}
}

// grow gives the number at a place in the group n bytes of words.
func (b blocks) grow(place, n int) { b.move(b, place, n) }

// move is grow for a number of another group, whose blocks behind it move up. It returns the new place.
func (b blocks) move(from blocks, place, n int) int {
	b.take(n)
	if !b.ok() {
		return 0
	}
	return b.c.Heap.Replace(from.g, place, b.g)
}

// chargeContext charges the context, which is there before the first certificate is read.
func (c *conn) chargeContext() bool {
	if c.context {
		return true
	}
	c.context = true
	return c.charge(ledger.Config, sizeContext, "tls context") &&
		(c.Cfg.Role == boundedtls.Server || c.charge(ledger.Config, sizeOptions, "tls options"))
}

func (c *conn) chargeSetup() bool {
	return c.chargeContext() && (c.Cfg.Role == boundedtls.Client || c.charge(ledger.Config, sizeOptions, "tls options")) &&
		c.charge(ledger.Buffers, sizeConnection, "tls connection") && c.charge(ledger.Handshake, sizeHandshake, "handshake")
}

// chargeSession is the session, from the peer's hello on.
func (c *conn) chargeSession() bool { return c.charge(ledger.Buffers, sizeSession, "session") }

// publicKey charges the numbers of a public key of n bytes; context: with the context that they share.
func (b blocks) publicKey(n int, context bool) {
	b.take(sizeRSA)
	b.number(8)
	if context {
		b.take(sizeBig)
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

// chargeCert charges a certificate: the structure, the attributes of its names, the key and the signature.
func (c *conn) chargeCert(g ledger.Group, cert *axcert.Certificate) bool {
	b, n := blocks{c, g, "certificate"}, cert.Key.Size()
	b.take(sizeCert)
	for _, name := range []axcert.Name{cert.Issuer, cert.Subject} {
		for _, field := range name {
			if field != nil {
				b.take(len(*field) + 1)
			}
		}
	}
	blocks{c, ledger.Integer, "integers of a certificate"}.take(n, sizeInteger)
	b.publicKey(n, true)
	c.Heap.Free(ledger.Integer)
	b.take(len(cert.Signature))
	return b.ok()
}

// chargeEntry is the copy of a server's stored certificate or key while it is read. A client's entry is in the driver's
// load buffer.
func (c *conn) chargeEntry(n int) bool {
	b := blocks{c, ledger.Temp, "entry"}
	b.take(sizeObject)
	if c.Cfg.Role == boundedtls.Server {
		b.take(n)
	}
	return b.ok()
}

// chargeOwnCert charges the own certificate, of which only the text is kept.
func (c *conn) chargeOwnCert(cert *axcert.Certificate) bool {
	defer c.Heap.Free(ledger.Temp)
	return c.chargeEntry(len(cert.Raw)) && c.chargeCert(ledger.Temp, cert) && c.charge(ledger.Config, len(cert.Raw), "own certificate")
}

// chargeKey charges the own key: what its file gives as integers, then the numbers.
func (c *conn) chargeKey(k *axcert.PrivateKey, text int) bool {
	defer c.Heap.Free(ledger.Temp)
	defer c.Heap.Free(ledger.Integer)
	if !c.chargeEntry(text) {
		return false
	}
	n := k.Size()
	h := n / 2
	blocks{c, ledger.Integer, "integers of a key"}.take(n, sizeInteger, n, h, h, h, h, h)
	b := blocks{c, ledger.Config, "private key"}
	b.publicKey(n, true)
	at := &c.keyBlocks
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

// chargePrivate charges an operation with the own key. A server's numbers are kept for the next one; a client gives all
// back, also those of the key that had to grow.
func (c *conn) chargePrivate() bool {
	const what = "numbers of the private key"
	n := c.key.Size()
	h := n / 2
	key := blocks{c, ledger.Config, what}
	b := key
	if c.Cfg.Role == boundedtls.Client {
		b.g = ledger.Temp
	} else {
		blocks{c, ledger.Temp, what}.take(n)
	}
	defer c.Heap.Free(ledger.Temp)
	b.move(key, c.keyBlocks[2], 2*h+8)
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
	if 8*h > smallPower {
		b.numbers(3, 2*h+8) // a table twice as long
	}
	q := b.move(key, c.keyBlocks[1], 2*h+8)
	b.grow(q, 4*h+16)
	b.grow(first, 4*h+16)
	b.grow(z, 4*h+16)
	b.numbers(1, 2*h+8)
	b.move(key, c.keyBlocks[0], 2*h)
	b.grow(third, 4*h+16)
	return b.ok()
}

// chargeEncrypt charges the encryption of the premaster secret with a key of n bytes.
func (c *conn) chargeEncrypt(k *x509.PublicKey) bool {
	b, n := blocks{c, ledger.Temp, "numbers of a public key"}, k.Size()
	defer c.Heap.Free(ledger.Temp)
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

// chargeVerify charges the check of a signature with a key of n bytes.
func (c *conn) chargeVerify(k *x509.PublicKey) bool {
	b, n := blocks{c, ledger.Temp, "numbers of a public key"}, k.Size()
	defer c.Heap.Free(ledger.Temp)
	b.numbers(1, 4)
	b.take(n)
	b.numbers(1, n)
	b.publicKey(n, false)
	power := c.Heap.Count(ledger.Temp) - 1
	b.numbers(1, n)
	b.numbers(1, 2*n+4)
	product := b.number(2 * n)
	b.numbers(1, 2*n+8)
	b.grow(power, 2*n+8)
	b.grow(product, 4*n)
	b.numbers(1, n)
	return b.ok()
}

// chargeCipher charges one direction's keys, and with the first what only the handshake needs.
func (c *conn) chargeCipher() bool {
	n := sizeAES
	if c.Suite.Stream {
		n = sizeRC4
	}
	if !c.finished {
		c.finished = true
		if !c.charge(ledger.Handshake, sizeFinished, "finished") {
			return false
		}
	}
	return c.charge(ledger.Buffers, n, "cipher context")
}

// chargeRecord charges the copies of a protected record of n plaintext bytes: for its MAC, and, of one to send with a vector
// of its own, for the cipher.
func (c *conn) chargeRecord(n, copied int) bool {
	if c.Failure != nil {
		return true // the alert of a failure
	}
	b := blocks{c, ledger.Temp, "record"}
	b.take(n + sizeMACCopy)
	c.Heap.Free(ledger.Temp)
	if copied > 0 {
		b.take(copied)
		c.Heap.Free(ledger.Temp)
	}
	return b.ok()
}
