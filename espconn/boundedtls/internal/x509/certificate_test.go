package x509

import (
	"bytes"
	"crypto"
	gox509 "crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/testpki"
)

// show prints a code as the device does, for readable failures.
func show(code int) string {
	if code == 0 {
		return "0"
	}
	return fmt.Sprintf("-0x%04X", -code)
}

func TestParseCertificateCodes(t *testing.T) {
	basic := func(parts ...[]byte) func(*draft) {
		return func(d *draft) { d.withExtensions(ext(idBasicConstraints, true, seq(parts...))) }
	}
	truth := []byte{tagBoolean, 1, 0xFF}
	cases := []struct {
		name   string
		change func(*draft)
		code   int
	}{
		{"good", func(*draft) {}, 0},

		// Version, serial number, algorithm.
		{"version absent is 1", func(d *draft) { d.version = nil }, 0},
		{"version 2", func(d *draft) { d.version = der(0xA0, num(1)) }, 0},
		{"version 4", func(d *draft) { d.version = der(0xA0, num(3)) }, -0x2580},
		{"version wraps to a negative one", func(d *draft) { d.version = der(0xA0, num(0x7F, 0xFF, 0xFF, 0xFF)) }, 0},
		{"version of five bytes", func(d *draft) { d.version = der(0xA0, num(0, 0, 0, 0, 2)) }, -0x2264},
		{"version negative", func(d *draft) { d.version = der(0xA0, num(0x80)) }, -0x2264},
		{"version not an integer", func(d *draft) { d.version = der(0xA0, null()) }, -0x2262},
		{"version followed by more", func(d *draft) { d.version = der(0xA0, num(2), null()) }, -0x2266},
		{"serial with tag 2", func(d *draft) { d.serial = der(0x82, []byte{1}) }, 0},
		{"serial of no bytes", func(d *draft) { d.serial = num() }, 0},
		{"serial of 40 bytes", func(d *draft) { d.serial = der(tagInteger, make([]byte, 40)) }, 0},
		{"serial is a string", func(d *draft) { d.serial = der(tagUTF8, []byte{1}) }, -0x22E2},
		{"algorithm not a sequence", func(d *draft) { d.sigAlg = null() }, -0x2362},
		{"algorithm empty", func(d *draft) { d.sigAlg = seq() }, -0x2360},
		{"algorithm without id", func(d *draft) { d.sigAlg = seq(null()) }, -0x2362},
		{"algorithm with two parameters", func(d *draft) { d.sigAlg = seq(oid(oidPKCS1+"\x0B"), null(), null()) }, -0x2366},
		{"unknown version before unknown algorithm", func(d *draft) {
			d.version, d.sigAlg = der(0xA0, num(3)), seq(oid("\x2A\x03"))
		}, -0x2580},
		{"ECDSA with SHA-256", func(d *draft) { d.sigAlg = seq(oid("\x2A\x86\x48\xCE\x3D\x04\x03\x02")) }, -0x262E},
		{"SHA-256 with a parameter", func(d *draft) { d.sigAlg = seq(oid(oidPKCS1+"\x0B"), num(1)) }, -0x2300},
		{"RSASSA-PSS with parameters", func(d *draft) { d.sigAlg = seq(oid(oidPKCS1+"\x0A"), seq()) }, -0x2300},
		{"RSASSA-PSS without", func(d *draft) { d.sigAlg = seq(oid(oidPKCS1 + "\x0A")); d.outerAlg = d.sigAlg }, 0},

		// Names.
		{"issuer not a sequence", func(d *draft) { d.issuer = null() }, -0x21E2},
		{"issuer empty", func(d *draft) { d.issuer = seq() }, -0x23E0},
		{"subject empty", func(d *draft) { d.subject = seq() }, 0},
		{"name without a set", func(d *draft) { d.subject = seq(null()) }, -0x23E2},
		{"set empty", func(d *draft) { d.subject = seq(rdn()) }, -0x23E0},
		{"attribute without type", func(d *draft) { d.subject = seq(rdn(seq())) }, -0x23E0},
		{"attribute without value", func(d *draft) { d.subject = seq(rdn(seq(oid("\x55\x04\x03")))) }, -0x23E0},
		{"attribute is an integer", func(d *draft) { d.subject = seq(rdn(seq(oid("\x55\x04\x03"), num(1)))) }, -0x23E2},
		{"attribute is numeric text", func(d *draft) { d.subject = seq(rdn(attr(0x12, "1"))) }, -0x23E2},
		{"attribute is a bit string", func(d *draft) { d.subject = seq(rdn(attr(tagBitString, "\x00"))) }, 0},
		{"attribute too long", func(d *draft) { d.subject = seq(rdn(seq(oid("\x55\x04\x03"), []byte{tagUTF8, 9, 'x'}))) }, -0x23E0},

		// Validity: form only, values never.
		{"date in the year 9999", func(d *draft) {
			g := der(tagGenTime, []byte("99991231235959Z"))
			d.validity = seq(g, g)
		}, 0},
		{"date with month 99", func(d *draft) { u := der(tagUTCTime, []byte("999999999999Z")); d.validity = seq(u, u) }, 0},
		{"date without seconds and Z", func(d *draft) { u := der(tagUTCTime, []byte("9901010000")); d.validity = seq(u, u) }, 0},
		{"date with a letter", func(d *draft) { u := der(tagUTCTime, []byte("99010100000xZ")); d.validity = seq(u, u) }, -0x2400},
		{"date ends in z", func(d *draft) { u := der(tagUTCTime, []byte("990101000000z")); d.validity = seq(u, u) }, -0x2400},
		{"date with a zone", func(d *draft) { u := der(tagUTCTime, []byte("990101000000+0100")); d.validity = seq(u, u) }, -0x2400},
		{"date longer than read", func(d *draft) { u := der(tagUTCTime, []byte("990101000000Z00")); d.validity = seq(u, u) }, -0x2462},
		{"date is text", func(d *draft) { d.validity = seq(der(tagUTF8, []byte("x"))) }, -0x2462},
		{"only one date", func(d *draft) { d.validity = seq(der(tagUTCTime, []byte("990101000000Z"))) }, -0x2460},
		{"three dates", func(d *draft) { u := der(tagUTCTime, []byte("990101000000Z")); d.validity = seq(u, u, u) }, -0x2466},
		{"validity not a sequence", func(d *draft) { d.validity = null() }, -0x2462},

		// Public key.
		{"elliptic curve key", func(d *draft) { d.keyAlg = seq(oid(oidEC), oid("\x2A\x86\x48\xCE\x3D\x03\x01\x07")) }, -0x3C80},
		{"elliptic curve key with a bad bit string", func(d *draft) { d.keyAlg, d.key = seq(oid(oidEC)), null() }, -0x3B62},
		{"Ed25519 key", func(d *draft) { d.keyAlg = seq(oid("\x2B\x65\x70")) }, -0x3C80},
		{"RSA key with parameters", func(d *draft) { d.keyAlg = seq(oid(oidRSA), num(1)) }, -0x3A80},
		{"key algorithm broken", func(d *draft) { d.keyAlg = null() }, -0x3AE2},
		{"key not a bit string", func(d *draft) { d.key = null() }, -0x3B62},
		{"key with unused bits", func(d *draft) { d.key = der(tagBitString, []byte{1, 2, 3}) }, -0x3B68},
		{"key followed by more", func(d *draft) { d.key = append(d.key, null()...) }, -0x3B66},
		{"key not a sequence", func(d *draft) { d.key = bits(null()...) }, -0x3B62},
		{"key with a third number", func(d *draft) { d.key = bits(seq(der(tagInteger, modulus(512)), num(3), num(1))...) }, -0x3B66},
		{"key with one number", func(d *draft) { d.key = bits(seq(der(tagInteger, modulus(512)))...) }, -0x3B60},
		{"modulus of 127 bits", func(d *draft) { d.key = rsaKey(modulus(127), []byte{3}) }, -0x3B00},
		{"modulus of 128 bits", func(d *draft) { d.key = rsaKey(modulus(128), []byte{3}) }, 0},
		{"modulus of 8192 bits", func(d *draft) { d.key = rsaKey(modulus(8192), []byte{3}) }, 0},
		{"modulus of 8193 bits", func(d *draft) { d.key = rsaKey(modulus(8193), []byte{3}) }, -0x3B00},
		{"modulus even", func(d *draft) { m := modulus(512); m[len(m)-1]--; d.key = rsaKey(m, []byte{3}) }, -0x3B00},
		{"modulus without leading zero", func(d *draft) { d.key = rsaKey(modulus(512), []byte{3}) }, 0},
		{"exponent 1", func(d *draft) { d.key = rsaKey(modulus(512), []byte{1}) }, -0x3B00},
		{"exponent even", func(d *draft) { d.key = rsaKey(modulus(512), []byte{1, 0, 0}) }, -0x3B00},
		{"exponent empty", func(d *draft) { d.key = rsaKey(modulus(512), nil) }, -0x3B00},
		{"exponent is the modulus", func(d *draft) { d.key = rsaKey(modulus(512), modulus(512)) }, -0x3B00},
		{"exponent large", func(d *draft) { d.key = rsaKey(modulus(512), modulus(511)) }, 0},

		// Unique ids and extensions.
		{"unique ids", func(d *draft) { d.uids = append(der(0xA1, []byte{0}), der(0xA2, []byte{0})...) }, 0},
		{"unique ids in version 1", func(d *draft) { d.version, d.uids = nil, der(0xA1, []byte{0}) }, -0x21E6},
		{"extensions in version 2", func(d *draft) { d.version = der(0xA0, num(1)); basic(truth)(d) }, -0x21E6},
		{"extensions empty", func(d *draft) { d.withExtensions() }, 0},
		{"extension list shorter than its wrapper", func(d *draft) { d.extensions = der(0xA3, seq(), null()) }, -0x2566},
		{"extensions not a sequence", func(d *draft) { d.extensions = der(0xA3, null()) }, -0x2562},
		{"surplus behind the extensions counts as one", func(d *draft) { d.withExtensions(); d.tbsTail = null() }, -0x2562},
		{"surplus without extensions", func(d *draft) { d.tbsTail = null() }, -0x21E6},
		{"unknown extension", func(d *draft) { d.withExtensions(ext(idUnknown, false, nil)) }, 0},
		{"extension that ends with a tag", func(d *draft) { d.withExtensions(seq(oid("\x2A\x03"), []byte{5})) }, -0x2562},
		{"extension that ends with its id", func(d *draft) { d.withExtensions(seq(oid("\x2A\x03"))) }, -0x2560},
		{"unknown extension, critical", func(d *draft) { d.withExtensions(ext(idUnknown, true, nil)) }, -0x2562},
		{"unknown extension twice", func(d *draft) { d.withExtensions(ext(idUnknown, false, nil), ext(idUnknown, false, nil)) }, 0},
		{"known extension twice", func(d *draft) {
			e := ext(idKeyUsage, false, bits(1))
			d.withExtensions(e, e)
		}, -0x2500},
		{"extension without id", func(d *draft) { d.withExtensions(seq(null())) }, -0x2562},
		{"extension without value", func(d *draft) { d.withExtensions(seq(oid(idKeyUsage))) }, -0x2560},
		{"extension value not octets", func(d *draft) { d.withExtensions(seq(oid(idKeyUsage), null())) }, -0x2562},
		{"extension followed by more", func(d *draft) { d.withExtensions(seq(oid(idKeyUsage), der(tagOctets, bits(1)), null())) }, -0x2566},
		{"critical flag of two bytes", func(d *draft) {
			d.withExtensions(seq(oid(idKeyUsage), []byte{tagBoolean, 2, 0, 0}, der(tagOctets, bits(1))))
		}, -0x2564},
		{"basic constraints empty", basic(), 0},
		{"basic constraints CA", basic(truth), 0},
		{"basic constraints CA as an integer", basic(num(1)), 0},
		{"basic constraints CA is text", basic(der(tagUTF8, []byte("x"))), -0x2562},
		{"basic constraints with a path length", basic(truth, num(3)), 0},
		{"basic constraints with a negative path length", basic(truth, num(0x80)), -0x2564},
		{"basic constraints followed by more", basic(truth, num(3), null()), -0x2566},
		{"basic constraints not a sequence", func(d *draft) { d.withExtensions(ext(idBasicConstraints, true, null())) }, -0x2562},
		{"key usage of no bits", func(d *draft) { d.withExtensions(ext(idKeyUsage, false, bits())) }, -0x2564},
		{"key usage of nothing", func(d *draft) { d.withExtensions(ext(idKeyUsage, false, der(tagBitString))) }, -0x2560},
		{"key usage with 8 unused bits", func(d *draft) {
			d.withExtensions(ext(idKeyUsage, false, der(tagBitString, []byte{8, 1})))
		}, -0x2564},
		{"key usage followed by more", func(d *draft) { d.withExtensions(ext(idKeyUsage, false, append(bits(1), 0))) }, -0x2566},
		{"extended key usage empty", func(d *draft) { d.withExtensions(ext(idExtKeyUsage, false, seq())) }, -0x2564},
		{"extended key usage not an id", func(d *draft) { d.withExtensions(ext(idExtKeyUsage, false, seq(null()))) }, -0x2562},
		{"extended key usage followed by more", func(d *draft) { d.withExtensions(ext(idExtKeyUsage, false, append(seq(oid("\x2A")), 0))) },
			-0x2566},
		{"alternative names empty", func(d *draft) { d.withExtensions(ext(idSubjectAltName, false, seq())) }, 0},
		{"alternative name of universal class", func(d *draft) { d.withExtensions(ext(idSubjectAltName, false, seq(null()))) }, -0x2562},
		{"alternative name too long", func(d *draft) { d.withExtensions(ext(idSubjectAltName, false, seq([]byte{0x82, 5}))) }, -0x2560},
		{"alternative names followed by more", func(d *draft) {
			d.withExtensions(ext(idSubjectAltName, false, append(seq(), 0)))
		}, -0x2566},
		{"netscape type", func(d *draft) { d.withExtensions(ext(idNetscapeCertType, true, bits(0x80))) }, 0},
		{"netscape type of two bytes", func(d *draft) { d.withExtensions(ext(idNetscapeCertType, false, bits(1, 2))) }, -0x2564},

		// Outer part.
		{"outer algorithm differs", func(d *draft) { d.outerAlg = seq(oid(oidPKCS1+"\x05"), null()) }, -0x2680},
		{"outer parameters absent, inner NULL", func(d *draft) { d.outerAlg = seq(oid(oidPKCS1 + "\x0B")) }, 0},
		{"outer algorithm missing", func(d *draft) { d.outerAlg = nil }, -0x2362},
		{"signature missing", func(d *draft) { d.signature = nil }, -0x24E0},
		{"signature not a bit string", func(d *draft) { d.signature = null() }, -0x24E2},
		{"signature empty", func(d *draft) { d.signature = bits() }, -0x24E8},
		{"surplus behind the signature", func(d *draft) { d.tail = null() }, -0x21E6},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := goodDraft()
			c.change(d)
			cert, code := ParseCertificate(d.der(), nil)
			require.Equal(t, show(c.code), show(code))
			assert.Equal(t, code == 0, cert != nil)
		})
	}
}

