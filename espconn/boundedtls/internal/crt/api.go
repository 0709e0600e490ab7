package crt

import (
	"crypto"
	"io"
	"math/big"
)

type PublicKey struct {
	N *big.Int
	E *big.Int
}

func (k *PublicKey) Size() int { return (k.N.BitLen() + 7) / 8 }
func (k *PublicKey) Bits() int { return k.N.BitLen() }

type PrivateKey struct {
	PublicKey
	D, P, Q, DP, DQ, QP *big.Int
}

type Certificate struct {
	Raw          []byte
	TBS          []byte
	Version      int
	Serial       []byte
	Issuer       []byte
	Subject      []byte
	PublicKey    PublicKey
	SigHash      crypto.Hash // 0: MD2 or MD4
	Signature    []byte
	IsCA         bool
	MaxPathLen   int // -1: none
	IssuerNodes  int // list nodes beyond the first
	SubjectNodes int
	SANNodes     int
	ModulusLen   int
	ExponentLen  int
}

type Rules struct{ MinRSABits int }

const (
	NotTrusted uint32 = 0x08
	BadHash    uint32 = 0x4000
	BadPK      uint32 = 0x8000
	BadKey     uint32 = 0x010000
)

func ParseCertificate(der []byte) (*Certificate, int)                            { return nil, 0 }
func ParseBundle(b []byte) (certs []*Certificate, bad int, code int)             { return nil, 0, 0 }
func ParsePrivateKey(b []byte) (*PrivateKey, int)                                { return nil, 0 }
func Verify(chain, cas []*Certificate, rules Rules) (flags uint32, code int)     { return 0, 0 }
func EncryptPKCS1v15(rand io.Reader, pub *PublicKey, msg []byte) ([]byte, int)   { return nil, 0 }
func (k *PrivateKey) DecryptPKCS1v15(ct []byte) ([]byte, int)                    { return nil, 0 }
func (k *PrivateKey) SignPKCS1v15(hash crypto.Hash, digest []byte) ([]byte, int) { return nil, 0 }
func VerifyPKCS1v15(pub *PublicKey, hash crypto.Hash, digest, sig []byte) int    { return 0 }

type Group struct{ P, G *big.Int }

func RFC5114Group() Group { return Group{} }

type DHKey struct {
	Group  Group
	X      *big.Int
	Public []byte
}

func CheckDHParams(p, g, y []byte) (Group, *big.Int, int)        { return Group{}, nil, 0 }
func GenerateDH(rand io.Reader, g Group, xLen int) (*DHKey, int) { return nil, 0 }
func (k *DHKey) SharedSecret(peer *big.Int) ([]byte, int)        { return nil, 0 }
