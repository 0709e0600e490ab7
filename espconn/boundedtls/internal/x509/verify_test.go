package x509

import (
	"crypto"
	"crypto/rsa"
	gox509 "crypto/x509"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/testpki"
)

func parsed(t *testing.T, ders ...[]byte) (out []*Certificate) {
	t.Helper()
	for _, der := range ders {
		c, code := ParseCertificate(der, nil)
		require.Equal(t, "0", show(code))
		out = append(out, c)
	}
	return out
}

// signed completes a draft: names, the given key, signed by another.
func signed(t *testing.T, subject, issuer, key, signer string, change func(*draft)) []byte {
	t.Helper()
	name := func(s string) []byte { return seq(rdn(attr(tagUTF8, s))) }
	d := goodDraft()
	d.subject, d.issuer = name(subject), name(issuer)
	public := testpki.Key(t, key)
	d.key = rsaKey(append([]byte{0}, public.N.Bytes()...), []byte{1, 0, 1})
	if change != nil {
		change(d)
	}
	h := crypto.SHA256.New()
	h.Write(d.tbs())
	sig, err := rsa.SignPKCS1v15(nil, testpki.Key(t, signer), crypto.SHA256, h.Sum(nil))
	require.NoError(t, err)
	d.signature = bits(sig...)
	return d.der()
}

func asCA(pathLen ...byte) func(*draft) {
	return func(d *draft) {
		value := []byte{tagBoolean, 1, 0xFF}
		if len(pathLen) > 0 {
			value = append(value, num(pathLen...)...)
		}
		d.withExtensions(ext(idBasicConstraints, true, seq(value)))
	}
}

func version(v byte) func(*draft) { return func(d *draft) { d.version = der(0xA0, num(v-1)) } }

