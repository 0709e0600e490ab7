package mbedtls

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// remedy is the text for codes whose place in the code has nothing to add.
type remedy struct{ what, remedy string }

var remedies = map[int]remedy{
	codeFeatureUnavailable: {"a feature that the device does not have",
		"let the peer send each handshake message in one record, without compression"},
	codeInvalidMAC: {"a record's padding or MAC is wrong",
		"check that both sides use the same keys: on a server the private key must belong to the certificate"},
	codeInvalidRecord:     {"a record that the device cannot take", "raise the size, or let the peer send shorter records"},
	codeUnexpectedMessage: {"a record of the wrong type", "switch renegotiation and extra handshake messages off on the peer"},
	codePeerCloseNotify: {"the peer closed the connection",
		"look at the peer's log: it gave up without an alert, or a flight over 2,920 bytes was cut off"},
	codeBadClientHello: {"the ClientHello is not acceptable",
		"let the client begin with a TLS 1.0 to 1.2 ClientHello that fits into one record of at most the size"},
	codeBadServerHello: {"the ServerHello is not acceptable",
		"let the server answer with plain TLS 1.0 to 1.2 and a suite that the device offered"},
	codeBadCertificate: {"the Certificate message is not acceptable", "send a chain of X.509 certificates of at least 128 bytes each"},
	codeBadServerKX: {"the ServerKeyExchange is not acceptable",
		"use a Diffie-Hellman group of 1,024 to 2,048 bits and an RSA signature, or an RSA key exchange suite"},
	codeBadServerDone: {"the server's flight does not end as expected",
		"switch OCSP stapling, session tickets and other extra messages off on the server"},
	codeBadClientKX:       {"the ClientKeyExchange is not acceptable", "let the client send its messages in the standard's order"},
	codeBadClientKXPublic: {"the client's Diffie-Hellman value is not acceptable", "use an RSA key exchange suite"},
	codeBadClientKXSecret: {"the Diffie-Hellman secret could not be computed", "use an RSA key exchange suite"},
	codeBadCertVerify:     {"the CertificateVerify is not acceptable", "let the client sign with SHA-256 and RSA"},
	codeBadCCS:            {"the ChangeCipherSpec is not acceptable", "look for damage on the way"},
	codeBadFinished:       {"the peer's Finished does not match", "look for something between the two that changes the handshake"},
	codeAllocFailed:       {"the configuration failed or memory ran out", "check the certificate and key files, and free more heap"},
	codeNoClientCert:      {"the client sent no certificate", "give the client a certificate"},
	codeCAChainRequired:   {"no trust list is in force", "burn a CA file in which every certificate is readable"},
	codeVerifyFailed:      {"the chain check failed", "use a chain that ends at the burnt CA"},
	codeBadVersion:        {"the peer's version is outside TLS 1.0 to 1.2", "allow TLS 1.0, 1.1 or 1.2 on the peer"},
	codeBadInput:          {"the connection was used out of order", ""},
	codeCounterWrapping:   {"the record counter wrapped", "reconnect"},
	codeEntropy:           {"the random source failed", ""},
	codeInternal:          {"internal failure", ""},
}

// diagRecord explains a record that is refused by its header. The bytes behind
// the header are looked at when they are there, to name the message and to see
// whether a larger size would help at all.
func (c *conn) diagRecord(typ byte, n, s int) *boundedtls.Diagnosis {
	if c.rd != nil {
		if typ != record.Data {
			d := session.DiagTooLong("record", n, s+overhead-c.bodyOffset())
			d.LeastSize = n - overhead + c.bodyOffset()
			return d
		}
		// The plaintext's length is known only up to the padding.
		plain := n - c.rd.MACLen() - 1
		if c.bodyOffset() == offVector {
			plain -= record.VectorLen
		}
		d := session.DiagTooLong("application data", plain, s)
		d.What = fmt.Sprintf("application data of up to %d bytes in one record (%d on the wire), limit %d", plain, n, s)
		if plain <= boundedtls.MaxSize {
			d.Remedy = fmt.Sprintf("set the size to %d or more, or let the peer write at most %d bytes at once", plain, s)
		} else {
			d.Remedy = fmt.Sprintf("let the peer write at most %d bytes at once: no size helps", s)
		}
		return d
	}
	item := "record"
	if typ == record.Handshake && c.Step == session.ServerCertificate || c.Step == session.ClientCertificate {
		item = "Certificate message"
	}
	d := session.DiagTooLong(item, n, s)
	body := c.In.Bytes[c.In.Pos+record.HeaderLen:]
	if typ != record.Handshake || len(body) < handshake.HeaderLen {
		return d
	}
	msg := handshake.HeaderLen + (int(body[1])<<16 | int(body[2])<<8 | int(body[3]))
	name := handshake.MessageName(body[0])
	switch {
	case msg == n:
		d = session.DiagTooLong(name+" message", n, s)
	case msg > n:
		return session.DiagSplit(body[0], msg, n)
	default:
		d = session.DiagTooLong("record", n, s)
		d.What = fmt.Sprintf("record of %d bytes that holds %s and more messages, limit %d", n, name, s)
		if n <= boundedtls.MaxSize {
			d.Remedy = fmt.Sprintf("set the size to %d or more, or let the peer send each handshake message in its own record", n)
		} else {
			d.Remedy = "let the peer send each handshake message in its own record"
		}
	}
	if body[0] == handshake.Certificate && msg == n {
		d.Remedy = fmt.Sprintf("set the size to %d or more, or send a shorter chain (leave the root out, use smaller certificates)", n)
		if n > boundedtls.MaxSize {
			d.Remedy = "send a shorter chain (leave the root out, use smaller certificates): no size helps"
		}
	}
	return d
}

