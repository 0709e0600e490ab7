package axtls

import (
	"fmt"
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
	badFinished     = reason{-271, "finished invalid", record.BadRecordMAC}
	noCertificate   = reason{-272, "no certificate defined", record.UnexpectedMessage}
	noRenegotiation = reason{-273, "client renegotiation not supported", record.NoRenegotiation}
	notSupported    = reason{-274, "Option not supported", record.UnexpectedMessage}
)

// fail sends the alert that belongs to r and fails the connection: -28 in the handshake, -61 after it.
func (c *conn) fail(r reason, d *boundedtls.Diagnosis) session.Flow {
	if c.Failure != nil {
		return session.Fail
	}
	if r.alert != noAlert {
		c.alert(record.Fatal, r.alert)
	}
	return c.end(r.code, r.text, c.status(), d)
}

// status is what the application sees of a failure.
func (c *conn) status() int16 {
	if c.Up {
		return dataInvalid
	}
	return handshakeFailed
}

// end records the failure with the status for the callback.
func (c *conn) end(code int, text string, status int16, d *boundedtls.Diagnosis) session.Flow {
	if d == nil {
		d = &boundedtls.Diagnosis{What: text}
	}
	c.Fail(code, d)
	c.Failure.Text, c.Failure.Status = text, status
	return session.Fail
}

// overflow is where the library writes or reads through memory that it does not own; without the bug the connection
// fails by r.
func (c *conn) overflow(bug bool, what string, r reason, d *boundedtls.Diagnosis) session.Flow {
	if bug {
		return c.Crash(what)
	}
	if d == nil {
		d = &boundedtls.Diagnosis{What: what}
	}
	return c.fail(r, d)
}

// ended is the peer's alert: the device answers and closes, and the application gets the disconnect callback whatever
// the alert's level was. A warning close_notify is answered after the handshake only (axtls.md 1.3, 1.4).
func (c *conn) ended(level, desc byte) session.Flow {
	if level == record.Warning && desc == record.CloseNotify {
		if c.Up {
			c.alert(record.Warning, record.CloseNotify)
		}
		return c.end(-3, "SSL error 3", 0, &boundedtls.Diagnosis{Item: "alert", What: "the peer sent close_notify"})
	}
	c.alert(record.Fatal, record.UnexpectedMessage)
	d := session.DiagAlert(c.Cfg.Role, desc, "TLS_RSA_WITH_AES_128_CBC_SHA")
	if desc == record.ProtocolVersion {
		d.Remedy = "enable TLS 1.0 or 1.1 on the peer: the device knows no other version"
	}
	if level != record.Fatal {
		d.What = fmt.Sprintf("the peer sent the warning %s(%d); this library ends the connection on any alert", record.AlertName(desc), desc)
	}
	return c.end(-int(desc), "SSL error "+strconv.Itoa(int(desc)), 0, d)
}

func diagFault(f axcert.Fault) *boundedtls.Diagnosis {
	d := &boundedtls.Diagnosis{Item: "chain", What: "the chain check failed: " + f.String()}
	switch f {
	case axcert.NoTrustedCert, axcert.SelfSigned:
		d.Remedy = "burn the CA that signed the last certificate that the server sends"
	case axcert.BadSignature:
		d.Remedy = "sign with SHA-1, SHA-256, SHA-384 or SHA-512 and RSA PKCS#1 v1.5, and burn the CA with the right key"
	case axcert.NotYetValid:
		d.Remedy = "set the device's clock (SNTP) before connecting"
	case axcert.Expired:
		d.Remedy = "use certificates that end before 19 January 2038 and are not expired by the device's clock"
	case axcert.InvalidChain:
		d.Remedy = "let the server send its chain in order, leaf first, each followed by its issuer"
	}
	return d
}

// diagRecord explains a record over S-5.
func (c *conn) diagRecord(typ byte, n, limit int) *boundedtls.Diagnosis {
	item := "record"
	switch {
	case typ == record.Data && c.rd != nil:
		item = "application data record"
	case typ == record.Handshake && c.rd == nil && c.next == handshake.Certificate:
		item = "Certificate message"
	case typ == record.Handshake && c.next == handshake.ClientHello:
		item = "ClientHello"
	}
	d := session.DiagTooLong(item, n, limit)
	d.LeastSize = n + record.HeaderLen
	if d.LeastSize <= boundedtls.MaxSize {
		d.Remedy = fmt.Sprintf("set the size to %d or more, or shorten the %s", d.LeastSize, item)
	} else {
		d.Remedy = fmt.Sprintf("shorten the %s: no size helps above %d bytes", item, boundedtls.MaxSize-record.HeaderLen)
	}
	if item == "application data record" {
		d.Remedy += "; the peer's record may hold at most what is left without vector, MAC and padding"
	}
	return d
}
