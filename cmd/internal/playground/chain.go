package playground

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"

	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// chainAddr is where the server with the certificates listens.
var chainAddr = netip.MustParseAddrPort("10.0.0.10:443")

// chainMax bounds the PEM text of a chain in bytes, as emu8266 probe --chain does.
const chainMax = 64 << 10

func profileNames() (names []string) {
	for _, p := range espconn.AllProfiles() {
		names = append(names, p.Name)
	}
	return names
}

// profiles are those of the request: one, or the usual ones.
func (q Request) profiles() ([]espconn.Profile, error) {
	if q.Profile == "" {
		return espconn.Profiles(), nil
	}
	p, ok := espconn.ProfileByName(q.Profile)
	if !ok {
		return nil, fmt.Errorf("there is no profile %q", q.Profile)
	}
	return []espconn.Profile{p}, nil
}

// chain is emu8266 probe --chain: which profiles and sizes can connect to a server with these certificates.
func (q Request) chain(said func(string)) (a Answer, err error) {
	if len(q.Text) > chainMax {
		return a, fmt.Errorf("the certificates have more than %d bytes", chainMax)
	}
	chain, err := badpeer.ParseChain([]byte(q.Text))
	if err != nil {
		return a, err
	}
	for i, der := range chain {
		if _, err := x509.ParseCertificate(der); err != nil {
			return a, fmt.Errorf("certificate %d: %w", i+1, err)
		}
	}
	p := probe.Probe{Server: chainAddr, Chain: &badpeer.Server{Chain: chain}, Sizes: probe.DefaultSizes(), Language: q.language(),
		Parallel: 1, Tried: func(n int) { said(fmt.Sprintf("%d handshakes\r", n)) }}
	if p.Profiles, err = q.profiles(); err != nil {
		return a, err
	}
	var r *probe.Report
	err = virtual.Run(func() error {
		p.Network = vnet.New(vnet.Options{Seed: 1})
		found, err := p.Run(context.Background(), q.Name)
		r = found
		return errors.Join(err, p.Network.Close())
	})
	if err != nil {
		return a, err
	}
	a.Text, a.Page = r.String(), r.HTML("")
	return a, nil
}