// diagOpen explains a record that cannot be decrypted.
func (c *conn) diagOpen(why record.Result, typ byte, plain int) *boundedtls.Diagnosis {
	switch why {
	case record.TooLong:
		item := "application data"
		if typ != record.Data {
			item = "record"
		}
		d := session.DiagTooLong(item, plain, c.Size())
		d.What = fmt.Sprintf("%s of %d bytes in one record, limit %d; the device reports it as a damaged record", item, plain, c.Size())
		if plain <= boundedtls.MaxSize {
			d.Remedy = fmt.Sprintf("set the size to %d or more, or let the peer write at most %d bytes at once", plain, c.Size())
		}
		return d
	case record.BadLength:
		return &boundedtls.Diagnosis{Item: "record", What: "an encrypted record is not a whole number of blocks"}
	case record.BadPadding:
		return &boundedtls.Diagnosis{Item: "record", What: "an encrypted record's padding is wrong"}
	}
	return &boundedtls.Diagnosis{Item: "record", What: "an encrypted record's MAC is wrong"}
}

// diagAlert explains a fatal alert of the peer.
func (c *conn) diagAlert(desc byte) *boundedtls.Diagnosis {
	suites := "TLS_RSA_WITH_AES_128_CBC_SHA"
	if c.eng.DHE {
		suites += " or TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
	}
	d := session.DiagAlert(c.Cfg.Role, desc, suites)
	if (desc == 20 || desc == 51) && c.Version == boundedtls.VersionTLS10 && c.shift {
		peer := "server"
		if c.Cfg.Role == boundedtls.Server {
			peer = "client"
		}
		d.Remedy = "this SDK's TLS 1.0 records are undecodable after the handshake: enable TLS 1.1 or 1.2 on the " + peer
	}
	return d
}

func diagVersion(v uint16) *boundedtls.Diagnosis {
	return &boundedtls.Diagnosis{Item: "version", What: fmt.Sprintf("the peer chose version %d.%d", v>>8, v&0xFF),
		Remedy: "allow TLS 1.0, 1.1 or 1.2 on the peer"}
}

// diagVerify explains the flags of a failed chain check (tls.md 4.3).
func diagVerify(flags uint32, minBits int) *boundedtls.Diagnosis {
	d := &boundedtls.Diagnosis{Item: "chain", What: fmt.Sprintf("the chain check failed with flags 0x%06x", flags)}
	switch {
	case flags&0x010000 != 0:
		d.What += fmt.Sprintf(": an RSA key below %d bits", minBits)
		d.Remedy = fmt.Sprintf("use RSA keys of at least %d bits in every certificate of the chain", minBits)
	case flags&0x4000 != 0:
		d.What += ": a signature with MD5 or older"
		d.Remedy = "sign with SHA-256"
	case flags&0x08 != 0:
		d.What += ": no way to a trusted certificate"
		d.Remedy = "burn the CA that signed the peer's chain, and let the peer send the intermediates in order, leaf first"
	}
	return d
}

// diagOwnChain explains an own chain over the size (tls.md 2.4).
func (c *conn) diagOwnChain(s int) *boundedtls.Diagnosis {
	n := 7
	for _, cert := range c.ownChain {
		n += 3 + len(cert.Raw)
	}
	d := session.DiagTooLong("Certificate message", n, s)
	d.What = fmt.Sprintf("the device's own Certificate message of %d bytes, limit %d", n, s)
	return d
}
