package main

import (
	"crypto/x509"
	"net/netip"
	"strings"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

// chainAddr is where the server of --chain listens on the private network.
var chainAddr = netip.MustParseAddrPort("10.0.0.10:443")

// chainFileMax bounds the file of --chain, bytes: PEM text is a third longer than what it holds.
const chainFileMax = 64 << 10

// newChainServer makes the server of --chain. request: it asks for the device's certificate.
func newChainServer(file, records string, request, raw bool) (*badpeer.Server, error) {
	b, err := readFile(file, chainFileMax)
	if err != nil {
		return nil, usagef("probe: --chain: %v", err)
	}
	chain, err := badpeer.ParseChain(b)
	if err != nil {
		return nil, usagef("probe: --chain %s: %s: give the server's certificates in PEM, its own first", file,
			strings.TrimPrefix(err.Error(), "badpeer: "))
	}
	for i, der := range chain {
		if _, err := x509.ParseCertificate(der); err != nil && !raw {
			return nil, usagef("probe: --chain %s: certificate %d: %v (--raw-certs sends it all the same)", file, i+1, err)
		}
	}
	s := &badpeer.Server{Chain: chain, Request: request, AnyLeaf: raw}
	if records == "coalesced" {
		s.Layout = badpeer.Coalesced
	}
	return s, nil
}
