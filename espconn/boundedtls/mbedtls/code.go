package mbedtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Library codes that the engine itself returns (tls.md 3.2). Certificate and
// key codes come from the parser and are not listed here.
const (
	codeFeatureUnavailable = -0x7080
	codeBadInput           = session.CodeBadInput
	codeInvalidMAC         = -0x7180
	codeInvalidRecord      = -0x7200
	codeNoCipherChosen     = -0x7380
	codeNoClientCert       = -0x7480
	codeCertTooLarge       = -0x7500
	codeKeyRequired        = -0x7600
	codeCAChainRequired    = -0x7680
	codeUnexpectedMessage  = -0x7700
	codeFatalAlert         = -0x7780
	codePeerCloseNotify    = boundedtls.CodePeerClosed
	codeBadClientHello     = -0x7900
	codeBadServerHello     = -0x7980
	codeBadCertificate     = -0x7A00
	codeBadCertRequest     = -0x7A80
	codeBadServerKX        = -0x7B00
	codeBadServerDone      = -0x7B80
	codeBadClientKX        = -0x7C00
	codeBadClientKXPublic  = -0x7C80
	codeBadClientKXSecret  = -0x7D00
	codeBadCertVerify      = -0x7D80
	codeBadCCS             = -0x7E00
	codeBadFinished        = -0x7E80
	codeAllocFailed        = -0x7F00
	codePKTypeMismatch     = -0x6D00
	codeInternal           = -0x6C00
	codeCounterWrapping    = -0x6B80
	codeBufferTooSmall     = -0x6A00
	codeNoUsableSuite      = -0x6980
	codeBadVersion         = -0x6E80
	codeVerifyFailed       = -0x2700
	codeMDAlloc            = -0x5180
	codeCipherAlloc        = -0x6180
	codeRSAOutput          = -0x4400
	codeRSAPublicMemory    = -0x4290
	codeRSAPrivateMemory   = -0x4310
	codeDHMakeParams       = -0x3180
	codeDHSecretMemory     = -0x3310
	codeRefused            = -1 // no room in TCP, no memory for the receive buffer
	codeEntropy            = session.CodeEntropy

	// codeVerifySkipped is positive: a verification result that the SDK treats
	// as an error code (tls.md 3.1, 3.2).
	codeVerifySkipped = 0x0080
)
