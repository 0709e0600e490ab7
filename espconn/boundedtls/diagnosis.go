package boundedtls

import "fmt"

// Diagnosis explains a failure to people.
type Diagnosis struct {
	What string // what was found, one sentence without a full stop
	Item string // what was refused: "Certificate message", "record", "application data", ...; may be empty

	// Bytes is the item's length and Limit the length that would have passed,
	// both in bytes; 0 when the failure is not one of length.
	Bytes, Limit int

	// LeastSize is the least S that would let the item pass: 1..MaxSize, or 0
	// when no size helps.
	LeastSize int

	Remedy string // what to change, one sentence without a full stop
}

// String returns "what; remedy".
func (d *Diagnosis) String() string {
	if d == nil {
		return ""
	}
	if d.Remedy == "" {
		return d.What
	}
	return d.What + "; " + d.Remedy
}

// remedy is the text for codes whose place in the code has nothing to add.
type remedy struct{ what, remedy string }

var remedies = map[int]remedy{
	codeFeatureUnavailable: {"a feature that the device does not have", "let the peer send each handshake message in one record, without compression"},
	codeInvalidMAC:         {"a record's padding or MAC is wrong", "check that both sides use the same keys: on a server the private key must belong to the certificate"},
	codeInvalidRecord:      {"a record that the device cannot take", "raise the size, or let the peer send shorter records"},
	codeUnexpectedMessage:  {"a record of the wrong type", "switch renegotiation and extra handshake messages off on the peer"},
	codePeerCloseNotify:    {"the peer closed the connection", "look at the peer's log: it gave up without an alert, or a flight over 2,920 bytes was cut off"},
	codeBadClientHello:     {"the ClientHello is not acceptable", "let the client begin with a TLS 1.0 to 1.2 ClientHello that fits into one record of at most the size"},
	codeBadServerHello:     {"the ServerHello is not acceptable", "let the server answer with plain TLS 1.0 to 1.2 and a suite that the device offered"},
	codeBadCertificate:     {"the Certificate message is not acceptable", "send a chain of X.509 certificates of at least 128 bytes each"},
	codeBadServerKX:        {"the ServerKeyExchange is not acceptable", "use a Diffie-Hellman group of 1,024 to 2,048 bits and an RSA signature, or an RSA key exchange suite"},
	codeBadServerDone:      {"the server's flight does not end as expected", "switch OCSP stapling, session tickets and other extra messages off on the server"},
	codeBadClientKX:        {"the ClientKeyExchange is not acceptable", "let the client send its messages in the standard's order"},
	codeBadClientKXPublic:  {"the client's Diffie-Hellman value is not acceptable", "use an RSA key exchange suite"},
	codeBadClientKXSecret:  {"the Diffie-Hellman secret could not be computed", "use an RSA key exchange suite"},
	codeBadCertVerify:      {"the CertificateVerify is not acceptable", "let the client sign with SHA-256 and RSA"},
	codeBadCCS:             {"the ChangeCipherSpec is not acceptable", "look for damage on the way"},
	codeBadFinished:        {"the peer's Finished does not match", "look for something between the two that changes the handshake"},
	codeAllocFailed:        {"the configuration failed or memory ran out", "check the certificate and key files, and free more heap"},
	codeNoClientCert:       {"the client sent no certificate", "give the client a certificate"},
	codeCAChainRequired:    {"no trust list is in force", "burn a CA file in which every certificate is readable"},
	codeVerifyFailed:       {"the chain check failed", "use a chain that ends at the burnt CA"},
	codeBadVersion:         {"the peer's version is outside TLS 1.0 to 1.2", "allow TLS 1.0, 1.1 or 1.2 on the peer"},
	codeBadInput:           {"the connection was used out of order", ""},
	codeCounterWrapping:    {"the record counter wrapped", "reconnect"},
	codeEntropy:            {"the random source failed", ""},
	codeInternal:           {"internal failure", ""},
}

