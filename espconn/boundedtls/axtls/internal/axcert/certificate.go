package axcert

import (
	"crypto"
	_ "crypto/md5"    // hashes of certificate signatures (axtls.md 3)
	_ "crypto/sha1"   // "
	_ "crypto/sha256" // "
	_ "crypto/sha512" // "
	"fmt"
	"math/big"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// nameFields is how many attributes of a name are read and compared.
const nameFields = 3

// Name holds the attributes of a distinguished name that the library knows: common name, organization, organizational
// unit. Nil: not there.
type Name [nameFields]*string

var nameOIDs = [nameFields]string{"\x55\x04\x03", "\x55\x04\x0A", "\x55\x04\x0B"}

// Certificate is what the library keeps of one certificate. Its slices lie in a copy of the input.
type Certificate struct {
	// Raw is the input, bytes behind the certificate included.
	Raw []byte
	// Length is the certificate's length in bytes as its outermost header gives it, 2 to len(Raw).
	Length int
	// Issuer and Subject are the compared attributes.
	Issuer, Subject Name
	// NotBefore and NotAfter are seconds since 1970, before the library cuts them to 32 bits.
	NotBefore, NotAfter int64
	// Key is the RSA key. Its modulus is not 0.
	Key x509.PublicKey
	// Hash is the hash of the signature, 0 for one that always gives a bad signature (SHA-224).
	Hash crypto.Hash
	// AltNames are the lengths of the DNS names of the extension subjectAltName; the library keeps the names and never looks at them.
	AltNames []int
	// Signature is the signature's content.
	Signature []byte

	digest []byte
}

// hashes by the last byte of the PKCS #1 signature OID.
var hashes = map[byte]crypto.Hash{4: crypto.MD5, 5: crypto.SHA1, 11: crypto.SHA256, 12: crypto.SHA384, 13: crypto.SHA512}

// oidAltName is that of subjectAltName (RFC 5280 4.2.1.6).
const oidAltName = "\x55\x1D\x11"

const oidPKCS1 = "\x2A\x86\x48\x86\xF7\x0D\x01\x01"

// maxModulusBytes bounds keys that are computed with. Choice: twice the longest key measured (4,096 bits), so that no
// peer makes the emulator compute for long.
const maxModulusBytes = 1024

// maxExponentBytes bounds public exponents for the same reason. Choice: the ones in use have three bytes.
const maxExponentBytes = 8

// Parse reads one DER certificate. print, which may be nil, gets the line that the library prints about an unknown
// signature algorithm. nil: the library refuses it ("bad certificate").
func Parse(der []byte, print func(line string)) *Certificate {
	c := &Certificate{Raw: append([]byte(nil), der...)}
	r := newReader(c.Raw)
	n := r.header(tagSequence)
	c.Length = len(c.Raw) - len(r.b) + n
	begin := r.b
	r.enter(tagSequence)
	if r.peek(tagVersion) {
		r.any()
	}
	r.take(tagInteger) // serial number
	if !r.ok || !c.signatureType(r, print) {
		return nil
	}
	c.Issuer = name(r)
	c.validity(r)
	c.Subject = name(r)
	c.publicKey(r)
	if !r.ok {
		return nil
	}
	c.AltNames = altNames(r)
	// The signed part as a whole, then the outer algorithm and the signature.
	outer := newReader(begin)
	outer.any()
	signed := begin[:len(begin)-len(outer.b)]
	outer.any()
	bits := outer.take(tagBitString)
	if !outer.ok || len(bits) < 1 {
		return nil
	}
	c.Signature = bits[1:]
	if c.Hash != 0 {
		h := c.Hash.New()
		h.Write(signed)
		c.digest = h.Sum(nil)
	}
	return c
}

// signatureType reads the inner algorithm. Parameters other than NULL are not skipped, so that what follows is misread
// (RSASSA-PSS).
func (c *Certificate) signatureType(r *reader, print func(string)) bool {
	r.enter(tagSequence)
	oid := r.take(tagOID)
	if !r.ok {
		return false
	}
	if len(oid) != len(oidPKCS1)+1 || string(oid[:len(oidPKCS1)]) != oidPKCS1 {
		if print != nil {
			var text strings.Builder
			for _, b := range oid {
				fmt.Fprintf(&text, "%02x ", b)
			}
			print("invalid digest: " + text.String())
		}
		return false
	}
	c.Hash = hashes[oid[len(oidPKCS1)]]
	if r.peek(tagNull) {
		r.take(tagNull)
	}
	return true
}

func name(r *reader) (n Name) {
	sets := newReader(r.take(tagSequence))
	for sets.ok && len(sets.b) > 0 {
		attr := newReader(sets.take(tagSet))
		attr.enter(tagSequence)
		oid := string(attr.take(tagOID))
		if !attr.ok || len(attr.b) == 0 {
			sets.fail()
			break
		}
		value := string(attr.take(attr.b[0]))
		for i, want := range nameOIDs {
			if oid == want && attr.ok {
				n[i] = &value
			}
		}
	}
	if !sets.ok {
		r.fail()
	}
	return n
}

func (c *Certificate) validity(r *reader) {
	v := newReader(r.take(tagSequence))
	c.NotBefore = date(v)
	c.NotAfter = date(v)
	if !v.ok {
		r.fail()
	}
}

// publicKey reads an RSA key.
func (c *Certificate) publicKey(r *reader) {
	r.enter(tagSequence)
	r.enter(tagSequence)
	if string(r.take(tagOID)) != oidPKCS1+"\x01" {
		r.fail()
		return
	}
	if r.peek(tagNull) {
		r.take(tagNull)
	}
	bits := r.take(tagBitString)
	if !r.ok || len(bits) < 1 {
		r.fail()
		return
	}
	key := newReader(bits[1:])
	key.enter(tagSequence)
	n, e := key.take(tagInteger), key.take(tagInteger)
	if !key.ok || len(n) > maxModulusBytes+1 || len(e) > maxExponentBytes+1 {
		r.fail()
		return
	}
	c.Key = x509.PublicKey{N: new(big.Int).SetBytes(n), E: new(big.Int).SetBytes(e)}
	// Choice: a modulus that is even or below 64 bits is refused; the library would compute nonsense with it.
	if c.Key.N.Bit(0) == 0 || c.Key.N.BitLen() < 64 {
		r.fail()
	}
}

// altNames reads the DNS names among the extensions, where r stands; what cannot be read is not there.
func altNames(r *reader) (lengths []int) {
	outer := newReader(r.take(tagExtensions))
	extensions := newReader(outer.take(tagSequence))
	for extensions.ok && len(extensions.b) > 0 {
		one := newReader(extensions.take(tagSequence))
		if string(one.take(tagOID)) != oidAltName {
			continue
		}
		if one.peek(tagBoolean) {
			one.any()
		}
		content := newReader(one.take(tagOctetString))
		names := newReader(content.take(tagSequence))
		for names.ok && len(names.b) > 0 {
			dns := names.peek(tagDNSName)
			name := names.take(names.b[0])
			if dns && names.ok {
				lengths = append(lengths, len(name))
			}
		}
	}
	return lengths
}

// SignedBy reports whether the signature is good under key.
func (c *Certificate) SignedBy(key *x509.PublicKey) bool {
	return c.Hash != 0 && x509.VerifyPKCS1v15(key, c.Hash, c.digest, c.Signature) == 0
}