func TestParseCertificateOuterStructure(t *testing.T) {
	good := goodDraft().der()
	for _, c := range []struct {
		name string
		in   []byte
		code int
	}{
		{"nothing", nil, -0x2180},
		{"text", []byte("hello"), -0x2180},
		{"a sequence that is too long", []byte{0x30, 0x82, 0xFF, 0xFF, 0}, -0x2180},
		{"indefinite length", append([]byte{0x30, 0x80}, good...), -0x2180},
		{"no signed part", seq(), -0x21E0},
		{"signed part is something else", seq(null()), -0x21E2},
		{"signed part empty: the version's tag adds no base", seq(seq()), -0x60},
		{"version longer than the certificate", seq(seq([]byte{0xA0, 0x7F})), -0x60},
		{"version of indefinite length", seq(seq([]byte{0xA0, 0x80})), -0x64},
		{"signed part longer than the certificate", append(seq([]byte{0x30, 5}), 1, 2, 3, 4, 5), -0x22E2},
		{"cut in the middle", good[:len(good)/2], -0x2180},
		{"bytes behind it", append(bytes.Clone(good), 1, 2, 3), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert, code := ParseCertificate(c.in, nil)
			require.Equal(t, show(c.code), show(code))
			if code == 0 {
				assert.Equal(t, c.in, cert.Raw, "the device keeps the surplus")
			}
		})
	}
}