// complete fills in what the place of the failure left open.
func (d *Diagnosis) complete(code int, role Role) {
	r := remedies[code]
	if d.What == "" {
		d.What = r.what
	}
	if d.What == "" {
		d.What = "failed with " + (&Error{Code: code}).Reason()
	}
	if d.Remedy == "" {
		d.Remedy = r.remedy
	}
	if d.LeastSize > MaxSize {
		d.LeastSize = 0
	}
}

func diagMemory(what string) *Diagnosis {
	return &Diagnosis{Item: "heap", What: "out of memory for " + what,
		Remedy: "free more heap before connecting, choose a smaller size, or shorten keys and chains"}
}

func diagNotTLS(hdr []byte) *Diagnosis {
	d := &Diagnosis{Item: "record", What: fmt.Sprintf("content type %d is not TLS", hdr[0]),
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

// diagTooLong is an item of n bytes against the limit s.
func diagTooLong(item string, n, s int) *Diagnosis {
	d := &Diagnosis{Item: item, Bytes: n, Limit: s, LeastSize: n,
		What: fmt.Sprintf("%s of %d bytes, limit %d", item, n, s)}
	if n <= MaxSize {
		d.Remedy = fmt.Sprintf("set the size to %d or more, or shorten the %s", n, item)
	} else {
		d.Remedy = fmt.Sprintf("shorten the %s: no size helps above %d bytes", item, MaxSize)
	}
	return d
}

// diagRecord explains a record that is refused by its header. The bytes behind
// the header are looked at when they are there, to name the message and to see
// whether a larger size would help at all.
func (c *Conn) diagRecord(typ byte, n, s int) *Diagnosis {
	if c.rd != nil {
		if typ != typeData {
			d := diagTooLong("record", n, s+overhead-c.bodyOffset())
			d.LeastSize = n - overhead + c.bodyOffset()
			return d
		}
		// The plaintext's length is known only up to the padding.
		plain := n - c.rd.macLen - 1
		if c.bodyOffset() == offVector {
			plain -= vectorLen
		}
		d := diagTooLong("application data", plain, s)
		d.What = fmt.Sprintf("application data of up to %d bytes in one record (%d on the wire), limit %d", plain, n, s)
		if plain <= MaxSize {
			d.Remedy = fmt.Sprintf("set the size to %d or more, or let the peer write at most %d bytes at once", plain, s)
		} else {
			d.Remedy = fmt.Sprintf("let the peer write at most %d bytes at once: no size helps", s)
		}
		return d
	}
	item := "record"
	if typ == typeHandshake && c.state == stateServerCertificate || c.state == stateClientCertificate {
		item = "Certificate message"
	}
	d := diagTooLong(item, n, s)
	body := c.in[c.inPos+headerLen:]
	if typ != typeHandshake || len(body) < msgHeaderLen {
		return d
	}
	msg := msgHeaderLen + (int(body[1])<<16 | int(body[2])<<8 | int(body[3]))
	name := messageName(body[0])
	switch {
	case msg == n:
		d = diagTooLong(name+" message", n, s)
	case msg > n:
		return diagSplit(body[0], msg, n, s)
	default:
		d = diagTooLong("record", n, s)
		d.What = fmt.Sprintf("record of %d bytes that holds %s and more messages, limit %d", n, name, s)
		if n <= MaxSize {
			d.Remedy = fmt.Sprintf("set the size to %d or more, or let the peer send each handshake message in its own record", n)
		} else {
			d.Remedy = "let the peer send each handshake message in its own record"
		}
	}
	if body[0] == hsCertificate && msg == n {
		d.Remedy = fmt.Sprintf("set the size to %d or more, or send a shorter chain (leave the root out, use smaller certificates)", n)
		if n > MaxSize {
			d.Remedy = "send a shorter chain (leave the root out, use smaller certificates): no size helps"
		}
	}
	return d
}

// diagSplit explains a message that goes on in the next record.
func diagSplit(typ byte, msg, have, s int) *Diagnosis {
	name := messageName(typ)
	d := &Diagnosis{Item: name + " message", Bytes: msg, Limit: have,
		What:   fmt.Sprintf("%s message of %d bytes is split over records (%d bytes in the first)", name, msg, have),
		Remedy: "no size helps: let the peer send the message in one record (raise its record limit, or shorten the message)"}
	return d
}

// diagOpen explains a record that cannot be decrypted.
func (c *Conn) diagOpen(why openResult, typ byte, plain int) *Diagnosis {
	switch why {
	case openTooLong:
		item := "application data"
		if typ != typeData {
			item = "record"
		}
		d := diagTooLong(item, plain, c.size())
		d.What = fmt.Sprintf("%s of %d bytes in one record, limit %d; the device reports it as a damaged record", item, plain, c.size())
		if plain <= MaxSize {
			d.Remedy = fmt.Sprintf("set the size to %d or more, or let the peer write at most %d bytes at once", plain, c.size())
		}
		return d
	case openLength:
		return &Diagnosis{Item: "record", What: "an encrypted record is not a whole number of blocks"}
	case openPadding:
		return &Diagnosis{Item: "record", What: "an encrypted record's padding is wrong"}
	}
	return &Diagnosis{Item: "record", What: "an encrypted record's MAC is wrong"}
}

// diagAlert explains a fatal alert of the peer.
func (c *Conn) diagAlert(desc byte) *Diagnosis {
	d := &Diagnosis{Item: "alert", What: fmt.Sprintf("the peer sent the fatal alert %s(%d)", alertName(desc), desc)}
	peer := "server"
	if c.cfg.Role == Server {
		peer = "client"
	}
	switch desc {
	case 40, 71:
		d.Remedy = "the " + peer + " has no cipher suite in common with the device: enable RSA key exchange with AES-CBC, for example TLS_RSA_WITH_AES_128_CBC_SHA"
		if c.eng.DHE {
			d.Remedy += " or TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
		}
		d.Remedy += ", and an RSA certificate; a server that needs the host name in the hello (SNI) also answers so, the device sends none"
	case 70:
		d.Remedy = "enable TLS 1.2 or below on the " + peer + ": the device knows TLS 1.0 to 1.2 only"
	case 112:
		d.Remedy = "the server needs the host name in the hello (SNI), which the device never sends: give the server a default certificate"
	case 42, 43, 44, 45, 46, 48, 116:
		d.Remedy = "the " + peer + " does not accept the device's certificate: let it trust the CA that signed it"
		if desc == 116 || desc == 42 && c.cfg.Role == Client {
			d.Remedy += ", and switch the own certificate on"
		}
	case 20, 51:
		d.Remedy = "the keys do not match: check that the device's private key belongs to its certificate"
		if c.version == VersionTLS10 && c.shift {
			d.Remedy = "this SDK's TLS 1.0 records are undecodable after the handshake: enable TLS 1.1 or 1.2 on the " + peer
		}
	case 22:
		d.Remedy = "the " + peer + " limits records to less than the device sends"
	default:
		d.Remedy = "look at the " + peer + "'s log for the reason"
	}
	return d
}

func diagVersion(v uint16) *Diagnosis {
	return &Diagnosis{Item: "version", What: fmt.Sprintf("the peer chose version %d.%d", v>>8, v&0xFF),
		Remedy: "allow TLS 1.0, 1.1 or 1.2 on the peer"}
}

func diagSuite(id Suite) *Diagnosis {
	d := &Diagnosis{Item: "ServerHello", What: fmt.Sprintf("the server chose the suite %04X, which the device does not have", uint16(id)),
		Remedy: "let the server use a suite that the device offered: RSA key exchange with AES-CBC"}
	if s := suiteByID(id); s != nil {
		d.What = "the server chose " + s.name + ", which this SDK does not have"
	}
	return d
}

// diagVerify explains the flags of a failed chain check (tls.md 4.3).
func diagVerify(flags uint32, minBits int) *Diagnosis {
	d := &Diagnosis{Item: "chain", What: fmt.Sprintf("the chain check failed with flags 0x%06x", flags)}
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
func (c *Conn) diagOwnChain(s int) *Diagnosis {
	n := 7
	for _, cert := range c.ownChain {
		n += 3 + len(cert.Raw)
	}
	d := diagTooLong("Certificate message", n, s)
	d.What = fmt.Sprintf("the device's own Certificate message of %d bytes, limit %d", n, s)
	return d
}
