package axtls

import (
	"bytes"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// OwnCert takes the own certificate. Server: DER as it is, anything else counts as none. Client: DER or PEM (axtls.md 4).
// Refused entries give an Error that does not fail the connection: the driver prints its line and goes on.
func (c *conn) OwnCert(b []byte) *boundedtls.Error {
	return c.own(b, "CERTIFICATE", "X509 not ok", boundedtls.CauseOwnCertificate, func(der []byte) bool {
		cert := axcert.Parse(der, nil)
		if cert == nil {
			c.charge(ledger.Temp, sizeCert, "certificate")
			return false
		}
		if c.chargeOwnCert(cert) {
			c.cert, c.named = bytes.Clone(der), cert
		}
		return true
	})
}

// OwnKey takes the own key in the same way.
func (c *conn) OwnKey(b []byte) *boundedtls.Error {
	return c.own(b, "RSA PRIVATE KEY", "Invalid private key", boundedtls.CauseOwnKey, func(der []byte) bool {
		key := axcert.ParseKey(der)
		if key != nil && c.chargeKey(key) {
			c.key = key
		}
		return key != nil
	})
}

// useKey notes that the own key is used.
func (c *conn) useKey() {
	if c.named != nil {
		c.UsesKey(&c.named.Key, &c.key.PublicKey)
	}
}

// own takes the first object of an entry. A server's credentials are never taken for PEM (axtls.md 4). take reports whether
// the object can be read.
func (c *conn) own(b []byte, label, refused string, cause boundedtls.CauseID, take func(der []byte) bool) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	e := c.newEntry(b)
	defer e.free()
	blocks := []axcert.Block{{DER: b}}
	if c.Cfg.Role == boundedtls.Client && axcert.IsPEM(b) {
		blocks = e.pem(label)
	}
	taken := len(blocks) > 0 && e.use(blocks[0], take)
	if c.Failure != nil {
		return c.Failure
	}
	if !taken {
		return &boundedtls.Error{Code: notOK, Text: refused, Status: handshakeFailed,
			Cause: &boundedtls.Cause{ID: cause, Role: c.Cfg.Role}}
	}
	return nil
}

// CA adds the certificates of one entry of the CA image to the trust store. An unreadable one adds nothing (axtls.md 3).
func (c *conn) CA(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	e := c.newEntry(b)
	defer e.free()
	blocks := []axcert.Block{{DER: b}}
	if axcert.IsPEM(b) {
		blocks = e.pem("CERTIFICATE")
		for _, block := range axcert.Blocks(b, "RSA PRIVATE KEY") {
			// A private key is kept too (oracle/axtls F/client/ca_key_only). Choice: as memory alone.
			e.use(block, func(der []byte) bool {
				key := axcert.ParseKey(der)
				return key != nil && c.chargeKey(key)
			})
		}
	}
	for _, block := range blocks {
		e.use(block, c.trust)
	}
	return c.Failure
}

// trust adds a certificate to the trust store.
func (c *conn) trust(der []byte) bool {
	if !c.have {
		c.have = true
		if !c.charge(ledger.Config, sizeStore, "trust store") {
			return false
		}
	}
	if len(c.store) == storeMax {
		return false
	}
	cert := axcert.Parse(der, nil)
	if cert == nil {
		c.charge(ledger.Temp, sizeCert, "certificate")
		return false
	}
	// While bytes are left behind the certificate, the library reads the same one again
	// (oracle/axtls F/sector/length_too_long).
	for rest := len(der); rest > 0 && len(c.store) < storeMax; rest -= cert.Length {
		if !c.chargeCert(ledger.Config, cert) {
			return false
		}
		c.store = append(c.store, cert)
	}
	return true
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
		Checked: func(signer, cert *axcert.Certificate, good bool) bool {
			c.Spend(boundedtls.OpRSAPublic, signer.Key.Bits())
			return c.chargeVerify(signer, cert, good)
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
