package x509

import (
	"io"
	"math/big"
)

// MinDHLen is the shortest prime that the client role takes, in bytes (tls.md 2.6: 1024 bits). The device counts whole
// bytes, so 1,017 bits pass.
const MinDHLen = 128

// MaxDHLen is the longest prime for which a private value can be drawn and a secret computed, in bytes (tls.md 4.1: max big
// number).
const MaxDHLen = 1024

// Group is a Diffie-Hellman group: prime and generator. Not to be changed; safe for concurrent use.
type Group struct {
	P, G *big.Int
}

// ReadDHParams takes prime, generator and the server's public value as they stand in a ServerKeyExchange. Code:
// CodeServerKeyExch for a prime below MinDHLen. No value is refused for its range: the device checks it and loses the result
// (tls.md 3.2); [Group.InRange] tells. The public value is for [DHKey.Secret].
func ReadDHParams(p, g, y []byte) (Group, *big.Int, int) {
	group := Group{P: new(big.Int).SetBytes(p), G: new(big.Int).SetBytes(g)}
	if group.Size() < MinDHLen {
		return Group{}, nil, CodeServerKeyExch
	}
	return group, new(big.Int).SetBytes(y), 0
}

// Size returns the prime's length in bytes.
func (g Group) Size() int { return (g.P.BitLen() + 7) / 8 }

// ReadPublic takes a client's public value: 1 to Size() bytes, whatever their value (tls.md 3.2). Code: CodeDHBadInput, which
// the server role reports as -0x7C80 (tls.md 3.2).
func (g Group) ReadPublic(y []byte) (*big.Int, int) {
	if len(y) < 1 || len(y) > g.Size() {
		return nil, CodeDHBadInput
	}
	return new(big.Int).SetBytes(y), 0
}

// InRange tells whether 2 <= x <= P-2: outside, anyone can compute the secret, or x stands for another value. The device asks
// and goes on whatever the answer is (tls.md 3.2).
func (g Group) InRange(x *big.Int) bool {
	two := big.NewInt(2)
	return x.Cmp(two) >= 0 && x.Cmp(new(big.Int).Sub(g.P, two)) <= 0
}

// DHKey is an own key pair. Safe for concurrent use.
type DHKey struct {
	group  Group
	x      *big.Int
	public *big.Int
}

// GenerateDH makes a key pair: the private value is Size() bytes from random, shifted right until it is below P. Whether they
// could be drawn is not looked at: if random fails or P is longer than MaxDHLen, the private value is 0 and the public value 1
// (tls.md 3.2). Codes: -0x3284 for an even P, CodeDHBadInput for 0. The server role's fixed group cannot fail.
func GenerateDH(random io.Reader, g Group) (*DHKey, int) {
	if g.P.Sign() == 0 {
		return nil, CodeDHBadInput
	}
	x := new(big.Int)
	if buf := make([]byte, g.Size()); len(buf) <= MaxDHLen {
		if _, err := io.ReadFull(random, buf); err == nil {
			x.SetBytes(buf)
		}
	}
	for x.Cmp(g.P) >= 0 {
		x.Rsh(x, 1)
	}
	if g.P.Bit(0) == 0 {
		return nil, CodeDHMakePublic + mpiBadInput
	}
	return &DHKey{group: g, x: x, public: new(big.Int).Exp(g.G, x, g.P)}, 0
}

// Value returns the public value.
func (k *DHKey) Value() *big.Int { return k.public }

// Exponent returns the private value. It is not the caller's to change.
func (k *DHKey) Exponent() *big.Int { return k.x }

// Public returns the public value padded with zeros to Size() bytes, as the client sends it.
func (k *DHKey) Public() []byte { return k.public.FillBytes(make([]byte, k.group.Size())) }

// ShortPublic returns the public value without leading zeros, as the server sends it (tls.md 1.4).
func (k *DHKey) ShortPublic() []byte { return k.public.Bytes() }

// Secret returns the shared secret without leading zeros, which is the premaster secret; it is empty for a peer's value of 0
// or P. Code: CodeDHBadInput if P is longer than MaxDHLen, for which the premaster secret has no room.
func (k *DHKey) Secret(peer *big.Int) ([]byte, int) {
	if k.group.Size() > MaxDHLen {
		return nil, CodeDHBadInput
	}
	return new(big.Int).Exp(peer, k.x, k.group.P).Bytes(), 0
}

// ServerGroup returns the group that the server role offers: the 2048-bit group with a 224-bit subgroup of RFC 5114 2.2
// (tls.md 1.4).
func ServerGroup() Group {
	p, _ := new(big.Int).SetString(rfc5114P, 16)
	g, _ := new(big.Int).SetString(rfc5114G, 16)
	return Group{P: p, G: g}
}

// The group of RFC 5114 2.2, hexadecimal.
const (
	rfc5114P = "AD107E1E9123A9D0D660FAA79559C51FA20D64E5683B9FD1B54B1597B61D0A75E6FA141DF95A56DBAF9A3C407BA1DF15" +
		"EB3D688A309C180E1DE6B85A1274A0A66D3F8152AD6AC2129037C9EDEFDA4DF8D91E8FEF55B7394B7AD5B7D0B6C12207" +
		"C9F98D11ED34DBF6C6BA0B2C8BBC27BE6A00E0A0B9C49708B3BF8A317091883681286130BC8985DB1602E714415D9330" +
		"278273C7DE31EFDC7310F7121FD5A07415987D9ADC0A486DCDF93ACC44328387315D75E198C641A480CD86A1B9E587E8" +
		"BE60E69CC928B2B9C52172E413042E9B23F10B0E16E79763C9B53DCF4BA80A29E3FB73C16B8E75B97EF363E2FFA31F71" +
		"CF9DE5384E71B81C0AC4DFFE0C10E64F"
	rfc5114G = "AC4032EF4F2D9AE39DF30B5C8FFDAC506CDEBE7B89998CAF74866A08CFE4FFE3A6824A4E10B9A6F0DD921F01A70C4AFA" +
		"AB739D7700C29F52C57DB17C620A8652BE5E9001A8D66AD7C17669101999024AF4D027275AC1348BB8A762D0521BC98A" +
		"E247150422EA1ED409939D54DA7460CDB5F6C6B250717CBEF180EB34118E98D119529A45D6F834566E3025E316A330EF" +
		"BB77A86F0C1AB15B051AE3D428C8F8ACB70A8137150B8EEB10E183EDD19963DDD9E263E4770589EF6AA21E7F5F2FF381" +
		"B539CCE3409D13CD566AFBB48D6C019181E1BCFE94B30269EDFE72FE9B6AA4BD7B5A0F1C71CFFF4C19C418E1F6EC0179" +
		"81BC087F2A7065B384B890D3191F2BFA"
)
