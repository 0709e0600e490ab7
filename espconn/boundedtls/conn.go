package boundedtls

// Status is what Handshake and Read report.
type Status uint8

// The states of a call.
const (
	NeedInput     Status = iota // nothing more to do until Feed brings bytes
	HasOutput                   // Handshake: a record is ready, take it with Output and call again
	Done                        // Handshake: over. Read: n bytes are valid, 0 for an empty record
	Failed                      // see Err
	CloseNotified               // Read: the peer sent close_notify; the connection stays usable (tls.md 3.2). mbedTLS only
)

// String returns the constant's name.
func (s Status) String() string {
	switch s {
	case NeedInput:
		return "NeedInput"
	case HasOutput:
		return "HasOutput"
	case Done:
		return "Done"
	case Failed:
		return "Failed"
	case CloseNotified:
		return "CloseNotified"
	}
	return "Status?"
}

// Conn is one TLS connection of the device, with either library. It does no I/O, keeps no clock and starts no goroutine; all
// calls are made on the device's goroutine.
//
// Order of use: [Engine].New; OwnCert and OwnKey (the other way round with [Traits].KeyFirst), CA, Setup; then Feed,
// Handshake and Output until Done; FinishHandshake; then Feed, Read, Write and Output; Close.
type Conn interface {
	// OwnCert parses and charges the device's own certificate or chain, PEM or DER. b is not kept. An Error while Err
	// returns nil tells that axTLS cannot read it: the device prints a line and goes on without. Any other Error has failed
	// the connection; mbedTLS gives -0x7F00 with the parser's code in Cause.Object.
	OwnCert(b []byte) *Error
	// OwnKey does the same with the device's private key.
	OwnKey(b []byte) *Error
	// CA does the same with trusted certificates; a further call adds to them.
	CA(b []byte) *Error
	// Setup allocates what the library needs before the handshake.
	Setup() *Error

	// Feed takes bytes of the TCP stream in order of arrival and copies them. Bytes that come after a failure are dropped.
	Feed(wire []byte)
	// Handshake runs until it needs input, has a record to write, is over or has failed. A fatal alert is handed out before
	// Failed is reported.
	Handshake() Status
	// FinishHandshake does what the SDK does between the last handshake message and the connect callback. Call it once,
	// after Handshake returned Done. An error ends the connection.
	FinishHandshake() *Error
	// Read returns application data, at most len(p) bytes of one record (tls.md 2.7, 1.5; axtls.md 2.2). Done with n = 0 is
	// an empty record. On Failed an alert may wait in Output. Before FinishHandshake it returns NeedInput.
	Read(p []byte) (n int, st Status)
	// Write seals application data into one record, which is then in Output, and returns how much of p it holds: at most
	// [Traits].MaxWrite bytes, and the first byte alone when mbedTLS splits under TLS 1.0. The SDK's chunk is MaxWrite bytes:
	// call Write again until the chunk is in records, and wait for TCP's acknowledgement before the next chunk.
	Write(p []byte) (n int, err *Error)
	// Output returns the next record to write, header included, or nil. The slice is valid until the next call that makes a
	// record.
	Output() []byte
	// Refused tells that TCP did not take the record that Output returned last. Where the library looks at it, the
	// connection fails with code.
	Refused(code int)
	// CloseNotify puts a close_notify alert into Output. It does nothing before the handshake is over; it works after a
	// failure, because mbedTLS says goodbye then (tls.md 3.2).
	CloseNotify()
	// Close frees every block that the connection still holds. Further calls have no effect.
	Close()

	// Err returns why the connection failed, nil if it did not.
	Err() *Error
	// State returns how far the connection has come.
	State() State
}

// State is how far a connection has come, for drivers, traces and tests.
type State struct {
	Step        string // of the handshake that was reached, for example "server certificate"
	Established bool   // FinishHandshake has succeeded
	Buffered    int    // bytes fed and not yet consumed
	// Rest is how many bytes of the record that Read has begun it has not returned: mbedTLS gives them without asking for input.
	Rest        int
	Version     uint16 // negotiated; before that, what outbound records carry
	Suite       Suite  // 0 before it is chosen
	VerifyFlags uint32 // result of the chain check in the library's numbers (tls.md 4.3, axtls.md 3); 0x80: skipped by a server
	MaxRecord   int    // greatest body of a record received, in bytes
	Size        int    // S in bytes, as the next check will see it
	HeapNow     int    // bytes requested and not freed; 0 without Config.Heap
	HeapPeak    int    // the most that HeapNow ever was
}
