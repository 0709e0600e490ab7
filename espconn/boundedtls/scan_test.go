package boundedtls_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
)

// scanned are the suite numbers that the scanner tries: the ranges in which
// suites were ever assigned.
func scanned() (list []boundedtls.Suite) {
	for _, r := range [][2]int{{0x0000, 0x00FF}, {0x1301, 0x1307}, {0x5600, 0x5600}, {0xC001, 0xC0FF}, {0xCCA8, 0xCCAE}} {
		for id := r[0]; id <= r[1]; id++ {
			list = append(list, boundedtls.Suite(id))
		}
	}
	return list
}

// greet offers suites in a hello of the given version to a fresh server and
// returns what it chose, 0 for a refusal.
func greet(t *testing.T, eng boundedtls.Engine, cert, key []byte, version uint16, suites ...boundedtls.Suite) (boundedtls.Suite, uint16) {
	c := eng.New(boundedtls.Config{Role: boundedtls.Server})
	defer c.Close()
	if eng.Traits().KeyFirst { // takes the key first
		require.Nil(t, c.OwnKey(key))
		require.Nil(t, c.OwnCert(cert))
	} else {
		require.Nil(t, c.OwnCert(cert))
		require.Nil(t, c.OwnKey(key))
	}
	require.Nil(t, c.Setup())
	m := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 33)...)
	m = append(m, byte(2*len(suites)>>8), byte(2*len(suites)))
	for _, s := range suites {
		m = append(m, byte(s>>8), byte(s))
	}
	m = append(m, 1, 0)
	m = append([]byte{1, 0, byte(len(m) >> 8), byte(len(m))}, m...)
	c.Feed(append([]byte{22, 3, 1, byte(len(m) >> 8), byte(len(m))}, m...))
	if c.Handshake() != boundedtls.HasOutput {
		require.NotNil(t, c.Err())
		return 0, 0
	}
	out := c.Output()
	if out[0] != 22 {
		require.Equal(t, byte(21), out[0], "ServerHello or an alert")
		return 0, 0
	}
	require.Equal(t, byte(2), out[5])
	b := out[9:]
	at := 35 + int(b[34])
	return boundedtls.Suite(b[at])<<8 | boundedtls.Suite(b[at+1]), uint16(b[0])<<8 | uint16(b[1])
}

// TestScanAxTLS scans axTLS's server: its suites under every version from 3.1 on, in the client's order (axtls.md 1.2).
func TestScanAxTLS(t *testing.T) {
	cert, key := axFile(t, "own512.der"), axFile(t, "leaf512.key.der")
	all := []boundedtls.Suite{boundedtls.RSAWithRC4128MD5, boundedtls.RSAWithRC4128SHA, boundedtls.RSAWithAES128CBCSHA,
		boundedtls.RSAWithAES256CBCSHA}
	for hello, answer := range map[uint16]uint16{0x0002: 0, 0x0200: 0, 0x0300: 0, 0x0301: boundedtls.VersionTLS10,
		0x0302: boundedtls.VersionTLS11,
		0x0303: boundedtls.VersionTLS11, 0x0304: boundedtls.VersionTLS11, 0x0400: boundedtls.VersionTLS11} {
		var accepted []boundedtls.Suite
		for _, id := range scanned() {
			if got, version := greet(t, axtls.Libssl(), cert, key, hello, id); got != 0 {
				assert.Equal(t, id, got)
				assert.Equal(t, answer, version)
				accepted = append(accepted, id)
			}
		}
		if answer == 0 {
			assert.Empty(t, accepted, "%04x", hello)
			continue
		}
		assert.Equal(t, all, accepted, "%04x", hello)
		for i := range all {
			offer := slices.Concat([]boundedtls.Suite{0xC02F}, all[i:], all[:i])
			got, _ := greet(t, axtls.Libssl(), cert, key, hello, offer...)
			assert.Equal(t, all[i], got, "the first that it knows")
		}
	}
}

// TestScan scans the server role like a cipher scanner: one connection for each
// suite and version, then the order of preference by offering what was accepted,
// the least wanted first (tls.md 1.1, 1.2).
func TestScan(t *testing.T) {
	cert, key := pki(t, "leaf512.pem"), pki(t, "leaf512.key.pem")
	sha1 := []boundedtls.Suite{0x35, 0x2F}
	all := []boundedtls.Suite{0x3D, 0x35, 0x3C, 0x2F}
	dheSHA1, dheAll := []boundedtls.Suite{0x39, 0x33}, []boundedtls.Suite{0x6B, 0x39, 0x67, 0x33}
	for _, eng := range engines() {
		for _, v := range []struct {
			hello, answer uint16
			want          []boundedtls.Suite
		}{
			{0x0002, 0, nil}, {0x0200, 0, nil}, {0x0300, 0, nil},
			{boundedtls.VersionTLS10, boundedtls.VersionTLS10, sha1},
			{boundedtls.VersionTLS11, boundedtls.VersionTLS11, sha1},
			{boundedtls.VersionTLS12, boundedtls.VersionTLS12, all},
			{0x0304, boundedtls.VersionTLS12, all}, {0x03FF, boundedtls.VersionTLS12, all}, {0x0400, 0, nil},
			{0x7F1C, boundedtls.VersionTLS12, all},
		} {
			t.Run(fmt.Sprintf("%s/%04x", engineName(eng), v.hello), func(t *testing.T) {
				want := v.want
				if eng.DHE && want != nil {
					want = slices.Concat(map[bool][]boundedtls.Suite{true: dheAll, false: dheSHA1}[len(want) == len(all)], want)
				}
				var accepted []boundedtls.Suite
				for _, id := range scanned() {
					if got, version := greet(t, eng, cert, key, v.hello, id); got != 0 {
						assert.Equal(t, id, got)
						assert.Equal(t, v.answer, version)
						accepted = append(accepted, id)
					}
				}
				assert.ElementsMatch(t, want, accepted)
				var order []boundedtls.Suite
				for offer := accepted; len(offer) > 0; {
					slices.Sort(offer)
					got, _ := greet(t, eng, cert, key, v.hello, offer...)
					require.NotZero(t, got)
					order = append(order, got)
					offer = slices.DeleteFunc(slices.Clone(offer), func(s boundedtls.Suite) bool { return s == got })
				}
				assert.Equal(t, want, order, "the server's own order")
			})
		}
	}
}