func TestVerify(t *testing.T) {
	const k1, k2, k3, k4 = testpki.CA2048, testpki.Intermediate, testpki.Leaf2048, testpki.OtherCA2048
	root := signed(t, "root", "root", k1, k1, asCA())
	inter := signed(t, "inter", "root", k2, k1, asCA())
	leaf := signed(t, "leaf", "root", k3, k1, nil)
	low := signed(t, "low", "inter", k3, k2, nil)
	other := signed(t, "root", "root", k4, k4, asCA()) // the right name with another key
	self := signed(t, "self", "self", k3, k3, nil)
	type list = [][]byte
	cases := []struct {
		name           string
		chain, anchors list
		rules          Rules
		flags          uint32
	}{
		{"leaf by the root", list{leaf}, list{root}, Rules{}, 0},
		{"no anchors", list{leaf}, nil, Rules{}, FlagNotTrusted},
		{"another root", list{leaf}, list{signed(t, "x", "x", k4, k4, asCA())}, Rules{}, FlagNotTrusted},
		{"a root of the same name and another key", list{leaf}, list{other}, Rules{}, FlagNotTrusted},
		{"the right one behind it", list{leaf}, list{other, root}, Rules{}, 0},
		{"root sent too", list{leaf, root}, list{root}, Rules{}, 0},
		{"intermediate sent", list{low, inter}, list{root}, Rules{}, 0},
		{"intermediate missing", list{low}, list{root}, Rules{}, FlagNotTrusted},
		{"intermediate is an anchor", list{low}, list{root, inter}, Rules{}, 0},
		{"extra certificates between", list{low, leaf, self, inter, other}, list{root}, Rules{}, 0},
		{"issuer before the child is not found", list{leaf, low}, list{root}, Rules{}, 0},
		{"intermediate first: it is taken for the peer's own", list{inter, low}, list{root}, Rules{}, 0},
		{"reversed two steps", list{low, root, inter}, list{root}, Rules{}, 0},
		{"signature damaged", list{append(append([]byte(nil), leaf[:len(leaf)-1]...), leaf[len(leaf)-1]^1)}, list{root},
			Rules{}, FlagNotTrusted},
		{"the first match is taken, the good one not tried",
			list{low, signed(t, "inter", "root", k4, k1, asCA()), inter}, list{root}, Rules{}, FlagNotTrusted},

		// The CA bit.
		{"issuer without the CA bit", list{low, signed(t, "inter", "root", k2, k1, nil)}, list{root}, Rules{}, FlagNotTrusted},
		{"anchor without the CA bit", list{leaf}, list{signed(t, "root", "root", k1, k1, nil)}, Rules{}, FlagNotTrusted},
		{"anchor of version 1", list{leaf}, list{signed(t, "root", "root", k1, k1, version(1))}, Rules{}, 0},
		{"anchor of version 2", list{leaf}, list{signed(t, "root", "root", k1, k1, version(2))}, Rules{}, 0},
		{"anchor of version 1 over an intermediate", list{low, inter}, list{signed(t, "root", "root", k1, k1, version(1))}, Rules{}, 0},
		{"intermediate of version 1", list{low, signed(t, "inter", "root", k2, k1, version(1))}, list{root}, Rules{}, FlagNotTrusted},
		{"self-signed leaf is the anchor", list{self}, list{self}, Rules{}, 0},
		{"self-signed leaf is the second anchor", list{self}, list{root, self}, Rules{}, 0},
		{"self-signed leaf, not an anchor", list{self}, list{root}, Rules{}, FlagNotTrusted},
		{"issued leaf is the anchor", list{leaf}, list{leaf}, Rules{}, FlagNotTrusted},
		{"self-signed issuer without the CA bit is the anchor",
			list{signed(t, "low", "self", k2, k3, nil), self}, list{self}, Rules{}, FlagNotTrusted},

		// Path length.
		{"path length 0 over a leaf", list{leaf}, list{signed(t, "root", "root", k1, k1, asCA(0))}, Rules{}, 0},
		{"path length 0 over an intermediate", list{low, inter}, list{signed(t, "root", "root", k1, k1, asCA(0))}, Rules{}, FlagNotTrusted},
		{"path length 1 over an intermediate", list{low, inter}, list{signed(t, "root", "root", k1, k1, asCA(1))}, Rules{}, 0},
		{"intermediate of path length 0 over a leaf", list{low, signed(t, "inter", "root", k2, k1, asCA(0))}, list{root}, Rules{}, 0},
		{"intermediate of path length 0 over another", list{
			signed(t, "leaf", "b", k3, k2, nil), signed(t, "b", "a", k2, k4, asCA()), signed(t, "a", "root", k4, k1, asCA(0)),
		}, list{root}, Rules{}, FlagNotTrusted},
		{"path length in the root as sent and as anchor", list{low, inter, signed(t, "root", "root", k1, k1, asCA(0))},
			list{signed(t, "root", "root", k1, k1, asCA(1))}, Rules{}, 0},
		{"a self-issued intermediate does not count", list{
			signed(t, "leaf", "inter", k3, k4, nil), signed(t, "inter", "inter", k4, k2, asCA()), inter,
		}, list{signed(t, "root", "root", k1, k1, asCA(1))}, Rules{}, 0},

		// Keys.
		{"leaf too short", list{signed(t, "leaf", "root", testpki.Leaf1024, k1, nil)}, list{root}, Rules{MinRSABits: 2048}, FlagBadKey},
		{"leaf long enough", list{signed(t, "leaf", "root", testpki.Leaf1024, k1, nil)}, list{root}, Rules{MinRSABits: 1024}, 0},
		{"anchor too short", list{signed(t, "leaf", "root", k3, testpki.CA1024, nil)},
			list{signed(t, "root", "root", testpki.CA1024, testpki.CA1024, asCA())}, Rules{MinRSABits: 2048}, FlagBadKey},
		{"intermediate too short", list{signed(t, "low", "inter", k3, testpki.CA1024, nil), signed(t, "inter", "root", testpki.CA1024, k1,
			asCA())},
			list{root}, Rules{MinRSABits: 2048}, FlagBadKey},
		{"short and not trusted", list{signed(t, "leaf", "root", testpki.Leaf1024, k4, nil)}, list{root}, Rules{MinRSABits: 2048},
			FlagBadKey | FlagNotTrusted},

		// Names are compared by attribute, not by encoding.
		{"issuer in another string type and case", list{signed(t, "leaf", "x", k3, k1, func(d *draft) {
			d.issuer = seq(rdn(attr(tagPrintable, "ROOT")))
		})}, list{root}, Rules{}, 0},
		{"issuer in another case of a type that is not folded", list{signed(t, "leaf", "x", k3, k1, func(d *draft) {
			d.issuer = seq(rdn(attr(tagIA5, "ROOT")))
		})}, list{root}, Rules{}, FlagNotTrusted},
		{"issuer with one attribute more", list{signed(t, "leaf", "x", k3, k1, func(d *draft) {
			d.issuer = seq(rdn(attr(tagUTF8, "root")), rdn(attr(tagUTF8, "root")))
		})}, list{root}, Rules{}, FlagNotTrusted},
		{"issuer's attributes in one set instead of two", list{signed(t, "leaf", "x", k3, k1, func(d *draft) {
			d.issuer = seq(rdn(attr(tagUTF8, "a"), attr(tagUTF8, "b")))
		})}, list{signed(t, "x", "x", k1, k1, func(d *draft) {
			asCA()(d)
			d.subject = seq(rdn(attr(tagUTF8, "a")), rdn(attr(tagUTF8, "b")))
		})}, Rules{}, FlagNotTrusted},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			flags, code := Verify(parsed(t, c.chain...), parsed(t, c.anchors...), c.rules)
			assert.Equal(t, fmt.Sprintf("0x%x", c.flags), fmt.Sprintf("0x%x", flags))
			if c.flags == 0 {
				assert.Equal(t, 0, code)
			} else {
				assert.Equal(t, CodeVerifyFailed, code)
			}
		})
	}
}

