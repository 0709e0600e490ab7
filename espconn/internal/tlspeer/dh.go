package tlspeer

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// dhPrimes are the MODP groups of RFC 2409 6.2 (1024 bits) and RFC 3526 2 and 3
// (1536 and 2048 bits); the generator of each is 2.
var dhPrimes = map[int]string{
	1024: "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1" +
		"4374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFF" +
		"FFFF",
	1536: "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1" +
		"4374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163" +
		"BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA237327FFFFFFFFFFF" +
		"FFFFF",
	2048: "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1" +
		"4374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163" +
		"BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E3" +
		"6CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFF" +
		"FFFFFF",
}

// dhExponentLen is the length of our secret exponents in bytes. Choice: 32 bytes
// are enough for these groups and keep tests fast.
const dhExponentLen = 32

// DHValues are what a peer sends of a Diffie-Hellman key exchange. A test changes them, and then says what secret they lead
// to: the device's public value, raised to the power of a private value that the peer does not know, for the device.
type DHValues struct {
	P, G, Y *big.Int // prime and generator (a client: the device's, not sent), own public value
	// Secret returns the shared secret for the device's public value; nil: what the own private value gives with P.
	Secret func(device *big.Int) *big.Int
}

// dhKey is one side's ephemeral key.
type dhKey struct {
	p, g, x *big.Int
	secret  func(device *big.Int) *big.Int // instead of the one that x gives; nil: that one
}

func dhGroup(bits int) (p, g *big.Int, err error) {
	hex, ok := dhPrimes[bits]
	if !ok {
		return nil, nil, fmt.Errorf("tlspeer: no DH group of %d bits", bits)
	}
	p, _ = new(big.Int).SetString(hex, 16)
	return p, big.NewInt(2), nil
}

func newDHKey(p, g *big.Int, rand io.Reader) (dhKey, error) {
	if p.BitLen() < 2 || p.Bit(0) == 0 {
		return dhKey{}, errors.New("tlspeer: DH prime is not odd")
	}
	x := make([]byte, dhExponentLen)
	if _, err := io.ReadFull(rand, x); err != nil {
		return dhKey{}, err
	}
	x[0] |= 0x80
	return dhKey{p: p, g: g, x: new(big.Int).SetBytes(x)}, nil
}

// values are what is sent, after change, if there is one.
func (k *dhKey) values(change func(*DHValues)) DHValues {
	v := DHValues{P: k.p, G: k.g, Y: new(big.Int).Exp(k.g, k.x, k.p)}
	if change != nil {
		change(&v)
		k.p, k.secret = v.P, v.Secret
	}
	return v
}

// shared is the premaster secret: leading zero bytes are removed (RFC 5246 8.1.2).
func (k dhKey) shared(peer []byte) []byte {
	if k.secret != nil {
		return k.secret(new(big.Int).SetBytes(peer)).Bytes()
	}
	return new(big.Int).Exp(new(big.Int).SetBytes(peer), k.x, k.p).Bytes()
}
