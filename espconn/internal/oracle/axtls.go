package oracle

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// The older engine's data (testdata/oracle/axtls): its groups in the order in which they are replayed, the key of the
// results, the profile that they belong to, and the clock of a case that names none.
const (
	AxKey     = "axtls306"
	AxProfile = "SDK306SSL"
	AxClock   = 1700000000
)

// axReleases are the keys of results: one release of libssl each. Only AxKey's has a profile.
var axReleases = []string{AxKey, "axtls210", "axtls200"}

// AxGroups are the groups whose cases are one connection each; group S has a replay of its own.
var AxGroups = []string{"A", "C", "D", "E", "F", "G", "H"}

// AxCase is one case of the older engine: the fields that differ from [Case], see testdata/oracle/axtls/README.md.
type AxCase struct {
	Case
	CAFiles      []string `json:"ca_files"`
	CASectorFile string   `json:"ca_sector_file"`
	Clock        *uint32
	Results      map[string]AxResult
	Peer         AxPeer
}

// AxPeer adds the fields that only these peers have.
type AxPeer struct {
	Peer
	Client   string // group F, server role: which certificate the client would have
	Versions string // Go crypto/tls: "0301-0304"
}

// AxResult is what was measured of the older engine.
type AxResult struct {
	Result
	Events []string
	Fault  string

	DeviceSegments []string       `json:"device_segments"`
	SetupReturns   map[string]int `json:"setup_returns"`
	Heap           *AxHeap
	Extra          struct {
		Peers       []AxSeen
		Allocations []string // "ms malloc size -> address free after it from caller", without some callers of the big numbers
	}
}

// AxSeen is what was seen of one peer of group S.
type AxSeen struct {
	Name, Stage, Error string
	Records, Segments  []string
	Alerts             [][2]int
}

// AxHeap are figures of the allocator in bytes.
type AxHeap struct {
	FreeBefore  int `json:"free_before"`
	LowestFree  int `json:"lowest_free"`
	FreeConnect int `json:"free_in_connect_callback"`
}

// LoadAx reads one group of the older engine's data, without the cases that were not measured for AxKey.
func LoadAx(dir, group string) (cases []AxCase, err error) {
	b, err := os.ReadFile(filepath.Join(dir, group+".json"))
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	var all []AxCase
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("oracle: axtls group %s: %w", group, err)
	}
	for _, c := range all {
		for release := range c.Results {
			if !slices.Contains(axReleases, release) {
				return nil, fmt.Errorf("oracle: %s: results of an unknown release %q", c.ID, release)
			}
		}
		if _, ok := c.Results[AxKey]; ok {
			c.Case.Peer = c.Peer.Peer
			cases = append(cases, c)
		}
	}
	return cases, nil
}

// Now is the clock of the case.
func (c *AxCase) Now() uint32 {
	if c.Clock != nil {
		return *c.Clock
	}
	return AxClock
}

// AxEntryName is the name under which a file stands in the CA sector.
func AxEntryName(file string) string {
	name := strings.TrimSuffix(file, ".pem") + ".cer"
	return name[max(0, len(name)-31):]
}

// AxPeer makes the peer of a case. seed feeds its randomness.
func (p *PKI) AxPeer(c *AxCase, seed uint64) (Runner, error) {
	plain := c.Case // what the other data's peers understand
	script, with, err := c.axScript()
	if err != nil {
		return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
	}
	if c.Server() {
		plain.Peer.ClientCertificateLen, plain.Peer.ClientChainFile = 0, "" // it is never asked for
		if plain.Peer.Suites, err = axSuiteNumbers(plain.Peer.Suites); err != nil {
			return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
		}
		client, err := p.client(&plain)
		if err != nil {
			return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
		}
		if c.Peer.ClientHelloLen == 0 && c.Peer.ClientHelloExtensionsHex == "" {
			client.Extensions = nil
		}
		client.RawHello = nil // the script sends it
		script.Linger = axLinger
		client.Script, client.Rand = script, tlspeer.NewRand(seed)
		return client.Run, nil
	}
	plain.Peer.CertificateRequest = ""
	if plain.Peer.Version == "" { // Go's server
		plain.Peer.Version, plain.Peer.Suite = "TLSv1.1", "0x002f"
	}
	number, err := axSuite(plain.Peer.Suite)
	if err != nil {
		return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
	}
	plain.Peer.Suite = fmt.Sprintf("0x%04x", number)
	server, err := p.server(&plain)
	if err != nil {
		return nil, fmt.Errorf("oracle: %s: %w", c.ID, err)
	}
	if c.Peer.CertificateRequest != "" || strings.Contains(c.ID, "/mutual/") { // group H does not say so
		server.Request = &tlspeer.CertificateRequest{Types: []byte{1}, MessageLen: c.Peer.CertificateRequestLen}
	}
	server.Quirks = c.axQuirks(number)
	script.Linger = axLinger
	server.Script, server.WithFinished, server.Rand = script, with, tlspeer.NewRand(seed)
	return server.Serve, nil
}

// What the measuring peers did beside the descriptions: they read on before they closed for an error, and after the last of the
// data that they waited for.
const (
	axLinger  = 400 * time.Millisecond
	axReadOut = 700 * time.Millisecond
)

var axSuiteNames = map[string]uint16{"TLS-RSA-WITH-RC4-128-SHA": 0x0005, "TLS-RSA-WITH-RC4-128-MD5": 0x0004}

func axSuite(name string) (uint16, error) {
	if id, ok := axSuiteNames[name]; ok {
		return id, nil
	}
	return tlspeer.ParseSuite(name)
}

