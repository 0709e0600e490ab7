package session

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
)

// NoMemory is a failed allocation.
func NoMemory(what string) *boundedtls.Cause {
	return &boundedtls.Cause{ID: boundedtls.CauseNoMemory, Object: what}
}

// NotTLS is a header of five bytes that is none of TLS.
func NotTLS(hdr []byte) *boundedtls.Cause {
	for _, b := range hdr {
		if (b < ' ' || b > '~') && b != '\r' && b != '\n' {
			return &boundedtls.Cause{ID: boundedtls.CauseNotTLS, Have: int(hdr[0])}
		}
	}
	return &boundedtls.Cause{ID: boundedtls.CausePlainText, Object: fmt.Sprintf("%q", hdr)}
}

// TooLong is an object of n bytes against the limit s.
func TooLong(id boundedtls.CauseID, object string, n, s int) *boundedtls.Cause {
	return &boundedtls.Cause{ID: id, Object: object, Have: n, Limit: s, Least: n}
}

// Split is a message of n bytes that goes on in the next record.
func Split(typ byte, n, have int) *boundedtls.Cause {
	return &boundedtls.Cause{ID: boundedtls.CauseSplit, Object: handshake.MessageName(typ) + " message", Have: n, Limit: have}
}

// Talk is what the two sides had said when an alert came, as far as its meaning depends on it.
type Talk struct {
	Role   boundedtls.Role // the device's
	Agreed bool            // the ServerHello was there: version and suite were agreed
	Asked  bool            // the server had asked for a certificate
	Own    bool            // the client has one to send
}

// Alert is a fatal alert of the peer. One about suites that comes behind the ServerHello is about something else: a server says so, too,
// to a client that has no certificate (RFC 5246 7.4.6).
func Alert(t Talk, desc byte) *boundedtls.Cause {
	c := &boundedtls.Cause{ID: boundedtls.CauseAlert, Object: fmt.Sprintf("%s(%d)", record.AlertName(desc), desc)}
	switch desc {
	case 40, 71:
		switch {
		case t.Role == boundedtls.Server || !t.Agreed:
			c.ID = boundedtls.CauseAlertSuite
		case t.Asked && t.Own:
			c.ID = boundedtls.CauseAlertCertificate
		case t.Asked:
			c.ID = boundedtls.CauseAlertNoCertificate
		}
	case 70:
		c.ID = boundedtls.CauseAlertVersion
	case 112:
		c.ID = boundedtls.CauseAlertName
	case 44, 45:
		c.ID = boundedtls.CauseAlertCertificateOver
	case 42, 43, 46, 48, 116:
		c.ID = boundedtls.CauseAlertCertificate
		if desc == 116 || desc == 42 && t.Role == boundedtls.Client && !t.Own {
			c.ID = boundedtls.CauseAlertNoCertificate
		}
	case 20, 51:
		c.ID = boundedtls.CauseAlertKey
	case 22:
		c.ID = boundedtls.CauseAlertLength
	}
	return c
}

// ForeignSuite is a suite that the server chose and the device does not have.
func ForeignSuite(id boundedtls.Suite) *boundedtls.Cause {
	if name := id.String(); name != "" {
		return &boundedtls.Cause{ID: boundedtls.CauseSuite, Object: name}
	}
	return &boundedtls.Cause{ID: boundedtls.CauseUnknownSuite, Object: fmt.Sprintf("%04X", uint16(id))}
}

// Version is the peer's version as "major.minor".
func Version(id boundedtls.CauseID, v uint16) *boundedtls.Cause {
	return &boundedtls.Cause{ID: id, Object: fmt.Sprintf("%d.%d", v>>8, v&0xFF)}
}

// Untrusted is a chain check of mbedTLS that failed with flags (tls.md 4.3). minBits is the least key that it takes, 0 if that is not
// known.
func Untrusted(flags uint32, minBits int) *boundedtls.Cause {
	why := &boundedtls.Cause{ID: boundedtls.CauseChain, Object: fmt.Sprintf("0x%06x", flags)}
	switch {
	case flags&0x010000 != 0:
		why.ID, why.Limit = boundedtls.CauseChainKey, minBits
	case flags&0x4000 != 0:
		why.ID = boundedtls.CauseChainSignature
	case flags&0x08 != 0:
		why.ID = boundedtls.CauseChainUntrusted
	}
	return why
}
