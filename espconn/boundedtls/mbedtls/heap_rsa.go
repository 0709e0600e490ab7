package mbedtls

import (
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// rsaNumbers are what the library keeps of the own key beside the key itself.
type rsaNumbers struct{ rn, rp, rq, vi, vf number }

func newRSANumbers() *rsaNumbers {
	k := &rsaNumbers{}
	for _, v := range []*number{&k.rn, &k.rp, &k.rq, &k.vi, &k.vf} {
		v.g = ledger.Session
	}
	return k
}

// checkKey is the check of a private key whose numbers are there.
func (a *arithmetic) checkKey(key *x509.PrivateKey) {
	temp := func() *number { return &number{g: ledger.Temp} }
	pq, de, p1, q1, h, i, g, g2, l1, l2, dp, dq, qp := temp(), temp(), temp(), temp(), temp(), temp(), temp(), temp(), temp(), temp(),
		temp(), temp(), temp()
	p, q, d, e := held(key.P), held(key.Q), held(key.D), held(key.E)
	one := held(big.NewInt(1))
	a.mul(pq, p, q)
	a.mul(de, d, e)
	a.sub(p1, p, one)
	a.sub(q1, q, one)
	a.mul(h, p1, q1)
	a.gcd(g, e, h)
	a.gcd(g2, p1, q1)
	a.div(l1, l2, h, g2)
	a.mod(i, de, l1)
	a.mod(dp, d, p1)
	a.mod(dq, d, q1)
	a.inverse(qp, q, p)
	a.free(pq, de, p1, q1, h, i, g, g2, l1, l2, dp, dq, qp)
}

// public is the operation with a public key.
func (a *arithmetic) public(key *x509.PublicKey, rn *number) {
	t, n := &number{g: ledger.Temp}, held(key.N)
	a.read(t, new(big.Int).Sub(key.N, big.NewInt(1)))
	a.power(t, t, held(key.E), n, rn)
	a.free(t)
}

// private is the operation with the own key. Choice: the blinding value, which is drawn, is always the same here; it decides
// only whether numbers on the way need another limb.
func (a *arithmetic) private(key *x509.PrivateKey, k *rsaNumbers) {
	temp := func() *number { return &number{g: ledger.Temp} }
	t, t1, t2 := temp(), temp(), temp()
	n, e, p, q := held(key.N), held(key.E), held(key.P), held(key.Q)
	a.read(t, new(big.Int).Sub(key.N, big.NewInt(1)))
	if k.vf.n == 0 {
		drawn := new(big.Int).Rsh(key.N, 8)
		a.read(&k.vf, drawn.SetBit(drawn, 0, 1))
		a.gcd(&k.vi, &k.vf, n)
		a.inverse(&k.vi, &k.vf, n)
		a.power(&k.vi, &k.vi, e, n, &k.rn)
	} else {
		for _, v := range []*number{&k.vi, &k.vf} {
			a.mul(v, v, v)
			a.mod(v, v, n)
		}
	}
	a.mul(t, t, &k.vi)
	a.mod(t, t, n)
	a.power(t1, t, held(key.DP), p, &k.rp)
	a.power(t2, t, held(key.DQ), q, &k.rq)
	a.sub(t, t1, t2)
	a.mul(t1, t, held(key.QInv))
	a.mod(t, t1, p)
	a.mul(t1, t, q)
	a.add(t, t2, t1)
	a.mul(t, t, &k.vf)
	a.mod(t, t, n)
	a.free(t, t1, t2)
}
