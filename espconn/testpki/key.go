package testpki

import (
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"fmt"
	"sync"
)

// TB is the part of testing.TB that this package needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Names of the keys. The number is the length in bits.
const (
	CA1024        = "ca-1024"
	CA2048        = "ca-2048"
	CA4096        = "ca-4096"
	OtherCA2048   = "other-ca-2048"
	Intermediate  = "intermediate-2048"
	Intermediate2 = "intermediate2-2048"
	Leaf512       = "leaf-512"
	Leaf1024      = "leaf-1024"
	Leaf2048      = "leaf-2048"
	Leaf3072      = "leaf-3072"
	Leaf4096      = "leaf-4096"
	Client1024    = "client-1024"
	Client2048    = "client-2048"
)

//go:embed keys/*.key.pem
var files embed.FS

var keys sync.Map // name -> *loadedKey

type loadedKey struct {
	once sync.Once
	key  *rsa.PrivateKey
	pem  []byte
	err  error
}

func load(name string) *loadedKey {
	v, _ := keys.LoadOrStore(name, &loadedKey{})
	k := v.(*loadedKey)
	k.once.Do(func() { k.key, k.pem, k.err = readKey(name) })
	return k
}

func readKey(name string) (*rsa.PrivateKey, []byte, error) {
	text, err := files.ReadFile("keys/" + name + ".key.pem")
	if err != nil {
		return nil, nil, fmt.Errorf("testpki: there is no key %q", name)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil, fmt.Errorf("testpki: key %s: no PEM block", name)
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return key, text, err
}

// LoadKey returns the key with the given name, for programs that have no [TB]. The key is shared: do not change it. It is
// an error if there is no key of that name.
func LoadKey(name string) (*rsa.PrivateKey, error) {
	k := load(name)
	return k.key, k.err
}

// Key returns the key with the given name. It is shared: do not change it.
func Key(tb TB, name string) *rsa.PrivateKey {
	tb.Helper()
	k, err := LoadKey(name)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return k
}

// KeyPEM returns the key as "RSA PRIVATE KEY" in PEM. The slice is the caller's.
func KeyPEM(tb TB, name string) []byte {
	tb.Helper()
	Key(tb, name)
	return append([]byte(nil), load(name).pem...)
}

// KeyDER returns the key as PKCS#1 in DER, the form in which the SDK's tools put it into flash. The slice is the caller's.
func KeyDER(tb TB, name string) []byte {
	tb.Helper()
	return x509.MarshalPKCS1PrivateKey(Key(tb, name))
}
