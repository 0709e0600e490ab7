package session

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
)

// DiagMemory explains a failed allocation.
func DiagMemory(what string) *boundedtls.Diagnosis {
	return &boundedtls.Diagnosis{Item: "heap", What: "out of memory for " + what,
		Remedy: "free more heap before connecting, choose a smaller size, or shorten keys and chains"}
}

// DiagNotTLS explains a header of five bytes that is none of TLS.
func DiagNotTLS(hdr []byte) *boundedtls.Diagnosis {
	d := &boundedtls.Diagnosis{Item: "record", What: fmt.Sprintf("content type %d is not TLS", hdr[0]),
		Remedy: "connect to a port that speaks TLS from the first byte on, not plain text or STARTTLS"}
	printable := true
	for _, b := range hdr {
		printable = printable && (b >= ' ' && b <= '~' || b == '\r' || b == '\n')
	}
	if printable {
		d.What = fmt.Sprintf("the peer answers with plain text: %q", hdr)
	}
	return d
}

// DiagTooLong is an item of n bytes against the limit s.
func DiagTooLong(item string, n, s int) *boundedtls.Diagnosis {
	d := &boundedtls.Diagnosis{Item: item, Bytes: n, Limit: s, LeastSize: n,
		What: fmt.Sprintf("%s of %d bytes, limit %d", item, n, s)}
	if n <= boundedtls.MaxSize {
		d.Remedy = fmt.Sprintf("set the size to %d or more, or shorten the %s", n, item)
	} else {
		d.Remedy = fmt.Sprintf("shorten the %s: no size helps above %d bytes", item, boundedtls.MaxSize)
	}
	return d
}

// DiagSplit explains a message that goes on in the next record.
func DiagSplit(typ byte, msg, have int) *boundedtls.Diagnosis {
	name := handshake.MessageName(typ)
	d := &boundedtls.Diagnosis{Item: name + " message", Bytes: msg, Limit: have,
		What:   fmt.Sprintf("%s message of %d bytes is split over records (%d bytes in the first)", name, msg, have),
		Remedy: "no size helps: let the peer send the message in one record (raise its record limit, or shorten the message)"}
	return d
}

// DiagAlert explains a fatal alert of the peer of a device in a role. suites names an example of what a peer could enable.
func DiagAlert(role boundedtls.Role, desc byte, suites string) *boundedtls.Diagnosis {
	d := &boundedtls.Diagnosis{Item: "alert", What: fmt.Sprintf("the peer sent the fatal alert %s(%d)", record.AlertName(desc), desc)}
	peer := "server"
	if role == boundedtls.Server {
		peer = "client"
	}
	switch desc {
	case 40, 71:
		d.Remedy = "the " + peer + " has no cipher suite in common with the device: enable RSA key exchange with AES-CBC, for example " + suites +
			", and an RSA certificate; a server that needs the host name in the hello (SNI) also answers so, the device sends none"
	case 70:
		d.Remedy = "enable TLS 1.2 or below on the " + peer + ": the device knows TLS 1.0 to 1.2 only"
	case 112:
		d.Remedy = "the server needs the host name in the hello (SNI), which the device never sends: give the server a default certificate"
	case 42, 43, 44, 45, 46, 48, 116:
		d.Remedy = "the " + peer + " does not accept the device's certificate: let it trust the CA that signed it"
		if desc == 116 || desc == 42 && role == boundedtls.Client {
			d.Remedy += ", and switch the own certificate on"
		}
	case 20, 51:
		d.Remedy = "the keys do not match: check that the device's private key belongs to its certificate"
	case 22:
		d.Remedy = "the " + peer + " limits records to less than the device sends"
	default:
		d.Remedy = "look at the " + peer + "'s log for the reason"
	}
	return d
}

// DiagSuite explains a suite that the server chose and the device does not have.
func DiagSuite(id boundedtls.Suite) *boundedtls.Diagnosis {
	d := &boundedtls.Diagnosis{Item: "ServerHello", What: fmt.Sprintf("the server chose the suite %04X, which the device does not have",
		uint16(id)),
		Remedy: "let the server use a suite that the device offered: RSA key exchange with AES-CBC"}
	if name := id.String(); name != "" {
		d.What = "the server chose " + name + ", which this SDK does not have"
	}
	return d
}
