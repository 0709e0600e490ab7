package axtls

import (
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Statuses that the application sees (axtls.md 1.4); 0 stands for the disconnect callback.
const (
	handshakeFailed = -28
	dataInvalid     = -61
)

const notOK = -1 // the library's general failure (tls.md 4.6)

// reason is a failure of axTLS: the library's internal code, the text that the device prints behind "Error: ", and
// the alert that it sends, noAlert for none (axtls.md 1.3, tls.md 4.6).
type reason struct {
	code  int
	text  string
	alert byte
}

const noAlert = 255

var (
	connectionLost  = reason{-256, "connection lost", noAlert}
	badHandshake    = reason{-260, "invalid handshake", record.HandshakeFailure}
	badMessage      = reason{-261, "invalid protocol message", record.HandshakeFailure}
	badMAC          = reason{-262, "invalid mac", record.BadRecordMAC}
	badVersion      = reason{-263, "invalid version", record.ProtocolVersion}
	badSession      = reason{-265, "invalid session", record.IllegalParameter}
	noCipher        = reason{-266, "no cipher", record.IllegalParameter}
	badCert         = reason{-268, "bad certificate", record.BadCertificate}
	badKey          = reason{-269, "invalid key", record.IllegalParameter}
	badFinished     = reason{-271, "finished invalid", record.BadRecordMAC}
	noCertificate   = reason{-272, "no certificate defined", record.UnexpectedMessage}
	noRenegotiation = reason{-273, "client renegotiation not supported", record.NoRenegotiation}
	notSupported    = reason{-274, "Option not supported", record.UnexpectedMessage}
)

// ErrorText returns what the device prints behind "Error: " for a code of the library, and the status that the application sees of it, in
// the handshake or after it (axtls.md 1.4).
func ErrorText(code int, established bool) (text string, status int16) {
	status = handshakeFailed
	if established {
		status = dataInvalid
	}
	for _, r := range []reason{connectionLost, badHandshake, badMessage, badMAC, badVersion, badSession, noCipher, badCert, badKey,
		badFinished, noCertificate, noRenegotiation, notSupported} {
		if r.code == code {
			return r.text, status
		}
	}
	if code > connectionLost.code {
		status = 0 // an alert
	}
	return "SSL error " + strconv.Itoa(-code), status
}

// fail sends the alert that belongs to r and fails the connection: -28 in the handshake, -61 after it.
func (c *conn) fail(r reason, why *boundedtls.Cause) session.Flow {
	if c.Failure != nil {
		return session.Fail
	}
	if r.alert != noAlert {
		c.alert(record.Fatal, r.alert)
	}
	return c.end(r.code, r.text, c.status(), why)
}

// status is what the application sees of a failure.
func (c *conn) status() int16 {
	if c.Up {
		return dataInvalid
	}
	return handshakeFailed
}

// end records the failure with the status for the callback.
func (c *conn) end(code int, text string, status int16, why *boundedtls.Cause) session.Flow {
	if why == nil {
		why = &boundedtls.Cause{ID: boundedtls.CauseOther, Object: text}
	}
	c.Fail(code, why)
	c.Failure.Text, c.Failure.Status = text, status
	return session.Fail
}

// overflow is where the library writes or reads through memory that it does not own; without the bug the connection
// fails by r.
func (c *conn) overflow(bug bool, what string, r reason, why *boundedtls.Cause) session.Flow {
	if bug {
		return c.Crash(what)
	}
	return c.fail(r, why)
}

// sameAsClose is the description of an alert whose negative is the library's result for close_notify.
const sameAsClose = 3

// ended is the peer's alert: the device answers and closes, and the application gets the disconnect callback whatever
// the alert's level was. A close_notify is answered by one, in the handshake too; an alert of number 3 by none, because its result
// is that of a close_notify that was answered (axtls.md 1.3, 1.4, 10).
func (c *conn) ended(level, desc byte) session.Flow {
	if level == record.Warning && desc == record.CloseNotify {
		c.alert(record.Warning, record.CloseNotify)
		return c.end(-sameAsClose, "SSL error 3", 0, &boundedtls.Cause{ID: boundedtls.CauseCloseNotify})
	}
	if desc != sameAsClose {
		c.alert(record.Fatal, record.UnexpectedMessage)
	}
	why := session.Alert(session.Talk{Role: c.Cfg.Role, Agreed: c.next != handshake.ServerHello, Asked: c.requested,
		Own: len(c.cert) > 0}, desc)
	switch {
	case level != record.Fatal:
		why.ID = boundedtls.CauseWarning
	case desc == record.ProtocolVersion:
		why.ID = boundedtls.CauseAxTLSAlertVersion
	}
	return c.end(-int(desc), "SSL error "+strconv.Itoa(int(desc)), 0, why)
}

// chainCauses are the causes of refused chains.
var chainCauses = map[axcert.Fault]boundedtls.CauseID{
	axcert.NoTrustedCert: boundedtls.CauseAxTLSChainUntrusted,
	axcert.SelfSigned:    boundedtls.CauseAxTLSChainUntrusted,
	axcert.BadSignature:  boundedtls.CauseAxTLSChainSignature,
	axcert.NotYetValid:   boundedtls.CauseAxTLSChainEarly,
	axcert.Expired:       boundedtls.CauseAxTLSChainExpired,
	axcert.InvalidChain:  boundedtls.CauseAxTLSChainOrder,
}

// untrusted explains why a chain is refused.
func untrusted(f axcert.Fault) *boundedtls.Cause {
	return &boundedtls.Cause{ID: chainCauses[f], Object: f.String()}
}

// tooLong explains a record over S-5.
func (c *conn) tooLong(typ byte, n, limit int) *boundedtls.Cause {
	id, item := boundedtls.CauseAxTLSTooLong, "record"
	switch {
	case typ == record.Data && c.rd != nil:
		id, item = boundedtls.CauseAxTLSDataTooLong, "application data record"
	case typ == record.Handshake && c.rd == nil && c.next == handshake.Certificate:
		item = "Certificate message"
	case typ == record.Handshake && c.next == handshake.ClientHello:
		item = "ClientHello"
	}
	why := session.TooLong(id, item, n, limit)
	why.Least = n + record.HeaderLen
	return why
}
