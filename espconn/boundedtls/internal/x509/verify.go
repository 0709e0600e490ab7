package x509

import (
	"bytes"
	"crypto"
)

// Flags of [Verify] (tls.md 4.3). Dates, names, key usage and revocation lists are never checked, so these are all.
const (
	FlagNotTrusted uint32 = 0x08     // no path to a trust anchor
	FlagBadHash    uint32 = 0x4000   // signed with MD5 or older
	FlagBadPK      uint32 = 0x8000   // key type not allowed; not reachable, the parser refuses everything but RSA
	FlagBadKey     uint32 = 0x010000 // RSA key shorter than the minimum
)

// MaxIntermediates is the greatest number of certificates between the leaf and the anchor (tls.md 4.3).
const MaxIntermediates = 8

// Rules are the settings of a chain check that differ between SDK versions.
type Rules struct {
	// MinRSABits is the shortest RSA key allowed, for the leaf and for each issuer: 2048 in the late engine, 512 in the
	// early one (tls.md 4.3). It is compared with [PublicKey.Bits]. 0: any.
	MinRSABits int

	// Check is called before each signature is looked at, with the issuer's key; anchor: the issuer is a trust anchor. False:
	// the signature cannot be checked, which counts as a wrong one. nil: no call.
	Check func(issuer *PublicKey, anchor bool) bool
}

// Verify checks the chain that a peer sent, its own certificate first, against the trust anchors, by the rules of
// tls.md 4.3, and returns the flags and 0 or CodeVerifyFailed. Any flag fails the check. The flags may be 0 with a
// failure: the device drops those of the upper part of a chain that is longer than MaxIntermediates.
//
// An issuer is found by name and CA bit alone: first among the anchors, then among the certificates that come later in
// the message, where the first match is taken, then a last time among all anchors with the exceptions for version 1
// anchors and for an anchor identical to the leaf. Certificates that are not needed are ignored.
func Verify(chain, anchors []*Certificate, rules Rules) (flags uint32, code int) {
	if len(chain) == 0 {
		return 0, CodeCertBadInput
	}
	leafFlags := rules.key(&chain[0].PublicKey)
	flags = leafFlags
	child, selfIssued := 0, 0
	for depth := 0; ; depth++ {
		c := chain[child]
		if i := issuerAmong(c, anchors); i >= 0 {
			flags |= rules.top(c, anchors[i:], depth, selfIssued)
			break
		}
		parent := issuerAbove(chain, child, depth, selfIssued)
		if parent < 0 {
			flags |= rules.top(c, anchors, depth, selfIssued)
			break
		}
		if depth > 0 && sameName(c.issuer, c.subject) {
			selfIssued++
		}
		if depth >= MaxIntermediates {
			return leafFlags, CodeVerifyFailed
		}
		flags |= rules.signedBy(c, chain[parent])
		if depth == 0 {
			leafFlags = flags
		}
		child = parent
	}
	if flags != 0 {
		return flags, CodeVerifyFailed
	}
	return 0, 0
}

// issuerAmong returns the index of the first anchor that has the issuer's name and the CA bit, -1 for none.
func issuerAmong(c *Certificate, anchors []*Certificate) int {
	for i, a := range anchors {
		if a.IsCA && sameName(c.issuer, a.subject) {
			return i
		}
	}
	return -1
}

// issuerAbove returns the index of the first later certificate of the message that has the issuer's name and the CA bit,
// and from the second step on a path length that allows the certificates below it; -1 for none.
func issuerAbove(chain []*Certificate, child, depth, selfIssued int) int {
	for i := child + 1; i < len(chain); i++ {
		p := chain[i]
		if depth > 0 && p.MaxPathLen > 0 && int(p.MaxPathLen) < 1+depth-selfIssued {
			continue
		}
		if p.IsCA && sameName(chain[child].issuer, p.subject) {
			return i
		}
	}
	return -1
}

// top checks c, the last certificate of the path, against the anchors: the first whose name, CA bit or exception, path
// length and signature all fit makes it trusted.
func (r Rules) top(c *Certificate, anchors []*Certificate, depth, selfIssued int) (flags uint32) {
	flags = FlagNotTrusted | c.hashFlag()
	digest, ok := c.digest()
	if !ok {
		return flags
	}
	for _, a := range anchors {
		if !sameName(c.issuer, a.subject) {
			continue
		}
		exempt := a.Version < 3 || depth == 0 && bytes.Equal(c.Raw, a.Raw)
		if !a.IsCA && !exempt {
			continue
		}
		length := depth + 1
		if bytes.Equal(c.Subject, a.Subject) {
			length-- // c is the anchor itself, or another certificate of it
		}
		if a.MaxPathLen > 0 && int(a.MaxPathLen) < length-selfIssued {
			continue
		}
		if !r.signature(c, &a.PublicKey, true, digest) {
			continue
		}
		return flags&^FlagNotTrusted | r.key(&a.PublicKey)
	}
	return flags
}

// signedBy checks c against an issuer from the message.
func (r Rules) signedBy(c, issuer *Certificate) (flags uint32) {
	flags = c.hashFlag()
	digest, ok := c.digest()
	if !ok {
		return flags | FlagNotTrusted
	}
	flags |= r.key(&issuer.PublicKey)
	if !r.signature(c, &issuer.PublicKey, false, digest) {
		flags |= FlagNotTrusted
	}
	return flags
}

// signature tells whether c, whose signed part has the digest, carries a signature of issuer.
func (r Rules) signature(c *Certificate, issuer *PublicKey, anchor bool, digest []byte) bool {
	if r.Check != nil && !r.Check(issuer, anchor) {
		return false
	}
	return VerifyPKCS1v15(issuer, c.SigHash, digest, c.Signature) == 0
}

func (r Rules) key(k *PublicKey) uint32 {
	if k.Bits() < r.MinRSABits {
		return FlagBadKey
	}
	return 0
}

func (c *Certificate) hashFlag() uint32 {
	switch c.SigHash {
	case crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512:
		return 0
	}
	return FlagBadHash
}

// digest hashes the signed part; false if the device has no such hash.
func (c *Certificate) digest() ([]byte, bool) {
	if c.SigHash == 0 {
		return nil, false
	}
	h := c.SigHash.New()
	h.Write(c.TBS)
	return h.Sum(nil), true
}
