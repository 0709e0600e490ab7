package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Groups are the files of the data in the order in which they are replayed:
// client limits, application data, negotiation, peer behaviour, certificates,
// mutual authentication, verification.
var Groups = []string{"A", "D", "E", "G", "B", "C", "F"}

// Builds maps the keys of results to the names of the profiles that they were
// measured for (tls.md 10.3). "platform" was never released.
var Builds = map[string]string{"v301": "SDK301", "head": "SDK306"}

// Case is one measured connection.
type Case struct {
	ID, Group, Note, Role string
	Size                  int
	CAFile                string `json:"ca_file"`
	OwnCertFile           string `json:"own_cert_file"`
	OwnKeyFile            string `json:"own_key_file"`
	Send                  []int
	SendWhen              string `json:"send_when"`
	Transport             string
	FreeHeap              uint32 `json:"free_heap"`
	Peer                  Peer
	Results               map[string]Result
}

// The prefixes of what a peer noted of the device's hello, which such a case is about.
const (
	clientHelloNote = "client_hello_record_hex_random_zeroed:"
	serverHelloNote = "server_hello_message_hex_random_and_session_id_zeroed:"
)

// noted tells whether a peer noted something that begins so, in any build.
func (c *Case) noted(prefix string) bool {
	for _, r := range c.Results {
		if slices.ContainsFunc(r.PeerNotes, func(n string) bool { return strings.HasPrefix(n, prefix) }) {
			return true
		}
	}
	return false
}

// Server tells that the device is the TLS server.
func (c *Case) Server() bool { return c.Role == "server" }

// Peer describes the other side. Field meanings: testdata/oracle/README.md.
type Peer struct {
	Kind                     string
	Version, Suite           string
	HelloVersion             string `json:"hello_version"`
	RecordVersion            string `json:"record_version"`
	Suites                   []string
	SuitesNote               string `json:"suites_note"`
	HandshakeRecords         string `json:"handshake_records"`
	ChainFile                string `json:"chain_file"`
	KeyFile                  string `json:"key_file"`
	CertificateRequest       string `json:"certificate_request"`
	CertificateRequestLen    int    `json:"certificate_request_message_len"`
	ServerHelloExtension     string `json:"server_hello_extension"`
	ServerHelloLen           int    `json:"server_hello_message_len"`
	ServerHelloExtensionsHex string `json:"server_hello_extensions_hex"`
	DHBits                   int    `json:"dh_bits"`
	CompressionMethod        byte   `json:"compression_method"`
	SessionIDLen             int    `json:"session_id_len"`
	ClientChainFile          string `json:"client_chain_file"`
	ClientKeyFile            string `json:"client_key_file"`
	ClientCertificate        string `json:"client_certificate"`
	CertificateVerifyHash    string `json:"certificate_verify_hash"`
	ClientHelloExtension     string `json:"client_hello_extension"`
	ClientHelloLen           int    `json:"client_hello_message_len"`
	ClientHelloExtensionsHex string `json:"client_hello_extensions_hex"`
	ClientHelloFragment      int    `json:"client_hello_fragment"`
	RawHex                   string `json:"raw_hex"`
	Behaviour                string
	Note                     string
	ApplicationRecords       []int `json:"application_records_plaintext_len"`
	ExtraCBCPadding          int   `json:"extra_cbc_padding"`
	Packed                   string
	CertificateLen           int    `json:"certificate_message_len"`
	ClientCertificateLen     int    `json:"client_certificate_message_len"`
	ClientFlightLen          int    `json:"client_flight_record_len"`
	FirstFlightLen           int    `json:"first_flight_record_len"`
	CertPlusDoneLen          int    `json:"cert_plus_done_record_len"`
	MaxRecord                int    `json:"max_record_plaintext"`
	OpenSSLCipher            string `json:"openssl_cipher"`
	OpenSSLOptions           string `json:"openssl_options"`
}

// Result is what was measured, or what a replay gave. Absent fields are zero.
type Result struct {
	SameAs         string `json:"same_as"`
	Outcome        string
	Callback       string
	CallbackStatus int `json:"callback_status"`
	StartRet       int `json:"start_ret"`
	Code           string
	EndCode        string   `json:"end_code"`
	HSStatus       int      `json:"hs_status"`
	Alerts         [][2]int `json:"alerts_from_device"`
	DeviceRecords  []string `json:"device_records"`
	PeerStage      string   `json:"peer_stage"`
	PeerError      string   `json:"peer_error"`
	PeerNotes      []string `json:"peer_notes"`
	Version, Suite string
	RxBytes        int    `json:"rx_bytes"`
	RxChunks       []int  `json:"rx_chunks"`
	SentCallbacks  int    `json:"sent_callbacks"`
	SentReturns    []int  `json:"sent_returns"`
	VerifyRet      string `json:"verify_ret"`
	VerifyFlags    string `json:"verify_flags"`
	Log            []string
	Heap           *Heap
	PeerOutput     string      `json:"peer_output"` // of an OpenSSL peer; "": not kept
	OpenSSL        *OpenSSLSaw `json:"-"`           // of a replay: what its output would say
}

// Heap holds sums of requested bytes, see testdata/oracle/README.md.
type Heap struct {
	Peak  int `json:"peak_handshake"`
	After int `json:"after_handshake"`
}

// Load reads one group from the folder of the data.
func Load(dir, group string) ([]Case, error) {
	b, err := os.ReadFile(filepath.Join(dir, group+".json"))
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	var cases []Case
	if err := json.Unmarshal(b, &cases); err != nil {
		return nil, fmt.Errorf("oracle: group %s: %w", group, err)
	}
	for i := range cases {
		if err := errors.Join(cases[i].bounds(), cases[i].words()); err != nil {
			return nil, fmt.Errorf("oracle: %s: %w", cases[i].ID, err)
		}
		results := cases[i].Results
		for build, r := range results {
			if r.SameAs == "" {
				continue
			}
			same, ok := results[r.SameAs]
			if !ok || same.SameAs != "" {
				return nil, fmt.Errorf("oracle: %s: same_as %q leads nowhere", cases[i].ID, r.SameAs)
			}
			same.Heap = r.Heap // the figure of one build says nothing about another's
			results[build] = same
		}
	}
	return cases, nil
}

// maxLength bounds every length in a case, in bytes, and the number of records.
const maxLength = 1 << 16

// unmeasured is the build of the data that was never released: it has no profile.
const unmeasured = "platform"

// words refuses a transport and a build of results that the replay does not know.
func (c *Case) words() error {
	if c.Transport != "" && c.Transport != "ideal" {
		return fmt.Errorf("unknown transport %q", c.Transport)
	}
	for build := range c.Results {
		if _, ok := Builds[build]; !ok && build != unmeasured {
			return fmt.Errorf("results of an unknown build %q", build)
		}
	}
	return nil
}

// bounds refuses figures that no peer can act on.
func (c *Case) bounds() error {
	p := &c.Peer
	figures := append([]int{c.Size, p.CertificateRequestLen, p.ServerHelloLen, p.ClientHelloLen, p.ClientHelloFragment,
		p.ClientCertificateLen, len(p.ApplicationRecords), len(c.Send), 256 * p.SessionIDLen}, c.Send...)
	for _, n := range append(figures, p.ApplicationRecords...) {
		if n < 0 || n > maxLength {
			return fmt.Errorf("figure %d is not between 0 and %d", n, maxLength)
		}
	}
	return nil
}
