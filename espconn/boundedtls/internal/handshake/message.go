package handshake

// Handshake message types.
const (
	HelloRequest       = 0
	ClientHello        = 1
	ServerHello        = 2
	Certificate        = 11
	ServerKeyExchange  = 12
	CertificateRequest = 13
	ServerHelloDone    = 14
	CertificateVerify  = 15
	ClientKeyExchange  = 16
	Finished           = 20
)

// Lengths in bytes.
const (
	HeaderLen = 4  // of a message
	VerifyLen = 12 // contents of a Finished message
	MasterLen = 48 // master secret, and premaster secret of the RSA key exchange
	RandomLen = 32 // of a hello
)

// MessageName returns the standard's name of a handshake message type, "handshake message" for an unknown one.
func MessageName(t byte) string {
	switch t {
	case HelloRequest:
		return "HelloRequest"
	case ClientHello:
		return "ClientHello"
	case ServerHello:
		return "ServerHello"
	case 4:
		return "NewSessionTicket"
	case Certificate:
		return "Certificate"
	case ServerKeyExchange:
		return "ServerKeyExchange"
	case CertificateRequest:
		return "CertificateRequest"
	case ServerHelloDone:
		return "ServerHelloDone"
	case CertificateVerify:
		return "CertificateVerify"
	case ClientKeyExchange:
		return "ClientKeyExchange"
	case Finished:
		return "Finished"
	case 22:
		return "CertificateStatus"
	}
	return "handshake message"
}
