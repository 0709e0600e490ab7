package x509

// Sizes in bytes of the structures that the device requests while it parses a certificate (tls.md 6).
const (
	SizeRSA      = 172 // context of a key
	SizeNameNode = 32  // attribute of a name
	SizeListNode = 16  // dNSName of subjectAltName, purpose of extKeyUsage
)

// Alloc is asked for a heap block of n bytes; what names it in traces. False: there is none. A nil Alloc always has one.
type Alloc func(n int, what string) bool

func (a Alloc) get(n int, what string) bool { return a == nil || a(n, what) }

// OutOfMemory tells whether code is one with which [ParseCertificate] reports that a block was refused (tls.md 3.2).
func OutOfMemory(code int) bool {
	switch code {
	case CodeCertAlloc, CodeKeyAlloc, asnAlloc, CodeKeyPublic + mpiAlloc, CodeCertExtensions + asnAlloc:
		return true
	}
	return false
}
