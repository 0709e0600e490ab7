package boundedtls

// Engine is the set of switches in which the device's TLS libraries differ. It
// is plain data: copy it, change a field, pass it in Config.
type Engine struct {
	Name string // "A", "B", "X", for traces

	// SharedBuffer: one buffer of S+333 bytes for both directions until the
	// handshake is over, then a separate output buffer of 1,793 bytes
	// (tls.md 0, 2.1). False: two buffers of S+333 bytes from the start.
	SharedBuffer bool

	// DHE: the four DHE-RSA suites are offered and accepted (tls.md 1.2).
	DHE bool

	// MinRSABits is the least modulus length that passes the chain check
	// (tls.md 0, 4.3): 512 or 2048.
	MinRSABits int

	// SplitTLS10: application data of two bytes or more leave as one byte and
	// the rest under TLS 1.0 (tls.md 0).
	SplitTLS10 bool

	// TLS10OffsetBug: after the handshake the payload of every TLS 1.0 record
	// is built 16 bytes too far, so the peer cannot decode it (tls.md 0).
	TLS10OffsetBug bool

	// SharedCounterBug: in the shared buffer both directions also share the
	// sequence number, so an alert sent while the client waits for the server's
	// Finished is undecodable (tls.md 0).
	SharedCounterBug bool

	// SilentOutputBug: running out of memory for the output buffer after the
	// handshake is ignored and the shared buffer stays in use (tls.md 2.1).
	// False: -0x7F00 (manual-profile.md #28).
	SilentOutputBug bool

	// ChainWrapBug: when an element of the own chain ends within the last two
	// bytes of S, the next one is copied without a limit (tls.md 2.4). False:
	// -0x7500.
	ChainWrapBug bool

	// AxTLS: the library is axTLS (engine X) with a state machine of its own:
	// TLS 1.0 and 1.1, AES and RC4, one buffer of S bytes, dates checked
	// (axtls.md). The switches above do not apply to it, those below only to it.
	AxTLS bool

	// Wrap2038Bug: dates and the clock are signed 32-bit numbers, so that what
	// ends after 19 January 2038 has expired (axtls.md 3).
	Wrap2038Bug bool

	// ServerHelloBug: any version is taken, and of the suite only the low byte
	// counts; unknown ones show when keys are needed (axtls.md 1.1). False:
	// alerts 70 and 47 at once. Choice.
	ServerHelloBug bool

	// OwnCertOverflowBug: an own Certificate message over S-5 is written past
	// the buffer's end (axtls.md 2.4). False: alert 40, -28. Choice.
	OwnCertOverflowBug bool

	// PrimeOrderBug: with the smaller prime first some private operations go
	// wrong (axtls.md 3).
	PrimeOrderBug bool

	// EmptyVerifyBug: a client without certificate or key answers a
	// CertificateRequest also with a CertificateVerify, empty without a key
	// (axtls.md 4). False: it is left out. Choice.
	EmptyVerifyBug bool

	// MallocUncheckedBug: running out of memory is an exception (axtls.md 6).
	// False: alert 40, -28. Choice.
	MallocUncheckedBug bool

	// FatalZeroBug: an alert with another level than warning and description 0
	// is not noticed (axtls.md 1.4).
	FatalZeroBug bool
}

// EngineA returns the early mbedTLS engine of SDK 2.2.0 to 3.0.1, with its
// bugs (tls.md 0). EngineA().WithoutBugs() is what the manual profiles use.
func EngineA() Engine {
	return Engine{
		Name:             "A",
		SharedBuffer:     true,
		MinRSABits:       512,
		SplitTLS10:       true,
		TLS10OffsetBug:   true,
		SharedCounterBug: true,
		SilentOutputBug:  true,
		ChainWrapBug:     true,
	}
}

// EngineB returns the late mbedTLS engine of SDK 3.0.2 to 3.0.6, with its bug
// (tls.md 0).
func EngineB() Engine {
	return Engine{
		Name:         "B",
		DHE:          true,
		MinRSABits:   2048,
		ChainWrapBug: true,
	}
}

// WithoutBugs returns e with every field whose name ends in Bug off. Limits,
// buffers, suites and record splitting stay (manual-profile.md #28, #30).
func (e Engine) WithoutBugs() Engine {
	e.TLS10OffsetBug = false
	e.SharedCounterBug = false
	e.SilentOutputBug = false
	e.ChainWrapBug = false
	e.Wrap2038Bug = false
	e.ServerHelloBug = false
	e.OwnCertOverflowBug = false
	e.PrimeOrderBug = false
	e.EmptyVerifyBug = false
	e.MallocUncheckedBug = false
	e.FatalZeroBug = false
	return e
}
