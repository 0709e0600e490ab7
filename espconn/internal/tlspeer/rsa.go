package tlspeer

import (
	"bytes"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// ParseKey reads a PKCS#1 RSA private key, PEM or DER, of any size.
func ParseKey(file []byte) (*Key, error) {
	der := file
	if block, _ := pem.Decode(file); block != nil {
		der = block.Bytes
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("tlspeer: private key: %w", err)
	}
	if len(key.Primes) != 2 {
		return nil, errors.New("tlspeer: private key: not two primes")
	}
	return NewKey(key), nil
}

// ParseChain returns the DER certificates of a PEM file in file order; a file
// without PEM blocks is taken as one DER certificate. The certificates are not
// looked at: broken ones are sent as they are.
func ParseChain(file []byte) [][]byte {
	var chain [][]byte
	rest := file
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			chain = append(chain, block.Bytes)
		}
	}
	if chain == nil && len(file) > 0 {
		chain = [][]byte{file}
	}
	return chain
}

// Key is an RSA private key with plain arithmetic, for keys of any size.
type Key struct {
	n, d, p, q, dp, dq, qinv *big.Int
	size                     int // modulus length in bytes
}

// NewKey takes a key, which must have two primes.
func NewKey(key *rsa.PrivateKey) *Key {
	k := &Key{n: key.N, d: key.D, p: key.Primes[0], q: key.Primes[1], size: (key.N.BitLen() + 7) / 8}
	one := big.NewInt(1)
	k.dp = new(big.Int).Mod(k.d, new(big.Int).Sub(k.p, one))
	k.dq = new(big.Int).Mod(k.d, new(big.Int).Sub(k.q, one))
	k.qinv = new(big.Int).ModInverse(k.q, k.p)
	return k
}

// private is the RSA private operation with the Chinese remainder theorem.
func (k *Key) private(in []byte) []byte {
	c := new(big.Int).SetBytes(in)
	m1 := new(big.Int).Exp(c, k.dp, k.p)
	m2 := new(big.Int).Exp(c, k.dq, k.q)
	h := m1.Sub(m1, m2)
	h.Mod(h.Mul(h, k.qinv), k.p)
	m := h.Mul(h, k.q)
	m.Add(m, m2)
	return m.FillBytes(make([]byte, k.size))
}

// decrypt removes PKCS#1 v1.5 encryption padding (RFC 8017 7.2.2).
func (k *Key) decrypt(in []byte) ([]byte, error) {
	if len(in) != k.size {
		return nil, fmt.Errorf("tlspeer: RSA ciphertext of %d bytes, want %d", len(in), k.size)
	}
	em := k.private(in)
	end := bytes.IndexByte(em[2:], 0)
	if em[0] != 0 || em[1] != 2 || end < 8 {
		return nil, errors.New("tlspeer: RSA padding")
	}
	return em[2+end+1:], nil
}

// digestInfo holds the DER prefixes of RFC 8017 9.2, by TLS hash number.
var digestInfo = map[byte]string{
	1: "3020300c06082a864886f70d020505000410",
	2: "3021300906052b0e03021a05000414",
	4: "3031300d060960864801650304020105000420",
	5: "3041300d060960864801650304020205000430",
	6: "3051300d060960864801650304020305000440",
}

// sign makes a PKCS#1 v1.5 signature over message with the TLS 1.2 hash number;
// 0 is the MD5 and SHA-1 concatenation of earlier versions.
func (k *Key) sign(hash byte, message []byte) ([]byte, error) {
	var sum []byte
	switch hash {
	case 0:
		h := newMD5SHA1()
		h.Write(message)
		sum = h.Sum(nil)
	case 1:
		s := md5.Sum(message)
		sum = s[:]
	case 2:
		s := sha1.Sum(message)
		sum = s[:]
	case 4:
		s := sha256.Sum256(message)
		sum = s[:]
	case 5:
		s := sha512.Sum384(message)
		sum = s[:]
	case 6:
		s := sha512.Sum512(message)
		sum = s[:]
	default:
		return nil, fmt.Errorf("tlspeer: no signature hash %d", hash)
	}
	prefix, err := hex.DecodeString(digestInfo[hash])
	if err != nil {
		return nil, err
	}
	t := append(prefix, sum...)
	if k.size < len(t)+11 {
		return nil, fmt.Errorf("tlspeer: key of %d bytes is too small for this signature", k.size)
	}
	em := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, k.size-len(t)-3)...)
	return k.private(append(append(em, 0), t...)), nil
}

// encryptTo makes PKCS#1 v1.5 ciphertext for the key of a DER certificate.
func encryptTo(cert, message []byte, rand io.Reader) ([]byte, error) {
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		return nil, fmt.Errorf("tlspeer: device certificate: %w", err)
	}
	pub, ok := parsed.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("tlspeer: device certificate has no RSA key")
	}
	size := pub.Size()
	if size < len(message)+11 {
		return nil, fmt.Errorf("tlspeer: device key of %d bytes is too small", size)
	}
	pad := make([]byte, size-len(message)-3)
	if _, err := io.ReadFull(rand, pad); err != nil {
		return nil, err
	}
	for i := range pad {
		pad[i] |= 1 // padding bytes must not be zero
	}
	em := append([]byte{0, 2}, pad...)
	em = append(append(em, 0), message...)
	m := new(big.Int).SetBytes(em)
	return m.Exp(m, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, size)), nil
}
