package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// PKI reads the certificate and key files that cases name, each once. Safe for
// concurrent use; what it returns is shared and must not be changed.
type PKI struct {
	Dir string

	mu   sync.Mutex
	file map[string][]byte
	key  map[string]*tlspeer.Key
}

// File returns the content of a file.
func (p *PKI) File(name string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b, ok := p.file[name]; ok {
		return b, nil
	}
	b, err := os.ReadFile(filepath.Join(p.Dir, name))
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	if p.file == nil {
		p.file = map[string][]byte{}
	}
	p.file[name] = b
	return b, nil
}

// chain returns the certificates of a file, key the private key; an empty name
// gives nil.
func (p *PKI) chain(name string) ([][]byte, error) {
	if name == "" {
		return nil, nil
	}
	b, err := p.File(name)
	if err != nil {
		return nil, err
	}
	return tlspeer.ParseChain(b), nil
}

func (p *PKI) privateKey(name string) (*tlspeer.Key, error) {
	if name == "" {
		return nil, nil
	}
	b, err := p.File(name)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.key[name]; k != nil {
		return k, nil
	}
	k, err := tlspeer.ParseKey(b)
	if err != nil {
		return nil, fmt.Errorf("oracle: %s: %w", name, err)
	}
	if p.key == nil {
		p.key = map[string]*tlspeer.Key{}
	}
	p.key[name] = k
	return k, nil
}