func TestVerifyHashes(t *testing.T) {
	root := signed(t, "root", "root", testpki.CA2048, testpki.CA2048, asCA())
	key := testpki.Key(t, testpki.CA2048)
	for _, c := range []struct {
		name  string
		oid   string
		hash  crypto.Hash
		flags uint32
	}{
		{"SHA-1", "\x05", crypto.SHA1, 0},
		{"SHA-224", "\x0E", crypto.SHA224, 0},
		{"SHA-256", "\x0B", crypto.SHA256, 0},
		{"SHA-384", "\x0C", crypto.SHA384, 0},
		{"SHA-512", "\x0D", crypto.SHA512, 0},
		{"MD5", "\x04", crypto.MD5, FlagBadHash},
		{"MD4 cannot be checked", "\x03", 0, FlagBadHash | FlagNotTrusted},
		{"MD2 cannot be checked", "\x02", 0, FlagBadHash | FlagNotTrusted},
		{"RSASSA-PSS cannot be checked", "\x0A", 0, FlagBadHash | FlagNotTrusted},
	} {
		leaf := func(issuer string) []byte {
			d := goodDraft()
			d.subject, d.issuer = seq(rdn(attr(tagUTF8, "leaf"))), seq(rdn(attr(tagUTF8, issuer)))
			d.sigAlg = seq(oid(oidPKCS1+c.oid), null())
			d.outerAlg = d.sigAlg
			if c.hash != 0 {
				h := c.hash.New()
				h.Write(d.tbs())
				sig, err := rsa.SignPKCS1v15(nil, key, c.hash, h.Sum(nil))
				require.NoError(t, err)
				d.signature = bits(sig...)
			}
			return d.der()
		}
		t.Run(c.name, func(t *testing.T) {
			flags, _ := Verify(parsed(t, leaf("root")), parsed(t, root), Rules{})
			assert.Equal(t, c.flags, flags, "below an anchor")
			between := signed(t, "between", "root", testpki.CA2048, testpki.CA2048, asCA())
			flags, _ = Verify(parsed(t, leaf("between"), between), parsed(t, root), Rules{})
			assert.Equal(t, c.flags, flags, "below an intermediate")
		})
	}
}

