package x509

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The replay of the measured cases (testdata/oracle): for each case and build, the files that the device loads and the
// chain that its peer sends must give the measured code, verification result and flags.

const oracleFolder = "../../../../testdata/oracle"

// flashEntryMax is the longest entry that can be loaded from a certificate image (tls.md 4.4); package flash tests it.
const flashEntryMax = 8158

type oracleCase struct {
	ID   string
	Role string
	CA   string `json:"ca_file"`
	Own  string `json:"own_cert_file"`
	Key  string `json:"own_key_file"`
	Peer struct {
		Server string `json:"chain_file"`
		Client string `json:"client_chain_file"`
		Length int    `json:"client_certificate_message_len"`
	}
	Results map[string]oracleResult
}

type oracleResult struct {
	SameAs  string `json:"same_as"`
	Outcome string
	Code    string
	Ret     string `json:"verify_ret"`
	Flags   string `json:"verify_flags"`
}

func readOracle(t *testing.T, group string) []oracleCase {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(oracleFolder, group+".json"))
	require.NoError(t, err)
	var cases []oracleCase
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.NotEmpty(t, cases)
	return cases
}

func readPKI(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(oracleFolder, "pki", name))
	require.NoError(t, err)
	return b
}

// wireChain returns what a peer with this file sends: the blocks of the file, as they are.
func wireChain(t *testing.T, name string) (ders [][]byte) {
	t.Helper()
	for rest := readPKI(t, name); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return ders
		}
		ders = append(ders, b.Bytes)
	}
}

// predict says what this package makes of a case: a code as the oracle prints it ("" for none) and, if the chain check
// ran, its result and flags.
func predict(t *testing.T, c oracleCase, minBits int) (code, ret, flags string) {
	t.Helper()
	const configFailed = "-0x7F00"
	if c.Own != "" {
		_, bad, code := ParseBundle(readPKI(t, c.Own), nil)
		if code != 0 || c.Role == "server" && bad > 0 {
			return configFailed, "", ""
		}
	}
	if c.Key != "" {
		if _, code := ParsePrivateKey(readPKI(t, c.Key)); code != 0 {
			return configFailed, "", ""
		}
	}
	var anchors []*Certificate
	if c.CA != "" {
		file := readPKI(t, c.CA)
		certs, bad, code := ParseBundle(file, nil)
		if code != 0 || len(file) > flashEntryMax {
			return configFailed, "", ""
		}
		if bad > 0 {
			if c.Role == "server" {
				return "+0x0080", "", ""
			}
			return "-0x7680", "", ""
		}
		anchors = certs
	}
	file := c.Peer.Server
	if c.Role == "server" {
		if file = c.Peer.Client; file == "" && c.Peer.Length != 0 { // B/flight/rsa_ca gives the length only
			file = fmt.Sprintf("chain1_msg%d.pem", c.Peer.Length)
		}
	}
	if file == "" || c.Role == "server" && c.CA == "" {
		return "", "", ""
	}
	var chain []*Certificate
	for _, der := range wireChain(t, file) {
		cert, code := ParseCertificate(der, nil)
		if code != 0 {
			return fmt.Sprintf("-0x%04X", -code), "", ""
		}
		chain = append(chain, cert)
	}
	if anchors == nil {
		return "", "", ""
	}
	f, r := Verify(chain, anchors, Rules{MinRSABits: minBits})
	ret, flags = "0", fmt.Sprintf("0x%08x", f)
	if r != 0 {
		ret = fmt.Sprintf("-0x%04X", -r)
		code = ret
	}
	return code, ret, flags
}

// certificateCodes are the measured codes that certificates can cause; others come from limits and the handshake.
var certificateCodes = map[string]bool{
	"-0x7F00": true, "-0x7680": true, "+0x0080": true, "-0x2700": true,
	"-0x2300": true, "-0x3C80": true, "-0x262E": true, "-0x2562": true,
}

func TestOracle(t *testing.T) {
	for _, group := range []string{"A", "B", "C", "D", "E", "F", "G"} {
		for _, c := range readOracle(t, group) {
			for build, minBits := range map[string]int{"head": 2048, "v301": 512} {
				got := c.Results[build]
				if got.SameAs != "" {
					got = c.Results[got.SameAs]
				}
				t.Run(build+"/"+c.ID, func(t *testing.T) {
					code, ret, flags := predict(t, c, minBits)
					if certificateCodes[got.Code] {
						assert.Equal(t, got.Code, code, "code")
					}
					if got.Outcome == "connected" {
						assert.Empty(t, code, "code")
					}
					if got.Ret != "" {
						assert.Equal(t, got.Ret, ret, "verify_ret")
						assert.Equal(t, got.Flags, flags, "verify_flags")
					}
				})
			}
		}
	}
}

// The heap model needs the number lengths of every oracle certificate; RSA-2048 takes 256 and 4 bytes (tls.md 6.1).
func TestOracleKeyLengths(t *testing.T) {
	for file, want := range map[string]int{"leaf512.pem": 64, "leaf768.pem": 96, "leaf1024.pem": 128,
		"leaf2048.pem": 256, "leaf3072.pem": 384,
		"leaf4096.pem": 512} {
		certs, bad, code := ParseBundle(readPKI(t, file), nil)
		require.Equal(t, 0, code)
		require.Equal(t, 0, bad)
		assert.Equal(t, want, LimbBytes(certs[0].PublicKey.N), file)
		assert.Equal(t, 4, LimbBytes(certs[0].PublicKey.E), file)
	}
}