func TestParseCertificateFields(t *testing.T) {
	d := goodDraft()
	d.subject = seq(rdn(attr(tagUTF8, "a"), attr(tagPrintable, "b")), rdn(attr(tagIA5, "c")))
	d.key = rsaKey(append([]byte{0, 0, 0}, modulus(1025)...), []byte{1, 0, 1})
	dns := der(0x82, []byte("host"))
	d.withExtensions(
		ext(idBasicConstraints, true, seq([]byte{tagBoolean, 1, 0xFF}, num(3))),
		ext(idSubjectAltName, false, seq(der(0x87, []byte{10, 0, 0, 1}), dns, dns, dns)),
		ext(idExtKeyUsage, false, seq(oid("\x2A"), oid("\x2B"))),
	)
	in := d.der()
	c, code := ParseCertificate(in, nil)
	require.Equal(t, 0, code)
	assert.EqualValues(t, 3, c.Version)
	assert.Equal(t, []byte{1}, c.Serial)
	assert.Equal(t, d.issuer, c.Issuer)
	assert.Equal(t, d.subject, c.Subject)
	assert.Equal(t, d.tbs(), c.TBS)
	assert.Equal(t, crypto.SHA256, c.SigHash)
	assert.Equal(t, modulus(512), c.Signature)
	assert.True(t, c.IsCA)
	assert.EqualValues(t, 4, c.MaxPathLen)
	assert.Equal(t, 129, c.PublicKey.Size())
	assert.Equal(t, 1032, c.PublicKey.Bits())

	clear(in)
	assert.NotEqual(t, in, c.Raw, "the input is copied")
}

