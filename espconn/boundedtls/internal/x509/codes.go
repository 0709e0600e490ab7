package x509

// Codes of the device's TLS library that this package returns (tls.md 3.2). A code may be a sum of a base and a detail,
// for instance -0x2562: extensions (-0x2500), unexpected tag (-0x62).
const (
	CodeCertFormat        = -0x2180 // not a certificate, or wrong structure
	CodeCertVersion       = -0x2200 // version field malformed
	CodeCertSerial        = -0x2280 // serial number malformed
	CodeCertAlg           = -0x2300 // algorithm identifier malformed, or with parameters
	CodeCertName          = -0x2380 // issuer or subject malformed
	CodeCertDate          = -0x2400 // validity malformed
	CodeCertSignature     = -0x2480 // signature field malformed
	CodeCertExtensions    = -0x2500 // extension malformed, repeated, or unknown and critical (-0x2562)
	CodeCertUnknownVer    = -0x2580 // version above 3
	CodeCertUnknownSigAlg = -0x2600 // signature algorithm not known (-0x262E)
	CodeCertSigMismatch   = -0x2680 // inner and outer signature algorithm differ
	CodeVerifyFailed      = -0x2700 // the chain check set a flag
	CodeCertUnknownFormat = -0x2780 // PEM text without a certificate in it
	CodeCertBadInput      = -0x2800 // nothing to check
	CodeCertAlloc         = -0x2880 // out of memory for the certificate or the copy of its data

	CodePEMNoHeader     = -0x1080 // no header or footer
	CodePEMInvalidData  = -0x1100 // text between the markers is not base64 (-0x112C) or missing
	CodePEMInvalidIV    = -0x1200 // initialisation vector of an encrypted key is not hexadecimal
	CodePEMUnknownAlg   = -0x1280 // encrypted with something other than AES
	CodePEMPassword     = -0x1300 // encrypted; no password can be given
	CodeKeyFormat       = -0x3D00 // private or public key structure malformed
	CodeKeyVersion      = -0x3D80 // private key version is not 0
	CodeKeyUnknownAlg   = -0x3C80 // key is not RSA
	CodeKeyPassword     = -0x3C00 // private key is encrypted
	CodeKeyPublic       = -0x3B00 // RSA public key malformed or refused
	CodeKeyAlg          = -0x3A80 // key's algorithm identifier malformed
	CodeKeyAlloc        = -0x3F80 // out of memory for the key's context
	CodeSignatureLength = -0x3900 // signature good, but followed by more bytes

	CodeRSABadInput   = -0x4080 // message too long for the key, wrong ciphertext length
	CodeRSAPadding    = -0x4100 // padding wrong: damaged data or the wrong key
	CodeRSAKeyCheck   = -0x4200 // parts of the private key contradict each other
	CodeRSAPublic     = -0x4280 // public operation failed (-0x4284: number not below the modulus)
	CodeRSAPrivate    = -0x4300 // private operation failed (-0x4304: number not below the modulus)
	CodeRSAVerify     = -0x4380 // padding good, hash or hash algorithm wrong; signature too short
	CodeRSARandom     = -0x4480 // random source failed
	CodeDHBadInput    = -0x3080 // a length out of range
	CodeDHMakePublic  = -0x3280 // own key pair could not be made (-0x3284: even prime)
	CodeServerKeyExch = -0x7B00 // the server's prime is shorter than the device's minimum
)

// Details that are added to a base code (tls.md 3.2).
const (
	asnOutOfData      = -0x60
	asnUnexpectedTag  = -0x62
	asnInvalidLength  = -0x64
	asnLengthMismatch = -0x66
	asnInvalidData    = -0x68
	asnAlloc          = -0x6A
	oidNotFound       = -0x2E
	base64Invalid     = -0x2C
	mpiBadInput       = -0x04
	mpiAlloc          = -0x10
)
