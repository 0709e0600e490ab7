package mbedtls

import (
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// causes are those of codes whose place in the code has nothing to add.
var causes = map[int]boundedtls.CauseID{
	codePeerCloseNotify: boundedtls.CausePeerClosed,
	codeCounterWrapping: boundedtls.CauseCounter,
}

// tooLong explains a record that is refused by its header. The bytes behind the header are looked at when they are there, to
// name the message and to see whether a larger size would help at all.
func (c *conn) tooLong(typ byte, n, s int) *boundedtls.Cause {
	if c.rd != nil {
		if typ != record.Data {
			why := session.TooLong(boundedtls.CauseTooLong, "record", n, s+overhead-c.bodyOffset())
			why.Least = n - overhead + c.bodyOffset()
			return why
		}
		// The plaintext's length is known only up to the padding.
		plain := n - c.rd.MACLen() - 1
		if c.bodyOffset() == offVector {
			plain -= record.VectorLen
		}
		return session.TooLong(boundedtls.CauseDataTooLong, strconv.Itoa(n), plain, s)
	}
	item := "record"
	if typ == record.Handshake && c.Step == session.ServerCertificate || c.Step == session.ClientCertificate {
		item = "Certificate message"
	}
	body := c.In.Bytes[c.In.Pos+record.HeaderLen:]
	if typ != record.Handshake || len(body) < handshake.HeaderLen {
		return session.TooLong(boundedtls.CauseTooLong, item, n, s)
	}
	msg := handshake.HeaderLen + (int(body[1])<<16 | int(body[2])<<8 | int(body[3]))
	name := handshake.MessageName(body[0])
	switch {
	case msg > n:
		return session.Split(body[0], msg, n)
	case msg < n:
		return session.TooLong(boundedtls.CauseRecordOfSeveral, name, n, s)
	case body[0] == handshake.Certificate:
		return session.TooLong(boundedtls.CauseCertificateTooLong, name+" message", n, s)
	}
	return session.TooLong(boundedtls.CauseTooLong, name+" message", n, s)
}

// damaged explains a record that cannot be decrypted.
func (c *conn) damaged(why record.Result, typ byte, plain int) *boundedtls.Cause {
	switch why {
	case record.TooLong:
		item := "application data"
		if typ != record.Data {
			item = "record"
		}
		return session.TooLong(boundedtls.CausePlaintextTooLong, item, plain, c.Size())
	case record.BadLength:
		return &boundedtls.Cause{ID: boundedtls.CauseRecordBlocks}
	case record.BadPadding:
		return &boundedtls.Cause{ID: boundedtls.CauseRecordPadding}
	}
	return &boundedtls.Cause{ID: boundedtls.CauseRecordMAC}
}

// alerted explains a fatal alert of the peer.
func (c *conn) alerted(desc byte) *boundedtls.Cause {
	why := session.Alert(session.Talk{Role: c.Cfg.Role, Agreed: c.Step > session.ServerHello,
		Asked: c.hs != nil && c.hs.certRequested, Own: len(c.ownChain) > 0}, desc)
	switch {
	case why.ID == boundedtls.CauseAlertSuite && c.eng.DHE:
		why.ID = boundedtls.CauseAlertSuiteDHE
	case why.ID == boundedtls.CauseAlertKey && c.Version == boundedtls.VersionTLS10 && c.shift:
		why.ID = boundedtls.CauseAlertTLS10
	}
	return why
}

// ownChainTooLong explains an own chain over the size (tls.md 2.4).
func (c *conn) ownChainTooLong(s int) *boundedtls.Cause {
	n := 7
	for _, cert := range c.ownChain {
		n += 3 + len(cert.Raw)
	}
	return session.TooLong(boundedtls.CauseOwnChainTooLong, "", n, s)
}
