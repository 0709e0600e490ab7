package boundedtls

import (
	"github.com/espemu/espemu/espconn/boundedtls/internal/axcert"
	"github.com/espemu/espemu/espconn/boundedtls/internal/crt"
)

// Blocks of engine X in bytes as requested (axtls.md 6; oracle/axtls H, traces of the allocator). The buffer of S bytes,
// the receive ring and their two small structures are the driver's.
const (
	axContext    = 56 // SSL_CTX
	axOptions    = 4
	axConnection = 176
	axHandshake  = 316 // freed when the handshake is over
	axSession    = 84  // server only
	axCipherAES  = 500 // each direction
	axCipherRC4  = 258
	axObject     = 24 // beside an entry's copy while it is loaded
)

// Sums for numbers of a modulus of n bytes, with the allocator's 16 bytes a block, measured for 512 to 4,096 bits to
// within a few per cent. In a lump the order and the sizes of the single blocks are ours (Choice).
const (
	axBlockHeader = 16

	axCertPerByte, axCertBase       = 10, 720  // a certificate in memory
	axEncryptPerByte, axEncryptBase = 12, 608  // while the premaster secret is encrypted
	axVerifyPerByte, axVerifyBase   = 24, 648  // while a certificate's signature is checked
	axKeyPerByte, axKeyBase         = 16, 1060 // an own key
)

// axKeyUsed is what a server's key takes after its first use, by the modulus length in bytes; between the measured
// lengths it is interpolated.
var axKeyUsed = [][2]int{{0, 1900}, {64, 3850}, {128, 5844}, {256, 11064}, {512, 19768}, {1024, 37176}}

// axSigning is what a client's signature takes for a while, in the same form.
var axSigning = [][2]int{{0, 400}, {128, 1900}, {256, 5816}, {512, 9728}, {1024, 17552}}

// between reads a table of measured pairs.
func between(table [][2]int, n int) int {
	for i := 1; i < len(table); i++ {
		lo, hi := table[i-1], table[i]
		if n <= hi[0] {
			return lo[1] + (hi[1]-lo[1])*(n-lo[0])/(hi[0]-lo[0])
		}
	}
	return table[len(table)-1][1]
}

// chargeX charges one block. The library does not look whether it got memory (axtls.md 6): running out is the device's
// exception, and without that bug the handshake fails.
func (c *Conn) chargeX(g group, n int, what string) bool {
	if c.charge(g, n, what) {
		return true
	}
	c.overflowX(c.eng.MallocUncheckedBug, "out of memory for "+what+": the library goes on with a null pointer", axBadHandshake, diagMemory("the "+what))
	return false
}

func (c *Conn) chargeSetupX() bool {
	ok := c.chargeX(groupConfig, axContext, "tls context") && c.chargeX(groupConfig, axOptions, "tls options") &&
		c.chargeX(groupBuffers, axConnection, "tls connection") && c.chargeX(groupHandshake, axHandshake, "handshake")
	if ok && c.cfg.Role == Server {
		ok = c.chargeX(groupBuffers, axSession, "session")
	}
	return ok
}

func axCertBytes(cert *axcert.Certificate) int {
	return axCertPerByte*cert.Key.Size() + axCertBase - axBlockHeader
}

func (c *Conn) chargeCertX(g group, cert *axcert.Certificate) bool {
	return c.chargeX(g, axCertBytes(cert), "certificate")
}

// chargeLoadX charges what loading an entry of n bytes takes for a while.
func (c *Conn) chargeLoadX(n int) bool { return c.lumpX(n+axBlockHeader+axObject, "entry") }

// lumpX charges numbers that live for one operation.
func (c *Conn) lumpX(n int, what string) bool {
	ok := c.chargeX(groupTemp, max(n-axBlockHeader, 1), what)
	c.heap.free(groupTemp)
	return ok
}

// chargeOwnCertX charges the own certificate: parsed for a while, kept as it is.
func (c *Conn) chargeOwnCertX(cert *axcert.Certificate) bool {
	return c.chargeX(groupConfig, len(cert.Raw), "own certificate") && c.lumpX(axCertBytes(cert)+axBlockHeader, "certificate")
}

func axKeyBytes(k *axcert.PrivateKey) int { return axKeyPerByte*k.Size() + axKeyBase }

func (c *Conn) chargeKeyX(k *axcert.PrivateKey, n int) bool {
	return c.chargeX(groupConfig, axKeyBytes(k)-axBlockHeader, "private key") && c.chargeLoadX(n)
}

func (c *Conn) chargeEncryptX(k *crt.PublicKey) bool {
	return c.lumpX(axEncryptPerByte*k.Size()+axEncryptBase, "numbers of a public key")
}

func (c *Conn) chargeVerifyX(k *crt.PublicKey) bool {
	return c.lumpX(axVerifyPerByte*k.Size()+axVerifyBase, "numbers of a public key")
}

// chargePrivateX charges an operation with the own key. A server's stays as large as its first use made it.
func (c *Conn) chargePrivateX() bool {
	k := c.ax.key
	if c.cfg.Role == Client {
		return c.lumpX(between(axSigning, k.Size()), "numbers of the private key")
	}
	return c.chargeX(groupConfig, max(between(axKeyUsed, k.Size())-axKeyBytes(k), 2*axBlockHeader)-axBlockHeader, "numbers of the private key")
}

// chargeCipherX charges one direction's keys.
func (c *Conn) chargeCipherX() bool {
	n := axCipherAES
	if c.suite.id == RSAWithRC4128SHA || c.suite.id == RSAWithRC4128MD5 {
		n = axCipherRC4
	}
	return c.chargeX(groupBuffers, n, "cipher context")
}
