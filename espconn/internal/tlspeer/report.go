package tlspeer

import "fmt"

// Record is one record as it came from the device.
type Record struct {
	// Type is the content type: 20 ChangeCipherSpec, 21 alert, 22 handshake,
	// 23 application data.
	Type byte
	// Wire and Plain are the lengths in bytes of the body on the wire and of the
	// plaintext; Plain is 0 for a record that could not be decrypted.
	Wire, Plain int
	// InHandshake tells that the record came before the peer's side of the
	// handshake was complete.
	InHandshake bool
}

// String writes the record as the oracle data do: "22:87", with the plaintext
// length where it differs: "21:48(2)".
func (r Record) String() string {
	if r.Wire == r.Plain {
		return fmt.Sprintf("%d:%d", r.Type, r.Wire)
	}
	return fmt.Sprintf("%d:%d(%d)", r.Type, r.Wire, r.Plain)
}

// Alert is an alert that the peer could read.
type Alert struct{ Level, Description byte }

// Report is what a peer saw. The run that returned it has ended; the caller owns
// it.
type Report struct {
	Records []Record
	Alerts  []Alert
	// Notes: "hsT:N" for each handshake message of type T and N bytes (header
	// included) that a client read, "truncated type=T want=W got=G" for a record
	// whose rest did not come, "dh_p_bits:N".
	Notes []string
	// Stage is the last stage reached before the run stopped; empty when it went
	// through to the close sequence.
	Stage Stage
	// Err is why the peer stopped early: "EOF", "tcp: i/o timeout", "tcp: reset",
	// "alert level L desc D", "fin sent" or a protocol error; empty otherwise.
	Err string
	// Version and Suite are the negotiated values, 0 before the ServerHello; a
	// server's Suite is the one it was told to choose, from the ClientHello on.
	Version, Suite uint16
	// Done tells that both Finished messages were exchanged.
	Done bool
	// Hello is, for a server, the ClientHello with the header of its record; for a
	// client the ServerHello message.
	Hello []byte
	// Data is the application data received.
	Data []byte
}

// Stage names a point of the handshake, in the words of the oracle data.
type Stage string

// The stages of a server: WaitClientHello, GotClientHello, SentServerHelloDone,
// GotClientKeyExchange, ClientFinished (reading it), GotClientFinished, SentCCS.
// Those of a client: Start, SentClientHello, GotServerHello, GotCertificate,
// GotCertificateRequest, GotServerHelloDone, SentClientKeyExchange, SentFinished.
// AfterHandshake is the stage of both behind it.
const (
	AfterHandshake        Stage = ""
	WaitClientHello       Stage = "wait_client_hello"
	GotClientHello        Stage = "got_client_hello"
	SentServerHelloDone   Stage = "sent_server_hello_done"
	GotClientKeyExchange  Stage = "got_client_key_exchange"
	ClientFinished        Stage = "client_finished"
	GotClientFinished     Stage = "got_client_finished"
	SentCCS               Stage = "sent_ccs"
	Start                 Stage = "start"
	SentClientHello       Stage = "sent_client_hello"
	GotServerHello        Stage = "got_server_hello"
	GotCertificate        Stage = "got_certificate"
	GotServerKeyExchange  Stage = "got_server_key_exchange"
	GotCertificateRequest Stage = "got_certificate_request"
	GotServerHelloDone    Stage = "got_server_hello_done"
	SentClientKeyExchange Stage = "sent_client_key_exchange"
	SentFinished          Stage = "sent_finished"
)
