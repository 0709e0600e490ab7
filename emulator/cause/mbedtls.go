package cause

import "strconv"

// mbedNames are what the headers of mbed TLS 2 call the codes that the device prints (docs/facts/tls.md 3.2), without MBEDTLS_ERR_.
var mbedNames = map[int64]string{
	0x0045: "NET_INVALID_CONTEXT",
	0x2180: "X509_INVALID_FORMAT", 0x2300: "X509_INVALID_ALG", 0x2500: "X509_INVALID_EXTENSIONS", 0x2580: "X509_UNKNOWN_VERSION",
	0x2600: "X509_UNKNOWN_SIG_ALG", 0x2680: "X509_SIG_MISMATCH", 0x2700: "X509_CERT_VERIFY_FAILED", 0x2880: "X509_ALLOC_FAILED",
	0x3080: "DHM_BAD_INPUT_DATA", 0x3280: "DHM_MAKE_PUBLIC_FAILED", 0x3300: "DHM_CALC_SECRET_FAILED", 0x3C80: "PK_UNKNOWN_PK_ALG",
	0x4100: "RSA_INVALID_PADDING", 0x4280: "RSA_PUBLIC_FAILED", 0x4300: "RSA_PRIVATE_FAILED", 0x4380: "RSA_VERIFY_FAILED",
	0x4400: "RSA_OUTPUT_TOO_LARGE", 0x5180: "MD_ALLOC_FAILED", 0x6180: "CIPHER_ALLOC_FAILED",
	0x6980: "SSL_NO_USABLE_CIPHERSUITE", 0x6A00: "SSL_BUFFER_TOO_SMALL", 0x6B80: "SSL_NO_USABLE_CIPHERSUITE", 0x6C00: "SSL_INTERNAL_ERROR",
	0x6D00: "SSL_PK_TYPE_MISMATCH", 0x6E80: "SSL_BAD_HS_PROTOCOL_VERSION", 0x7080: "SSL_FEATURE_UNAVAILABLE", 0x7100: "SSL_BAD_INPUT_DATA",
	0x7180: "SSL_INVALID_MAC", 0x7200: "SSL_INVALID_RECORD", 0x7380: "SSL_NO_CIPHER_CHOSEN", 0x7480: "SSL_NO_CLIENT_CERTIFICATE",
	0x7500: "SSL_CERTIFICATE_TOO_LARGE", 0x7600: "SSL_PRIVATE_KEY_REQUIRED", 0x7680: "SSL_CA_CHAIN_REQUIRED",
	0x7700: "SSL_UNEXPECTED_MESSAGE", 0x7780: "SSL_FATAL_ALERT_MESSAGE", 0x7880: "SSL_PEER_CLOSE_NOTIFY", 0x7900: "SSL_BAD_HS_CLIENT_HELLO",
	0x7980: "SSL_BAD_HS_SERVER_HELLO", 0x7A00: "SSL_BAD_HS_CERTIFICATE", 0x7A80: "SSL_BAD_HS_CERTIFICATE_REQUEST",
	0x7B00: "SSL_BAD_HS_SERVER_KEY_EXCHANGE", 0x7B80: "SSL_BAD_HS_SERVER_HELLO_DONE", 0x7C00: "SSL_BAD_HS_CLIENT_KEY_EXCHANGE",
	0x7C80: "SSL_BAD_HS_CLIENT_KEY_EXCHANGE_RP", 0x7D00: "SSL_BAD_HS_CLIENT_KEY_EXCHANGE_CS", 0x7D80: "SSL_BAD_HS_CERTIFICATE_VERIFY",
	0x7E00: "SSL_BAD_HS_CHANGE_CIPHER_SPEC", 0x7E80: "SSL_BAD_HS_FINISHED", 0x7F00: "SSL_ALLOC_FAILED",
}

// mbedReasons are those of the parts below, which a code may have in its last seven bits: numbers, and DER.
var mbedReasons = map[int64]string{
	0x04: "MPI_BAD_INPUT_DATA", 0x10: "MPI_ALLOC_FAILED", 0x2E: "OID_NOT_FOUND",
	0x60: "ASN1_OUT_OF_DATA", 0x62: "ASN1_UNEXPECTED_TAG", 0x64: "ASN1_INVALID_LENGTH", 0x66: "ASN1_LENGTH_MISMATCH",
	0x68: "ASN1_INVALID_DATA", 0x6A: "ASN1_ALLOC_FAILED",
}

// MbedTLSName returns what mbed TLS calls a code that the device prints: of "-0x4290" it is "MBEDTLS_ERR_RSA_PUBLIC_FAILED +
// MBEDTLS_ERR_MPI_ALLOC_FAILED". It returns "" for what is no such code, or has no name there.
func MbedTLSName(code string) string {
	const prefix = "MBEDTLS_ERR_"
	n, err := strconv.ParseInt(code, 0, 32)
	if err != nil || n >= 0 {
		return ""
	}
	high, low := -n&^0x7f, -n&0x7f
	if high == 0 { // a part below alone
		high, low = low, 0
	}
	name := mbedNames[high]
	switch {
	case name == "":
		return ""
	case low == 0:
		return prefix + name
	case mbedReasons[low] == "":
		return ""
	}
	return prefix + name + " + " + prefix + mbedReasons[low]
}
