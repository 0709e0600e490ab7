package testpki

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// TB is the part of testing.TB that this package needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Names of the key files in testdata/pki. The number is the length in bits.
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

// maxFoldersUpward bounds the search for the module's root.
const maxFoldersUpward = 16

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
	folder, err := keyFolder()
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, name+".key.pem"))
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil, fmt.Errorf("testpki: %s: no PEM block", name)
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return key, text, err
}

// keyFolder finds testdata/pki of the module from the test's working folder.
func keyFolder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for range maxFoldersUpward {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata", "pki"), nil
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.New("testpki: no go.mod above the working folder")
}

// Key returns the key with the given name. It is shared: do not change it.
func Key(tb TB, name string) *rsa.PrivateKey {
	tb.Helper()
	k := load(name)
	if k.err != nil {
		tb.Fatalf("testpki: key %s: %v", name, k.err)
	}
	return k.key
}

// KeyPEM returns the key file, "RSA PRIVATE KEY" in PEM. The slice is the caller's.
func KeyPEM(tb TB, name string) []byte {
	tb.Helper()
	Key(tb, name)
	return append([]byte(nil), load(name).pem...)
}

// KeyDER returns the key as PKCS#1 in DER, the form in which the SDK's tools put it into flash.
func KeyDER(tb TB, name string) []byte {
	tb.Helper()
	return x509.MarshalPKCS1PrivateKey(Key(tb, name))
}
