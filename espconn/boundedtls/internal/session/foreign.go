package session

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// UsesKey notes that the handshake depends on the device's own key from here on. Neither library compares it with the certificate: a key
// of another certificate shows in what the peer answers, as an alert, or as records that nobody can decrypt (tls.md 4.1, axtls.md 4).
func (b *Base) UsesKey(cert, key *x509.PublicKey) {
	if cert.N.Cmp(key.N) != 0 || cert.E.Cmp(key.E) != 0 {
		b.foreign = &boundedtls.Cause{ID: boundedtls.CauseForeignKey, Have: key.N.BitLen(), Limit: cert.N.BitLen()}
	}
}

// showsForeignKey says how a failure of the handshake behind the use of the own key shows that it is a foreign one; "" if it comes of
// something else, such as a want of memory.
func (b *Base) showsForeignKey(c *boundedtls.Cause) string {
	switch c.ID {
	case boundedtls.CauseClientKeyExchange, boundedtls.CauseMessage:
		if b.foreign.Have != b.foreign.Limit {
			return "the premaster secret is encrypted for a key of another length"
		}
	case boundedtls.CauseRecordMAC, boundedtls.CauseRecordPadding, boundedtls.CauseRecordBlocks, boundedtls.CauseRecordDamaged,
		boundedtls.CausePlaintextTooLong, boundedtls.CauseFinished:
		return "the peer's first encrypted record cannot be read"
	case boundedtls.CauseAlert, boundedtls.CauseAlertSuite, boundedtls.CauseAlertSuiteDHE, boundedtls.CauseAlertKey,
		boundedtls.CauseAlertTLS10, boundedtls.CauseAlertCertificate, boundedtls.CauseWarning:
		return "the peer answered with the alert " + c.Object
	case boundedtls.CausePeerClosed, boundedtls.CauseCloseNotify:
		return "the peer ended the handshake"
	}
	return ""
}