// axSuiteNumbers turns names into numbers; the "..." of a shortened list stays.
func axSuiteNumbers(names []string) (out []string, err error) {
	for _, name := range names {
		if name == "..." {
			out = append(out, name)
			continue
		}
		id, err := axSuite(name)
		if err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprintf("0x%04x", id))
	}
	return out, nil
}

// axSuiteName is the inverse.
func axSuiteName(id uint16) string {
	for name, n := range axSuiteNames {
		if n == id {
			return name
		}
	}
	return tlspeer.SuiteName(id)
}

// axQuirks are what the measuring peer did beside the protocol: it used AES-128 with SHA-1 for every suite that it did not
// know, computed MACs with the negotiated version, and did not chain vectors in version 3.0.
func (c *AxCase) axQuirks(suite uint16) (q tlspeer.Quirks) {
	q.OwnVersion, q.AnyVerify = true, true
	switch suite {
	case 0x002f, 0x0035, 0x0004, 0x0005, 0x0033, 0x0039, 0x003c, 0x003d:
	default:
		q.KeySuite = 0x002f
	}
	q.FixedIV = c.Peer.Version == "0x0300"
	return q
}

var axWarningLater = regexp.MustCompile(`^after the handshake: warning alert (\d+), 40 ms later 10 bytes of application data$`)

// axScript reads the texts that only these data have; the others are as in the newer ones.
func (c *AxCase) axScript() (s tlspeer.Script, with []tlspeer.Step, err error) {
	text := c.Peer.Behaviour
	ten := tlspeer.DataStep(Payload(0, 10))
	if m := axWarningLater.FindStringSubmatch(text); m != nil {
		n, _ := strconv.ParseUint(m[1], 10, 8) // the pattern admits digits only
		steps := []tlspeer.Step{tlspeer.AlertStep(1, byte(n)).After(dataDelay), ten.After(40 * time.Millisecond)}
		return tlspeer.Script{Steps: steps}, nil, nil
	}
	wait := tlspeer.RawStep(nil).After(dataDelay)
	switch text {
	case "wrong verify_data in the server Finished":
		return axFinished(func(f *tlspeer.Step) { f.Data[len(f.Data)-1] ^= 1 }), nil, nil
	case "bad MAC on the server Finished":
		return axFinished(func(f *tlspeer.Step) { f.BadMAC = true }), nil, nil
	case "alert record of one byte":
		// The byte is not in the data; that none follows is what matters (axtls.md 10).
		return tlspeer.Script{At: tlspeer.GotClientHello, Steps: []tlspeer.Step{tlspeer.RawStep([]byte{21, 3, 2, 0, 1, 1}),
			{Op: tlspeer.Read, Wait: rawPause}}, End: tlspeer.FIN}, nil, nil
	case "HelloRequest after the ClientHello, then a normal handshake":
		return tlspeer.Script{At: tlspeer.GotClientHello, Steps: []tlspeer.Step{{Type: 22, Data: []byte{0, 0, 0, 0}}}}, nil, nil
	case "after the handshake: record header version 0x0301 on a TLS 1.1 connection":
		ten.HeaderVersion = 0x0301
		return tlspeer.Script{Steps: []tlspeer.Step{ten.After(dataDelay)}}, nil, nil
	case "after the handshake: application record with a body of 70 bytes (not a multiple of 16)":
		raw := append([]byte{23, 3, 2, 0, 70}, make([]byte, 70)...)
		return tlspeer.Script{Steps: []tlspeer.Step{tlspeer.RawStep(raw).After(dataDelay)}}, nil, nil
	case "after the handshake: application record of 10 bytes, one TCP segment for each byte":
		ten.Bytewise = true
		return tlspeer.Script{Steps: []tlspeer.Step{ten.After(dataDelay)}}, nil, nil
	case "after the handshake: rst":
		return tlspeer.Script{Steps: []tlspeer.Step{wait}, End: tlspeer.RST}, nil, nil
	case "after the handshake: fin":
		return tlspeer.Script{Steps: []tlspeer.Step{wait}, End: tlspeer.FIN}, nil, nil
	case "after the handshake: partial_record_then_fin":
		ten.Half = true
		return tlspeer.Script{Steps: []tlspeer.Step{ten.After(dataDelay), wait}, End: tlspeer.FIN}, nil, nil
	}
	switch {
	case strings.HasPrefix(c.ID, "E/client_hello"):
		return tlspeer.Script{At: tlspeer.GotClientHello, End: tlspeer.FIN}, nil, nil
	case c.Peer.Kind == "raw_client" && c.Peer.RawHex != "":
		raw, err := hex.DecodeString(c.Peer.RawHex)
		return tlspeer.Script{At: tlspeer.Start, Steps: []tlspeer.Step{tlspeer.RawStep(raw),
			{Op: tlspeer.Read, Wait: 600 * time.Millisecond}},
			End: tlspeer.FIN}, nil, err
	}
	s, with, err = c.script()
	if len(c.Send) > 0 && text == "" {
		s.Steps = append(s.Steps, tlspeer.Step{Op: tlspeer.Read, Wait: axReadOut})
	}
	return s, with, err
}

// axFinished spoils the peer's Finished.
func axFinished(spoil func(*tlspeer.Step)) tlspeer.Script {
	const finished = 20
	return tlspeer.Script{Edit: func(flight []tlspeer.Step) []tlspeer.Step {
		for i := range flight {
			if flight[i].Type == 22 && len(flight[i].Data) > 0 && flight[i].Data[0] == finished {
				spoil(&flight[i])
			}
		}
		return flight
	}}
}
