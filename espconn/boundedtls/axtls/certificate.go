package axtls

import (
	"bytes"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// OwnCert takes the own certificate. Server: DER as it is, anything else counts as none. Client: DER or PEM (axtls.md 4).
// Refused entries give an Error that does not fail the connection: the driver prints its line and goes on.
func (c *conn) OwnCert(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	if !c.chargeContext() {
		return c.Failure
	}
	der := c.der(b, "CERTIFICATE")
	var cert *axcert.Certificate
	if der != nil {
		cert = axcert.Parse(der, nil)
	}
	if cert == nil {
		c.chargeEntry(len(b))
		c.Heap.Free(ledger.Temp)
		if c.Failure != nil {
			return c.Failure
		}
		return &boundedtls.Error{Code: notOK, Text: "X509 not ok", Status: handshakeFailed,
			Cause: &boundedtls.Cause{ID: boundedtls.CauseOwnCertificate, Role: c.Cfg.Role}}
	}
	if !c.chargeOwnCert(cert) {
		return c.Failure
	}
	c.cert = bytes.Clone(der)
	return nil
}

// OwnKey takes the own key in the same way.
func (c *conn) OwnKey(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	if !c.chargeContext() {
		return c.Failure
	}
	var key *axcert.PrivateKey
	if der := c.der(b, "RSA PRIVATE KEY"); der != nil {
		key = axcert.ParseKey(der)
	}
	if key == nil {
		c.chargeEntry(len(b))
		c.Heap.Free(ledger.Temp)
		if c.Failure != nil {
			return c.Failure
		}
		return &boundedtls.Error{Code: notOK, Text: "Invalid private key", Status: handshakeFailed,
			Cause: &boundedtls.Cause{ID: boundedtls.CauseOwnKey, Role: c.Cfg.Role}}
	}
	if !c.chargeKey(key, len(b)) {
		return c.Failure
	}
	c.key = key
	return nil
}

// der decodes an entry. A server's credentials are never taken for PEM (axtls.md 4).
func (c *conn) der(b []byte, label string) []byte {
	if c.Cfg.Role == boundedtls.Server || !axcert.IsPEM(b) {
		return b
	}
	c.print("the file is a PEM file.")
	if blocks := axcert.Blocks(b, label); len(blocks) > 0 {
		return blocks[0]
	}
	return nil
}

// CA adds the certificates of one entry of the CA image to the trust store. An unreadable one adds nothing (axtls.md 3).
func (c *conn) CA(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	if !c.chargeContext() {
		return c.Failure
	}
	blocks := [][]byte{b}
	if axcert.IsPEM(b) {
		c.print("the file is a PEM file.")
		blocks = axcert.Blocks(b, "CERTIFICATE")
		for _, der := range axcert.Blocks(b, "RSA PRIVATE KEY") {
			// A private key is kept too (oracle/axtls F/client/ca_key_only). Choice: as memory alone.
			if key := axcert.ParseKey(der); key != nil && !c.chargeKey(key, 0) {
				return c.Failure
			}
		}
	}
	for _, der := range blocks {
		if !c.have {
			c.have = true
			if !c.charge(ledger.Config, sizeStore, "trust store") {
				return c.Failure
			}
		}
		if len(c.store) == storeMax {
			break
		}
		cert := axcert.Parse(der, nil)
		if cert == nil {
			continue
		}
		// While bytes are left behind the certificate, the library reads the same one again
		// (oracle/axtls F/sector/length_too_long).
		for rest := len(der); rest > 0 && len(c.store) < storeMax; rest -= cert.Length {
			if !c.chargeCert(ledger.Config, cert) {
				return c.Failure
			}
			c.store = append(c.store, cert)
		}
	}
	return nil
}

// storeMax is the number of certificates in the trust store (axtls.md 3).
const storeMax = 3

// verifyChain checks the peer's chain against the trust store.
func (c *conn) verifyChain() session.Flow {
	now := c.Cfg.Now
	if now == nil {
		now = func() uint32 { return 0 }
	}
	check := axcert.Check{
		Now: now, Wrap32: c.eng.Wrap2038Bug, HaveStore: c.have, Store: c.store, Print: c.print,
		Public: func(k *x509.PublicKey) bool {
			c.Spend(boundedtls.OpRSAPublic, k.Bits())
			return c.chargeVerify(k)
		},
	}
	fault, stopped := check.Verify(c.chain)
	if stopped {
		return session.Fail
	}
	c.Verified(uint32(fault), fault.Code())
	if fault == axcert.OK {
		return session.OK
	}
	return c.fail(reason{fault.Code(), fault.String(), record.BadCertificate}, untrusted(fault))
}
