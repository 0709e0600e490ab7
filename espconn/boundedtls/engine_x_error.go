package boundedtls

import (
	"fmt"
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/axcert"
)

// Alerts that only engine X sends (axtls.md 1.3).
const (
	alertBadCertificate   = 42
	alertIllegalParameter = 47
)

// Statuses that the application sees (axtls.md 1.4); 0 stands for the disconnect callback.
const (
	axHandshakeFailed = -28
	axDataInvalid     = -61
)

const axNotOK = -1 // the library's general failure (tls.md 4.6)

// axReason is a failure of engine X: the library's internal code, the text that the device prints behind "Error: ", and
// the alert that it sends, noAlertX for none (axtls.md 1.3, tls.md 4.6).
type axReason struct {
	code  int
	text  string
	alert byte
}

const noAlertX = 255

var (
	axConnectionLost = axReason{-256, "connection lost", noAlertX}
	axBadHandshake   = axReason{-260, "invalid handshake", alertHandshakeFailure}
	axBadMessage     = axReason{-261, "invalid protocol message", alertHandshakeFailure}
	axBadMAC         = axReason{-262, "invalid mac", alertBadRecordMAC}
	axBadVersion     = axReason{-263, "invalid version", alertProtocolVersion}
	axBadSession     = axReason{-265, "invalid session", alertIllegalParameter}
	axNoCipher       = axReason{-266, "no cipher", alertIllegalParameter}
	axBadCert        = axReason{-268, "bad certificate", alertBadCertificate}
	axBadFinished    = axReason{-271, "finished invalid", alertBadRecordMAC}
	axNoCertificate  = axReason{-272, "no certificate defined", alertUnexpectedMessage}
	axNoRenegotiate  = axReason{-273, "client renegotiation not supported", alertNoRenegotiation}
	axNotSupported   = axReason{-274, "Option not supported", alertUnexpectedMessage}
)

// ReasonText returns the text that engine X prints behind "Error: " for an internal code of its library, "" for an unknown
// one (tls.md 4.6).
func ReasonText(code int) string {
	for _, r := range []axReason{axConnectionLost, axBadHandshake, axBadMessage, axBadMAC, axBadVersion, axBadSession, axNoCipher,
		axBadCert, axBadFinished, axNoCertificate, axNoRenegotiate, axNotSupported} {
		if r.code == code {
			return r.text
		}
	}
	return axcert.Fault(-512 - code).String()
}

// failX sends the alert that belongs to r and fails the connection: -28 in the handshake, -61 after it.
func (c *Conn) failX(r axReason, d *Diagnosis) flow {
	if c.err != nil {
		return flowFail
	}
	if r.alert != noAlertX {
		c.alertX(levelFatal, r.alert)
	}
	status := int16(axDataInvalid)
	if !c.quiet {
		status = axHandshakeFailed
	}
	return c.endX(r.code, r.text, status, d)
}

// endX records the failure with the status for the callback.
func (c *Conn) endX(code int, text string, status int16, d *Diagnosis) flow {
	if d == nil {
		d = &Diagnosis{What: text}
	}
	c.fail(code, d)
	c.err.Text, c.err.Status = text, status
	return flowFail
}

// overflowX is where the library writes or reads through memory that it does not own; without the bug the connection
// fails by r.
func (c *Conn) overflowX(bug bool, what string, r axReason, d *Diagnosis) flow {
	if bug {
		return c.crash(what)
	}
	if d == nil {
		d = &Diagnosis{What: what}
	}
	return c.failX(r, d)
}

// closedX is the peer's alert: the device answers and closes, and the application gets the disconnect callback whatever
// the alert's level was. A warning close_notify is answered after the handshake only (axtls.md 1.3, 1.4).
func (c *Conn) closedX(level, desc byte) flow {
	if level == levelWarning && desc == alertCloseNotify {
		if c.quiet {
			c.alertX(levelWarning, alertCloseNotify)
		}
		return c.endX(-3, "SSL error 3", 0, &Diagnosis{Item: "alert", What: "the peer sent close_notify"})
	}
	c.alertX(levelFatal, alertUnexpectedMessage)
	d := c.diagAlert(desc)
	if desc == alertProtocolVersion {
		d.Remedy = "enable TLS 1.0 or 1.1 on the peer: the device knows no other version"
	}
	if level != levelFatal {
		d.What = fmt.Sprintf("the peer sent the warning %s(%d); this library ends the connection on any alert", alertName(desc), desc)
	}
	return c.endX(-int(desc), "SSL error "+strconv.Itoa(int(desc)), 0, d)
}

func diagFaultX(f axcert.Fault) *Diagnosis {
	d := &Diagnosis{Item: "chain", What: "the chain check failed: " + f.String()}
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

// diagRecordX explains a record over S-5.
func (c *Conn) diagRecordX(typ byte, n, limit int) *Diagnosis {
	item := "record"
	switch {
	case typ == typeData && c.ax.rd != nil:
		item = "application data record"
	case typ == typeHandshake && c.ax.rd == nil && c.ax.next == hsCertificate:
		item = "Certificate message"
	case typ == typeHandshake && c.ax.next == hsClientHello:
		item = "ClientHello"
	}
	d := diagTooLong(item, n, limit)
	d.LeastSize = n + headerLen
	if d.LeastSize <= MaxSize {
		d.Remedy = fmt.Sprintf("set the size to %d or more, or shorten the %s", d.LeastSize, item)
	} else {
		d.Remedy = fmt.Sprintf("shorten the %s: no size helps above %d bytes", item, MaxSize-headerLen)
	}
	if item == "application data record" {
		d.Remedy += "; the peer's record may hold at most what is left without vector, MAC and padding"
	}
	return d
}

// refusedX is TCP without memory for a record: the library does not look, and the record is lost (oracle/axtls H, E:M 1592
// and the handshake goes on). Without that bug the connection fails.
func (c *Conn) refusedX(code int) {
	if c.eng.MallocUncheckedBug || c.err != nil {
		return
	}
	status := int16(axDataInvalid)
	if !c.quiet {
		status = axHandshakeFailed
	}
	c.endX(code, fmt.Sprintf("undefined as yet - %d", code), status, &Diagnosis{Item: "record", What: "TCP did not accept the record",
		Remedy: "free more heap, and keep the flight within the 2,920-byte send buffer"})
}
