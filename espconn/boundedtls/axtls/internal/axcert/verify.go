package axcert

import "fmt"

// Fault is the result of a chain check.
type Fault uint8

// The results, with the text that the device prints (tls.md 4.6). The library's code is -512 minus the number.
const (
	OK            Fault = 0
	NoTrustedCert Fault = 2
	BadSignature  Fault = 3
	NotYetValid   Fault = 4
	Expired       Fault = 5
	SelfSigned    Fault = 6
	InvalidChain  Fault = 7
)

var faultTexts = map[Fault]string{
	NoTrustedCert: "No trusted cert is available",
	BadSignature:  "Bad signature",
	NotYetValid:   "Cert is not yet valid",
	Expired:       "Cert has expired",
	SelfSigned:    "Cert is self-signed",
	InvalidChain:  "Chain is invalid (check order of certs)",
}

// String returns the device's text, "" for OK.
func (f Fault) String() string { return faultTexts[f] }

// Code returns the library's internal code (tls.md 4.6), 0 for OK.
func (f Fault) Code() int {
	if f == OK {
		return 0
	}
	return -512 - int(f)
}

// Check is one run over a chain.
type Check struct {
	// Now is the device's clock in seconds since 1970. It is asked once for each certificate.
	Now func() uint32
	// Wrap32: dates and clock are signed 32-bit numbers, so that dates after 19 January 2038 lie in the past.
	Wrap32 bool
	// HaveStore: a trust store exists, even if it is empty; without it the search for an issuer is not even begun.
	HaveStore bool
	// Store holds the trusted certificates.
	Store []*Certificate
	// Print gets the library's lines, may be nil.
	Print func(line string)
	// Checked is called for each signature that was checked, may be nil; false ends the check (out of memory).
	Checked func(signer, c *Certificate, good bool) bool
}

// Verify checks the chain as received, from its first certificate on (axtls.md 3). stopped: Checked ended it.
func (k *Check) Verify(chain []*Certificate) (f Fault, stopped bool) {
	if len(chain) == 0 {
		return NoTrustedCert, false
	}
	for i, c := range chain {
		var next *Certificate
		if i+1 < len(chain) {
			next = chain[i+1]
		}
		if f, stopped = k.one(c, next); f != OK || stopped {
			return f, stopped
		}
	}
	return OK, false
}

// one checks a certificate against the next of the chain, or the last one against the store.
func (k *Check) one(c, next *Certificate) (f Fault, stopped bool) {
	selfSigned := k.same(c.Issuer, c.Subject)
	if selfSigned {
		k.print("a self-signed certificate that is not in the CA store")
	}
	clock := k.Now()
	k.print(fmt.Sprintf("before %d, tv_sec %d, after %d", uint32(c.NotBefore), clock, uint32(c.NotAfter)))
	if f = k.dates(c, clock); f != OK {
		return f, false
	}
	var signer *Certificate
	switch {
	case next == nil:
		if signer = k.trusted(c); signer == nil {
			if selfSigned {
				return SelfSigned, false
			}
			return NoTrustedCert, false
		}
		k.print("use the CA certificate for signature verification")
	case !k.same(c.Issuer, next.Subject):
		return InvalidChain, false
	case selfSigned:
		return SelfSigned, false
	default:
		signer = next
	}
	good := c.SignedBy(&signer.Key)
	if k.Checked != nil && !k.Checked(signer, c, good) {
		return OK, true
	}
	if !good {
		return BadSignature, false
	}
	k.print("check the signature ok")
	return OK, false
}

func (k *Check) dates(c *Certificate, clock uint32) Fault {
	now, before, after := int64(clock), c.NotBefore, c.NotAfter
	if k.Wrap32 {
		now, before, after = int64(int32(now)), int64(int32(before)), int64(int32(after))
	}
	switch {
	case now < before:
		return NotYetValid
	case now > after:
		return Expired
	}
	return OK
}

// trusted searches the store for the issuer of c by name.
func (k *Check) trusted(c *Certificate) *Certificate {
	if !k.HaveStore {
		return nil
	}
	k.print("look for a trusted cert")
	for _, ca := range k.Store {
		if k.same(c.Issuer, ca.Subject) {
			return ca
		}
	}
	return nil
}

// same compares two names, attribute by attribute until one differs, each with a line of its own.
func (k *Check) same(a, b Name) bool {
	for i := range a {
		k.print("distinguished names: [" + text(a[i]) + "], [" + text(b[i]) + "]")
		if (a[i] == nil) != (b[i] == nil) || a[i] != nil && *a[i] != *b[i] {
			return false
		}
	}
	return true
}

// text is what the device prints for a string. Choice: the boot ROM's text for a null string is not known.
func text(s *string) string {
	if s == nil {
		return "<NULL>"
	}
	return *s
}

func (k *Check) print(line string) {
	if k.Print != nil {
		k.Print(line)
	}
}
