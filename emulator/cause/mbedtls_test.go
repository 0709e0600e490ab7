package cause_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
)

// TestMbedTLSName: a code has the name of its part, and of the reason below it; what is no code of mbed TLS has none.
func TestMbedTLSName(t *testing.T) {
	for code, want := range map[string]string{
		"-0x7200": "MBEDTLS_ERR_SSL_INVALID_RECORD",
		"-0x4290": "MBEDTLS_ERR_RSA_PUBLIC_FAILED + MBEDTLS_ERR_MPI_ALLOC_FAILED",
		"-0x262e": "MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG + MBEDTLS_ERR_OID_NOT_FOUND",
		"-0x2562": "MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG",
		"-0x45":   "MBEDTLS_ERR_NET_INVALID_CONTEXT",
		"-0x10":   "", "-0x 1": "", "0x7200": "", "-0x7201": "", "": "", "invalid protocol message": "",
	} {
		assert.Equal(t, want, cause.MbedTLSName(code), code)
	}
}
