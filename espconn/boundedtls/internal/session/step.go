package session

// Step is a step of the handshake, the same for both roles and libraries. Not every library passes through all of them.
type Step uint8

// The steps in their order.
const (
	Idle Step = iota // before Setup
	ClientHello
	ServerHello
	ServerCertificate
	ServerKeyExchange
	CertificateRequest
	ServerHelloDone
	ClientCertificate
	ClientKeyExchange
	CertificateVerify
	ClientChangeCipherSpec
	ClientFinished
	ServerChangeCipherSpec
	ServerFinished
	WrapUp
	Over
)

var stepNames = [...]string{"idle", "client hello", "server hello", "server certificate", "server key exchange",
	"certificate request", "server hello done", "client certificate", "client key exchange", "certificate verify",
	"client change cipher spec", "client finished", "server change cipher spec", "server finished", "wrap-up", "over"}

// String returns the step's name in traces, for example "server certificate".
func (s Step) String() string { return stepNames[s] }