func TestVerifyDepth(t *testing.T) {
	const key = testpki.Intermediate
	root := parsed(t, signed(t, "root", "root", key, key, asCA()))
	chain := func(intermediates int, leafKey string) []*Certificate {
		list := [][]byte{signed(t, "leaf", "i1", leafKey, key, nil)}
		for i := 1; i <= intermediates; i++ {
			issuer := fmt.Sprintf("i%d", i+1)
			if i == intermediates {
				issuer = "root"
			}
			list = append(list, signed(t, fmt.Sprintf("i%d", i), issuer, key, key, asCA()))
		}
		return parsed(t, list...)
	}
	flags, code := Verify(chain(MaxIntermediates, testpki.Leaf2048), root, Rules{MinRSABits: 2048})
	assert.Equal(t, uint32(0), flags)
	assert.Equal(t, 0, code)

	flags, code = Verify(chain(MaxIntermediates+1, testpki.Leaf2048), root, Rules{MinRSABits: 2048})
	assert.Equal(t, uint32(0), flags, "the upper part's flags are dropped")
	assert.Equal(t, CodeVerifyFailed, code)

	flags, code = Verify(chain(MaxIntermediates+1, testpki.Leaf1024), root, Rules{MinRSABits: 2048})
	assert.Equal(t, FlagBadKey, flags, "the leaf's are kept")
	assert.Equal(t, CodeVerifyFailed, code)

	_, code = Verify(nil, root, Rules{})
	assert.Equal(t, CodeCertBadInput, code)
}

func TestVerifyAgreesWithGoOnGoodChains(t *testing.T) {
	for _, key := range []string{testpki.CA2048, testpki.CA4096} {
		ca := testpki.NewCA(t, key)
		inter := ca.Issue(t, testpki.Options{Key: testpki.Intermediate, CA: true})
		inter2 := inter.Issue(t, testpki.Options{Key: testpki.Intermediate2, CA: true, MaxPathLen: 1})
		leaf := inter2.Issue(t, testpki.Options{Key: testpki.Leaf3072, Hash: gox509.SHA384WithRSA, MessageLen: 4096})
		between := gox509.NewCertPool()
		between.AddCert(inter.Certificate)
		between.AddCert(inter2.Certificate)
		_, err := leaf.Verify(gox509.VerifyOptions{Roots: ca.Pool(), Intermediates: between})
		require.NoError(t, err)
		flags, code := Verify(parsed(t, leaf.Chain()...), parsed(t, ca.Raw), Rules{MinRSABits: 2048})
		assert.Equal(t, uint32(0), flags)
		assert.Equal(t, 0, code)
	}
}

// Check sees every signature that the device looks at, in its order, and can refuse it.
func TestVerifyAsksBeforeEachSignature(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	other := testpki.SelfSigned(t, testpki.Options{Key: testpki.OtherCA2048, Name: ca.Subject.CommonName, CA: true})
	inter := ca.Issue(t, testpki.Options{Key: testpki.Intermediate, CA: true})
	leaf := inter.Issue(t, testpki.Options{Key: testpki.Leaf2048})
	chain, anchors := parsed(t, leaf.Raw, inter.Raw), parsed(t, other.Raw, ca.Raw)
	type seen struct {
		key    *PublicKey
		anchor bool
	}
	want := []seen{{&chain[1].PublicKey, false}, {&anchors[0].PublicKey, true}, {&anchors[1].PublicKey, true}}
	for refuse := range len(want) + 1 {
		var got []seen
		flags, code := Verify(chain, anchors, Rules{Check: func(k *PublicKey, anchor bool) bool {
			got = append(got, seen{k, anchor})
			return len(got)-1 != refuse
		}})
		assert.Equal(t, want, got, "the check goes on after a refusal")
		if refuse == 0 || refuse == 2 { // 1: that anchor's signature does not fit anyhow
			assert.Equal(t, FlagNotTrusted, flags)
			assert.Equal(t, CodeVerifyFailed, code)
		} else {
			assert.Zero(t, code)
		}
	}
}
