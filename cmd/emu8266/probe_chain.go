package main

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/netip"
	"os"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

// chainAddr is where the server of --chain listens on the private network.
var chainAddr = netip.MustParseAddrPort("10.0.0.10:443")

// chainFileMax bounds the file of --chain, bytes: PEM text is a third longer than what it holds.
const chainFileMax = 64 << 10

// newChainServer makes the server of --chain. request: it asks for the device's certificate.
func newChainServer(file, records string, request, raw bool) (*badpeer.Server, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, usagef("probe: --chain: %v", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, chainFileMax+1))
	switch {
	case err != nil:
		return nil, usagef("probe: --chain: %v", err)
	case len(b) > chainFileMax:
		return nil, usagef("probe: --chain %s: more than %d bytes", file, chainFileMax)
	}
	chain, err := badpeer.ParseChain(b)
	if err != nil {
		return nil, usagef("probe: --chain %s: %v", file, err)
	}
	for i, der := range chain {
		if _, err := x509.ParseCertificate(der); err != nil && !raw {
			return nil, usagef("probe: --chain %s: certificate %d: %v (--raw-certs sends it all the same)", file, i+1, err)
		}
	}
	s := &badpeer.Server{Chain: chain, Request: request}
	if records == "coalesced" {
		s.Layout = badpeer.Coalesced
	}
	return s, nil
}

// probeTarget probes, with the server of --chain on the network if there is one.
func (t *prober) probeTarget(ctx context.Context, con *console) (*probeReport, error) {
	if t.chain == nil {
		return t.probe(ctx, con)
	}
	host := t.lab.network.Host("chain", chainAddr.Addr())
	l, err := host.Listen("tcp", chainAddr.String())
	if err != nil {
		return nil, err
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = t.chain.Serve(l) // until l is closed
	}()
	report, err := t.probe(ctx, con)
	err = errors.Join(err, l.Close())
	host.Close()
	<-served
	return report, err
}