func TestParseCertificateAgreesWithGo(t *testing.T) {
	ca := testpki.SelfSigned(t, testpki.Options{Key: testpki.CA2048, CA: true, MaxPathLen: 3})
	for _, o := range []testpki.Options{
		{Key: testpki.Leaf1024, Hosts: []string{"a.test", "b.test", "10.0.0.1"}},
		{Key: testpki.Leaf3072, Hash: gox509.SHA512WithRSA, Pad: 700},
		{Key: testpki.Leaf4096, CA: true, MaxPathLen: 1, Hash: gox509.SHA384WithRSA},
		{Key: testpki.Leaf2048, Extra: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{1}}}},
	} {
		want := ca.Issue(t, o)
		c, code := ParseCertificate(want.Raw, nil)
		require.Equal(t, "0", show(code))
		assert.Equal(t, want.RawTBSCertificate, c.TBS)
		assert.Equal(t, want.RawSubject, c.Subject)
		assert.Equal(t, want.RawIssuer, c.Issuer)
		assert.Equal(t, want.SerialNumber.Bytes(), c.Serial)
		assert.Equal(t, want.Signature, c.Signature)
		assert.Equal(t, want.IsCA, c.IsCA)
		assert.Equal(t, testpki.Key(t, o.Key).N, c.PublicKey.N)
		assert.EqualValues(t, o.MaxPathLen, c.MaxPathLen)
		require.NoError(t, want.CheckSignatureFrom(ca.Certificate))
		digest, _ := c.digest()
		assert.Equal(t, 0, VerifyPKCS1v15(&PublicKey{N: testpki.Key(t, testpki.CA2048).N, E: c.PublicKey.E},
			c.SigHash, digest, c.Signature))
	}
}

