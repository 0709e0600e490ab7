package record

import "fmt"

// Content types.
const (
	ChangeCipherSpec = 20
	Alert            = 21
	Handshake        = 22
	Data             = 23
)

// Lengths in bytes.
const (
	HeaderLen = 5
	VectorLen = 16 // AES block and CBC vector
)

// Levels and descriptions of alerts that the device looks at or sends (tls.md 1.5, axtls.md 1.3).
const (
	Warning = 1
	Fatal   = 2

	CloseNotify       = 0
	UnexpectedMessage = 10
	BadRecordMAC      = 20
	HandshakeFailure  = 40
	BadCertificate    = 42
	IllegalParameter  = 47
	ProtocolVersion   = 70
	NoRenegotiation   = 100
)

// TypeName returns the standard's name of a content type, "type-24" for an unknown one.
func TypeName(t byte) string {
	switch t {
	case ChangeCipherSpec:
		return "change_cipher_spec"
	case Alert:
		return "alert"
	case Handshake:
		return "handshake"
	case Data:
		return "application_data"
	}
	return fmt.Sprintf("type-%d", t)
}

// AlertName returns the standard's name of an alert description (RFC 5246 7.2, RFC 4279, RFC 6066, RFC 8446 6), "unknown" for one that
// has none.
func AlertName(d byte) string {
	switch d {
	case 0:
		return "close_notify"
	case 10:
		return "unexpected_message"
	case 20:
		return "bad_record_mac"
	case 21:
		return "decryption_failed"
	case 22:
		return "record_overflow"
	case 30:
		return "decompression_failure"
	case 40:
		return "handshake_failure"
	case 41:
		return "no_certificate"
	case 42:
		return "bad_certificate"
	case 43:
		return "unsupported_certificate"
	case 44:
		return "certificate_revoked"
	case 45:
		return "certificate_expired"
	case 46:
		return "certificate_unknown"
	case 47:
		return "illegal_parameter"
	case 48:
		return "unknown_ca"
	case 49:
		return "access_denied"
	case 50:
		return "decode_error"
	case 51:
		return "decrypt_error"
	case 60:
		return "export_restriction"
	case 70:
		return "protocol_version"
	case 71:
		return "insufficient_security"
	case 80:
		return "internal_error"
	case 86:
		return "inappropriate_fallback"
	case 90:
		return "user_canceled"
	case 100:
		return "no_renegotiation"
	case 109:
		return "missing_extension"
	case 110:
		return "unsupported_extension"
	case 111:
		return "certificate_unobtainable"
	case 112:
		return "unrecognized_name"
	case 113:
		return "bad_certificate_status_response"
	case 114:
		return "bad_certificate_hash_value"
	case 115:
		return "unknown_psk_identity"
	case 116:
		return "certificate_required"
	case 120:
		return "no_application_protocol"
	}
	return "unknown"
}
