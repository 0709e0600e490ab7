package axtls

import (
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Blocks of axTLS in bytes as requested (axtls.md 6; oracle/axtls H, the three traces of the allocator). The buffer of S
// bytes, the receive ring, their two small structures and the list of sessions are the driver's.
const (
	sizeContext    = 56 // SSL_CTX
	sizeConnection = 176
	sizeHandshake  = 316 // freed when the handshake is over
	sizeSession    = 84
	sizeAES        = 500 // each direction
	sizeRC4        = 258

	pointerBytes = 4
	vectorLen    = 16 // of AES, for each direction in the key block

	sizeMACCopy = 23 // beside a record's plaintext
	sizeObject  = 8  // beside an entry's copy while it is loaded
	sizeStore   = 12 // the list of trusted certificates

	sizeCert = 56 // a certificate
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

// blocks charges blocks of one group one after the other, until one is missing.
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

// grow gives the block at a place of the group n bytes.
func (b blocks) grow(place, n int) {
	b.take(n)
	if b.ok() {
		b.c.Heap.Replace(b.g, place)
	}
}

// chargeContext charges what is there before the first certificate is read: the one block that is looked at.
func (c *conn) chargeContext() {
	if !c.Heap.Alloc(ledger.Config, sizeContext, "tls context") {
		c.end(badHandshake.code, badHandshake.text, handshakeFailed, session.NoMemory("the tls context"))
	}
}

func (c *conn) chargeSetup() bool {
	return c.charge(ledger.Buffers, sizeConnection, "tls connection") && c.charge(ledger.Handshake, sizeHandshake, "handshake")
}

// chargeSession is the session, from the peer's hello on.
func (c *conn) chargeSession() bool {
	if !c.charge(ledger.Buffers, sizeSession, "session") {
		return false
	}
	if c.Heap.Charges() {
		c.sessionAddr = c.Heap.Last(ledger.Buffers)
	}
	return true
}

// Output forgets the session when the last record, an alert about a failure, is out (axtls.md 11).
func (c *conn) Output() []byte {
	rec := c.Base.Output()
	if rec == nil && c.alerted {
		c.Heap.Give(ledger.Buffers, c.sessionAddr)
		c.sessionAddr = 0
	}
	return rec
}

// chargeCert charges a certificate: the structure, the attributes of its names, the key, the hash, which is a number too, and the
// signature.
func (c *conn) chargeCert(g ledger.Group, cert *axcert.Certificate) bool {
	if !c.Heap.Charges() {
		return true
	}
	b := blocks{c, g, "certificate"}
	b.take(sizeCert)
	for _, name := range []axcert.Name{cert.Issuer, cert.Subject} {
		for _, field := range name {
			if field != nil {
				b.take(len(*field) + 1)
			}
		}
	}
	blocks{c, ledger.Integer, "integers of a certificate"}.take(cert.Key.Size(), byteLen(cert.Key.E))
	k := newPublic(c, g, &cert.Key, "certificate")
	c.Heap.Free(ledger.Integer)
	if cert.Hash != 0 {
		k.bytes(cert.Hash.Size())
	}
	b.altNames(cert.AltNames)
	b.take(len(cert.Signature))
	if c.certNumbers == nil {
		c.certNumbers = map[*axcert.Certificate]publicNumbers{}
	}
	c.certNumbers[cert] = k
	return b.ok()
}

// altNames charges DNS names and the list of them, which ends with a null pointer and is replaced by a longer one for each.
func (b blocks) altNames(lengths []int) {
	list := -1
	for i, n := range lengths {
		if size := (i + 2) * pointerBytes; list < 0 {
			b.take(size)
			list = b.c.Heap.Count(b.g) - 1
		} else {
			b.grow(list, size)
		}
		b.take(n + 1)
	}
}

// entry is the copy of a stored object while it is read.
type entry struct {
	c    *conn
	text []byte
	blocks
}

func (c *conn) newEntry(text []byte) entry {
	e := entry{c, text, blocks{c, ledger.Temp, "entry"}}
	e.take(sizeObject, len(text))
	return e
}

// pem returns the PEM blocks with a label. The copy is lengthened by a NUL.
func (e entry) pem(label string) []axcert.Block {
	e.c.print("the file is a PEM file.")
	e.grow(1, len(e.text)+1)
	return axcert.Blocks(e.text, label)
}

// use gives a block's object to take, if there is memory: a block of PEM text is copied once more. What take leaves among the
// entry's blocks is given back.
func (e entry) use(block axcert.Block, take func(der []byte) bool) bool {
	mark := e.c.Heap.Count(ledger.Temp)
	defer e.c.Heap.FreeFrom(ledger.Temp, mark)
	if block.Text > 0 {
		e.take(sizeObject, block.Text)
	}
	return e.ok() && take(block.DER)
}

func (e entry) free() { e.c.Heap.Free(ledger.Temp) }

// chargeOwnCert charges the own certificate, of which only the text is kept.
func (c *conn) chargeOwnCert(cert *axcert.Certificate) bool {
	mark := c.Heap.Count(ledger.Temp)
	defer c.Heap.FreeFrom(ledger.Temp, mark)
	return c.chargeCert(ledger.Temp, cert) && c.charge(ledger.Config, len(cert.Raw), "own certificate")
}

// chargeKey charges the own key: what its file gives as integers, then the numbers.
func (c *conn) chargeKey(k *axcert.PrivateKey) bool {
	if !c.Heap.Charges() {
		return true
	}
	defer c.Heap.Free(ledger.Integer)
	integers := blocks{c, ledger.Integer, "integers of a key"}
	for _, x := range []*big.Int{k.N, k.E, k.D, k.P, k.Q, k.DP, k.DQ, k.QInv} {
		integers.take(byteLen(x))
	}
	c.keyNumbers = newPrivate(c, ledger.Config, k, "private key")
	return c.Failure == nil
}

// chargeCipher charges one direction's keys, and with the first what only the handshake needs.
func (c *conn) chargeCipher() bool {
	n, vector := sizeAES, vectorLen
	if c.Suite.Stream {
		n, vector = sizeRC4, 0
	}
	if !c.keyBlock {
		c.keyBlock = true
		if !c.charge(ledger.Handshake, 2*(c.Suite.MAC.Size()+c.Suite.KeyLen+vector), "key block") {
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
