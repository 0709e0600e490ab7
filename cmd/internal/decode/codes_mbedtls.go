package decode

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// otherCodes are codes of mbed TLS, by their names in its public headers, that no line of this SDK has (tls.md 3.3): they come from
// another SDK or from a program on a computer. Positive, as 0x7280.
var otherCodes = map[int]string{
	0x0034: "CTR_DRBG_ENTROPY_SOURCE_FAILED", 0x003C: "ENTROPY_SOURCE_FAILED", 0x0040: "ENTROPY_NO_SOURCES_DEFINED",
	0x0042: "NET_SOCKET_FAILED", 0x0044: "NET_CONNECT_FAILED", 0x0046: "NET_BIND_FAILED", 0x0048: "NET_LISTEN_FAILED",
	0x004A: "NET_ACCEPT_FAILED", 0x004C: "NET_RECV_FAILED", 0x004E: "NET_SEND_FAILED", 0x0050: "NET_CONN_RESET",
	0x0052: "NET_UNKNOWN_HOST",
	0x1080: "PEM_NO_HEADER_FOOTER_PRESENT", 0x1100: "PEM_INVALID_DATA", 0x1180: "PEM_ALLOC_FAILED", 0x1300: "PEM_PASSWORD_REQUIRED",
	0x1380: "PEM_PASSWORD_MISMATCH", 0x1400: "PEM_FEATURE_UNAVAILABLE", 0x1480: "PEM_BAD_INPUT_DATA",
	0x2080: "X509_FEATURE_UNAVAILABLE", 0x2100: "X509_UNKNOWN_OID", 0x2780: "X509_CERT_UNKNOWN_FORMAT", 0x2800: "X509_BAD_INPUT_DATA",
	0x2900: "X509_FILE_IO_ERROR", 0x2980: "X509_BUFFER_TOO_SMALL", 0x3000: "X509_FATAL_ERROR",
	0x3900: "PK_SIG_LEN_MISMATCH", 0x3980: "PK_FEATURE_UNAVAILABLE", 0x3A00: "PK_UNKNOWN_NAMED_CURVE", 0x3B80: "PK_PASSWORD_MISMATCH",
	0x3D80: "PK_KEY_INVALID_VERSION", 0x3E00: "PK_FILE_IO_ERROR", 0x3E80: "PK_BAD_INPUT_DATA", 0x3F00: "PK_TYPE_MISMATCH",
	0x3F80: "PK_ALLOC_FAILED",
	0x4080: "RSA_BAD_INPUT_DATA", 0x4180: "RSA_KEY_GEN_FAILED", 0x4200: "RSA_KEY_CHECK_FAILED", 0x4480: "RSA_RNG_FAILED",
	0x4C80: "ECP_INVALID_KEY", 0x4D80: "ECP_ALLOC_FAILED", 0x4E00: "ECP_VERIFY_FAILED", 0x4E80: "ECP_FEATURE_UNAVAILABLE",
	0x4F80: "ECP_BAD_INPUT_DATA",
	0x6300: "CIPHER_AUTH_FAILED",
	0x6600: "SSL_INVALID_VERIFY_HASH", 0x6680: "SSL_NON_FATAL", 0x6700: "SSL_UNEXPECTED_RECORD", 0x6780: "SSL_CLIENT_RECONNECT",
	0x6800: "SSL_TIMEOUT", 0x6880: "SSL_WANT_WRITE", 0x6900: "SSL_WANT_READ", 0x6A80: "SSL_HELLO_VERIFY_REQUIRED",
	0x6B00: "SSL_WAITING_SERVER_HELLO_RENEGO", 0x6C80: "SSL_UNKNOWN_IDENTITY", 0x6D80: "SSL_SESSION_TICKET_EXPIRED",
	0x6E00: "SSL_BAD_HS_NEW_SESSION_TICKET", 0x6F00: "SSL_COMPRESSION_FAILED", 0x6F80: "SSL_HW_ACCEL_FALLTHROUGH",
	0x7000: "SSL_CRYPTO_IN_PROGRESS", 0x7280: "SSL_CONN_EOF", 0x7300: "SSL_UNKNOWN_CIPHER", 0x7400: "SSL_NO_RNG",
	0x7580: "SSL_CERTIFICATE_REQUIRED", 0x7800: "SSL_PEER_VERIFY_FAILED", 0x7F80: "SSL_HW_ACCEL_FAILED",
}

var (
	otherCause = words{"a code of mbed TLS, MBEDTLS_ERR_%s, that this SDK never prints: another SDK says it (the RTOS SDK, ESP-IDF), " +
		"or a program on a computer",
		"mbed TLS 的错误码 MBEDTLS_ERR_%s，该 SDK 从不打印：它来自其他 SDK（RTOS SDK、ESP-IDF），或电脑上的程序"}
	otherRemedy = words{"look it up where the line was printed; a log of this SDK says Reason:[-0x....]",
		"在打印该行的程序中查找；该 SDK 的日志写作 Reason:[-0x....]"}
)

// other is the meaning of a code that this SDK never prints, false for one that is not known.
func (t translator) other(code int64) (Meaning, bool) {
	name, ok := otherCodes[int(code)]
	if !ok {
		return Meaning{}, false
	}
	e := &boundedtls.Error{Code: -int(code)}
	return Meaning{Where: "mbed TLS", Name: fmt.Sprintf("%s, MBEDTLS_ERR_%s", e.Reason(), name), Profiles: otherProfiles,
		Cause: t.say(otherCause, name), Remedy: t.say(otherRemedy)}, true
}