func FuzzCertificate(f *testing.F) {
	f.Add(goodDraft().der())
	for _, name := range []string{"leaf2048.pem", "ca_v1.pem", "F_critical_nscomment.pem", "two_ca_bad_first.pem", "client_msg2047.pem"} {
		f.Add(readPKI(f, name))
	}
	d := goodDraft()
	d.withExtensions(ext(idSubjectAltName, false, seq(der(0x82, []byte("host")))), ext(idExtKeyUsage, false, seq(oid("\x2A"))),
		ext(idBasicConstraints, true, seq(num(1), num(2))))
	f.Add(d.der())
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		certs, bad, code := ParseBundle(in, nil)
		require.Equal(t, before, in, "the input is not changed")
		require.LessOrEqual(t, code, 0)
		require.GreaterOrEqual(t, bad, 0)
		require.Equal(t, code == 0, len(certs) > 0)
		for _, c := range certs {
			again, code := ParseCertificate(c.Raw, nil)
			require.Equal(t, 0, code)
			require.Equal(t, c, again)
			require.GreaterOrEqual(t, c.PublicKey.N.BitLen(), MinModulusBits)
			require.LessOrEqual(t, c.PublicKey.N.BitLen(), MaxModulusBits)
		}
		if len(certs) > 0 && len(certs) < 4 && certs[0].PublicKey.E.BitLen() < 32 {
			flags, code := Verify(certs, certs, Rules{MinRSABits: 512})
			if flags != 0 {
				require.Equal(t, CodeVerifyFailed, code)
			}
		}
	})
}
