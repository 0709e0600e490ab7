package boundedtls_test

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// Every cause is sent by an engine in the situation that it names. That of a counter at its end is in package mbedtls, whose
// counter it is.
func TestEveryCause(t *testing.T) {
	const client, server = boundedtls.Client, boundedtls.Server
	early, late, libssl := mbedtls.Early(), mbedtls.Late(), axtls.Libssl()
	drives := map[boundedtls.CauseID]drive{
		// A length against the size.
		boundedtls.CauseTooLong:            fault(early, client, "ServerHello", "of S + 1 bytes"),
		boundedtls.CauseCertificateTooLong: fault(early, client, "Certificate", "of S + 1 bytes"),
		boundedtls.CauseRecordOfSeveral:    fed{engine: early, wire: join(head(22, 0x0303, 2247), []byte{certificateMessage, 0, 2, 188})},
		boundedtls.CauseDataTooLong:        play{engine: early, after: raw(head(23, 0x0303, 4096))},
		boundedtls.CausePlaintextTooLong:   fault(late, server, "Finished", "of S + 1 bytes"),
		boundedtls.CauseOwnChainTooLong:    play{engine: early, request: true, size: chainShrinks},
		boundedtls.CauseAxTLSTooLong:       fault(libssl, client, "ServerHello", "of S + 1 bytes"),
		boundedtls.CauseAxTLSDataTooLong:   play{engine: libssl, after: raw(head(23, 0x0302, 4096))},
		boundedtls.CauseSplit:              fault(early, client, "ServerHello", "split behind its header"),
		boundedtls.CauseOverrun:            fed{engine: early, raised: true, wire: head(22, 0x0303, 2369)},

		// Memory.
		boundedtls.CauseNoMemory:          fed{engine: early, failAt: 1},
		boundedtls.CauseNoMemoryBefore:    noMemory{early, false},
		boundedtls.CauseNoMemoryConnected: noMemory{early, true},

		// Records.
		boundedtls.CauseNotTLS:          fault(early, client, "ServerHello", "in a record of type 24"),
		boundedtls.CausePlainText:       fed{engine: early, wire: []byte("HTTP/1.1 400 Bad Request\r\n")},
		boundedtls.CauseSSLv2:           fed{engine: libssl, role: server, wire: []byte{0x80, 46, 1, 0, 2, 0, 21}},
		boundedtls.CauseRecordVersion:   fed{engine: early, wire: head(22, 0x0203, 10)},
		boundedtls.CauseRecordTooNew:    fed{engine: early, wire: head(22, 0x0304, 10)},
		boundedtls.CauseRecordEmpty:     fault(early, client, "ServerHello", "behind an empty record"),
		boundedtls.CauseRecordShort:     play{engine: early, after: raw(head(23, 0x0303, 16))},
		boundedtls.CauseRecordBlocks:    play{engine: early, after: raw(head(23, 0x0303, 81), make([]byte, 81))},
		boundedtls.CauseRecordPadding:   fault(early, client, "Finished", "padding wrong"),
		boundedtls.CauseRecordMAC:       fault(early, client, "Finished", "MAC wrong"),
		boundedtls.CauseRecordDamaged:   fault(libssl, client, "Finished", "MAC wrong"),
		boundedtls.CauseEmptyRecords:    play{engine: early, after: []tlspeer.Step{{Type: 23}, {Type: 23}, {Type: 23}, {Type: 23}}},
		boundedtls.CauseHeaderSplit:     fault(early, client, "ServerHello", "split in its header"),
		boundedtls.CauseUnexpected:      fault(early, client, "ServerHello", "in a record of application data"),
		boundedtls.CauseAfterHandshake:  fault(early, client, "Finished", "sent twice"),
		boundedtls.CauseRenegotiation:   fault(libssl, client, "Finished", "sent twice"),
		boundedtls.CauseTCPRefused:      fed{engine: early, refuse: true},
		boundedtls.CauseAxTLSTCPRefused: fed{engine: libssl.WithoutBugs(), refuse: true},

		// Messages.
		boundedtls.CauseMessage:            fault(libssl, client, "ServerHello", "without a body"),
		boundedtls.CauseClientHello:        fault(early, server, "ClientHello", "without a body"),
		boundedtls.CauseServerHello:        fault(early, client, "ServerHello", "without a body"),
		boundedtls.CauseCertificate:        fault(early, client, "Certificate", "empty list"),
		boundedtls.CauseAxTLSCertificate:   fault(libssl, client, "Certificate", "empty list"),
		boundedtls.CauseServerKeyExchange:  fault(late, client, "ServerKeyExchange", "signature damaged"),
		boundedtls.CauseCertificateRequest: fault(early, client, "CertificateRequest", "types beyond the message"),
		boundedtls.CauseServerDone:         fault(early, client, "ServerHelloDone", "CertificateStatus before it"),
		boundedtls.CauseClientKeyExchange:  fault(early, server, "ClientKeyExchange", "length field wrong"),
		boundedtls.CauseCertificateVerify:  fault(early, server, "CertificateVerify", "signature damaged"),
		boundedtls.CauseChangeCipherSpec:   fault(early, client, "ChangeCipherSpec", "value 2"),
		boundedtls.CauseFinished:           fault(early, client, "Finished", "verify data wrong"),

		// What the two sides do not agree on.
		boundedtls.CauseVersion:          fault(early, client, "ServerHello", "version 3.4"),
		boundedtls.CauseAxTLSVersion:     fault(libssl.WithoutBugs(), client, "ServerHello", "version 3.3"),
		boundedtls.CauseSuite:            fault(early, client, "ServerHello", "suite RC4 (0005)"),
		boundedtls.CauseUnknownSuite:     play{engine: early, edit: set(serverHello, 35, 0x12, 0x34)},
		boundedtls.CauseAxTLSSuite:       fault(libssl, client, "ServerHello", "suite 0033 (DHE)"),
		boundedtls.CauseNoSuite:          fault(early, server, "ClientHello", "no common suite"),
		boundedtls.CauseAxTLSNoSuite:     fault(libssl, server, "ClientHello", "no common suite"),
		boundedtls.CauseUnusableSuite:    fault(early, server, "ClientHello", "SHA-256 suite under TLS 1.1"),
		boundedtls.CausePSKSuite:         fault(early, client, "ServerHello", "suite RSA-PSK (0094), no client certificate"),
		boundedtls.CauseCompression:      fault(early, client, "ServerHello", "compression 1"),
		boundedtls.CauseDHPrime:          play{engine: late, edit: shortPrime},
		boundedtls.CauseDHPublic:         fault(late, server, "ClientKeyExchange", "public value of 0 bytes"),
		boundedtls.CauseDHSecret:         play{engine: late, dh: prime(8200, noMore)},
		boundedtls.CauseDHKey:            play{engine: late, dh: even},
		boundedtls.CausePremaster:        play{engine: early, random: 32 + 46 + 8},
		boundedtls.CausePremasterTooLong: play{engine: early, size: shrinks(200)},

		// Certificates and keys.
		boundedtls.CauseUnreadableCertificate: fault(early, client, "Certificate", "no DER"),
		boundedtls.CauseNoClientCertificate:   fault(early, server, "Certificate", "empty list"),
		boundedtls.CauseNoTrustList:           play{engine: early, verify: true},
		boundedtls.CauseUnreadableFile:        loading{early, boundedtls.Conn.CA},
		boundedtls.CauseOwnCertificate:        loading{libssl, boundedtls.Conn.OwnCert},
		boundedtls.CauseOwnKey:                loading{libssl, boundedtls.Conn.OwnKey},
		boundedtls.CauseNoOwnKey:              play{engine: early, request: true, noKey: true},
		boundedtls.CauseForeignKey:            play{engine: early, role: server, key: "ca.key.pem"},
		boundedtls.CauseSkipped:               play{engine: early, role: server, verify: true, ca: "two_ca_bad_second.pem"},
		boundedtls.CauseChain:                 play{engine: early, verify: true, ca: "ca.pem", size: sized(8192), chain: tenCertificates},
		boundedtls.CauseChainKey:              play{engine: late, verify: true, ca: "ca.pem", chain: oracleChain("leaf1024.pem")},
		boundedtls.CauseChainSignature:        play{engine: early, verify: true, ca: "ca.pem", chain: oracleChain("leaf_md5.pem")},
		boundedtls.CauseChainUntrusted:        play{engine: early, verify: true, ca: "ca2.pem"},
		boundedtls.CauseAxTLSChainUntrusted:   play{engine: libssl, verify: true, ca: "ca2.der"},
		boundedtls.CauseAxTLSChainSignature:   fault(libssl, client, "Certificate", "signature damaged"),
		boundedtls.CauseAxTLSChainEarly:       play{engine: libssl, verify: true, ca: "ca.der", now: 1},
		boundedtls.CauseAxTLSChainExpired:     play{engine: libssl.WithoutBugs(), verify: true, ca: "ca.der", now: 2208988800},
		boundedtls.CauseAxTLSChainOrder:       fault(libssl, client, "Certificate", "twice the same in the list"),

		// Alerts.
		boundedtls.CauseAlert:                fed{engine: early, wire: alerted(2, 80)},
		boundedtls.CauseAlertSuite:           fed{engine: early, wire: alerted(2, 40)},
		boundedtls.CauseAlertSuiteDHE:        fed{engine: late, wire: alerted(2, 40)},
		boundedtls.CauseAlertVersion:         fed{engine: early, wire: alerted(2, 70)},
		boundedtls.CauseAxTLSAlertVersion:    fed{engine: libssl, wire: alerted(2, 70)},
		boundedtls.CauseAlertName:            fed{engine: early, wire: alerted(2, 112)},
		boundedtls.CauseAlertCertificate:     fed{engine: early, wire: alerted(2, 48)},
		boundedtls.CauseAlertNoCertificate:   fed{engine: early, wire: alerted(2, 116)},
		boundedtls.CauseAlertCertificateOver: fed{engine: early, wire: alerted(2, 45)},
		boundedtls.CauseAlertKey:             fed{engine: early, wire: alerted(2, 51)},
		boundedtls.CauseAlertTLS10:           play{engine: early, version: boundedtls.VersionTLS10, after: tls10Alert},
		boundedtls.CauseAlertLength:          fed{engine: early, wire: alerted(2, 22)},
		boundedtls.CauseWarning:              fed{engine: libssl, wire: alerted(1, 90)},
		boundedtls.CauseCloseNotify:          fed{engine: libssl, wire: alerted(1, 0)},
		boundedtls.CausePeerClosed:           fed{engine: early, wire: alerted(1, 0)},

		// The rest.
		boundedtls.CauseOrder:  fed{engine: early, unprepared: true},
		boundedtls.CauseRandom: play{engine: early, random: 32 + 8},
		boundedtls.CauseOther:  play{engine: early, size: shrinks(5)},
	}
	for id, drive := range drives {
		t.Run(string(id), func(t *testing.T) { assert.Equal(t, id, drive.why(t)) })
	}
	for _, id := range declaredCauses(t) {
		assert.Contains(t, drives, id)
	}
}

// declaredCauses returns the causes of cause.go, but for the one that package mbedtls provokes.
func declaredCauses(t *testing.T) (ids []boundedtls.CauseID) {
	f, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for _, value := range v.Values {
				text := value.(*ast.BasicLit).Value
				if id := boundedtls.CauseID(text[1 : len(text)-1]); id != boundedtls.CauseCounter {
					ids = append(ids, id)
				}
			}
		}
		return true
	})
	require.NotEmpty(t, ids)
	return ids
}

// drive brings a connection to its end and says why it ended.
type drive interface {
	why(t *testing.T) boundedtls.CauseID
}

// driven is a drive that is a function.
type driven func(t *testing.T) boundedtls.CauseID

func (d driven) why(t *testing.T) boundedtls.CauseID { return d(t) }

// fault plays a line of docs/tables/tls-faults.md.
func fault(eng boundedtls.Engine, role boundedtls.Role, message, name string) drive {
	return driven(func(t *testing.T) (id boundedtls.CauseID) {
		cases := faultCases()
		if eng.Traits().Library == boundedtls.AxTLS {
			cases = faultCasesAxTLS()
		}
		for _, c := range cases {
			if c.role != role || c.message != message || c.name != name {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				switch eng := eng.(type) {
				case mbedtls.Engine:
					_, id = playFault(t, c, eng)
				case axtls.Engine:
					_, id = playFaultAxTLS(t, c, eng)
				}
			})
			return id
		}
		t.Fatalf("there is no fault %q of %s", name, message)
		return ""
	})
}

// fed is a connection that is given bytes in place of a peer's first flight.
type fed struct {
	engine     boundedtls.Engine
	role       boundedtls.Role
	wire       []byte
	failAt     int  // the number of an allocation that fails
	raised     bool // the size is 4096 once the buffers are allocated
	refuse     bool // TCP takes no record
	unprepared bool // no Setup
}

func (f fed) why(t *testing.T) boundedtls.CauseID {
	s := faultSize
	heap := newCountingHeap()
	heap.failAt = f.failAt
	c := f.engine.New(boundedtls.Config{Role: f.role, Size: func() int { return s }, Now: stopped(axClock), Heap: heap})
	if f.unprepared {
		c.Handshake()
		return causeOf(c)
	}
	c.Setup()
	if f.raised {
		s = 4096
	}
	c.Feed(f.wire)
	for c.Handshake() == boundedtls.HasOutput {
		c.Output()
		if f.refuse {
			c.Refused(-1)
		}
	}
	return causeOf(c)
}

// noMemory asks an engine for the failure that a driver without memory reports.
type noMemory struct {
	engine      boundedtls.Engine
	established bool
}

func (n noMemory) why(*testing.T) boundedtls.CauseID {
	return n.engine.NoMemory("a buffer", n.established).Cause.ID
}

// loading gives an engine a file that is none.
type loading struct {
	engine boundedtls.Engine
	method func(boundedtls.Conn, []byte) *boundedtls.Error
}

func (l loading) why(*testing.T) boundedtls.CauseID {
	return l.method(l.engine.New(boundedtls.Config{}), []byte("no certificate and no key")).Cause.ID
}

// play is a handshake with a peer, and what follows it.
type play struct {
	engine  boundedtls.Engine
	role    boundedtls.Role
	version uint16 // 0: TLS 1.2, for axTLS 1.1
	edit    edit
	dh      func(*tlspeer.DHValues)
	after   []tlspeer.Step // what the peer does after the handshake
	request bool           // the server asks for a certificate, and the client has one
	noKey   bool           // but no key for it
	key     string         // the file of its key, "" for the one that belongs to it
	verify  bool
	ca      string           // the file of the CA, "" for none
	now     uint32           // the clock; 0: one at which certificates are valid
	random  int64            // bytes that the source of randomness has; 0: without end
	size    func(*event) int // nil: faultSize
	chain   func(t *testing.T) [][]byte
}

// event is the state of a handshake that the size may depend on.
type event struct{ last string }

// sized is a size that stays.
func sized(n int) func(*event) int { return func(*event) int { return n } }

// shrinks is a size that becomes n when the server has said all.
func shrinks(n int) func(*event) int {
	return func(e *event) int {
		if e.last == "ServerHelloDone" {
			return n
		}
		return faultSize
	}
}

// chainShrinks is a size that becomes too small for the own certificate.
var chainShrinks = shrinks(300)

func (p play) why(t *testing.T) (id boundedtls.CauseID) {
	synctest.Test(t, func(t *testing.T) { id = p.run(t) })
	return id
}

func (p play) run(t *testing.T) boundedtls.CauseID {
	file, version, suite := pki, boundedtls.VersionTLS12, uint16(boundedtls.RSAWithAES128CBCSHA)
	if e, ok := p.engine.(mbedtls.Engine); !ok {
		file, version = axFile, boundedtls.VersionTLS11
	} else if e.DHE {
		suite = uint16(boundedtls.DHERSAWithAES128CBCSHA)
	}
	if p.version != 0 {
		version = p.version
	}
	key, err := tlspeer.ParseKey(file(t, "leaf2048.key.pem"))
	require.NoError(t, err)
	chain := tlspeer.ParseChain(file(t, "leaf2048.pem"))
	if p.chain != nil {
		chain = p.chain(t)
	}
	script := tlspeer.Script{Edit: p.edit, Steps: p.after}
	server := &tlspeer.Server{Version: version, Suite: suite, Chain: chain, Key: key, DHBits: 1024, DH: p.dh, Script: script}
	if p.request {
		server.Request = &tlspeer.CertificateRequest{Types: []byte{1}, Algorithms: []uint16{0x0401}}
	}
	run := server.Serve
	if p.role == boundedtls.Server {
		run = (&tlspeer.Client{HelloVersion: version, Suites: []uint16{suite}, Chain: chain, Key: key, Script: script}).Run
	}
	var state event
	cfg := boundedtls.Config{Role: p.role, Verify: p.verify, Rand: tlspeer.NewRand(7), Now: stopped(p.now), Size: func() int {
		if p.size == nil {
			return faultSize
		}
		return p.size(&state)
	}, Observe: func(e boundedtls.Event) {
		if e.Kind == boundedtls.EventMessage {
			state.last = e.Name
		}
	}}
	if p.random != 0 {
		cfg.Rand = io.LimitReader(cfg.Rand, p.random)
	}
	if p.now == 0 {
		cfg.Now = stopped(axClock)
	}
	near, far := net.Pipe()
	done := make(chan *tlspeer.Report)
	go func() { done <- run(far) }()
	conn := p.engine.New(cfg)
	if p.request || p.role == boundedtls.Server {
		require.Nil(t, conn.OwnCert(file(t, "leaf2048.pem")))
		if !p.noKey {
			require.Nil(t, conn.OwnKey(file(t, cmp.Or(p.key, "leaf2048.key.pem"))))
		}
	}
	if p.ca != "" {
		require.Nil(t, conn.CA(file(t, p.ca)))
	}
	require.Nil(t, conn.Setup())
	playDevice(t, conn, near)
	id := causeOf(conn)
	_ = near.Close()
	time.Sleep(time.Minute)
	<-done
	conn.Close()
	return id
}

// shortPrime is a ServerKeyExchange with a prime of 1,016 bits that its public value suits.
var shortPrime = body(serverKeyExchange, func([]byte) []byte {
	return join([]byte{0, 127}, bytes.Repeat([]byte{0xFF}, 127), []byte{0, 1, 2, 0, 1, 2})
})

// tls10Alert is what a peer says that cannot read the SDK's records of TLS 1.0.
var tls10Alert = []tlspeer.Step{tlspeer.AlertStep(2, 20)}

// raw sends bytes as they are.
func raw(parts ...[]byte) []tlspeer.Step { return []tlspeer.Step{tlspeer.RawStep(join(parts...))} }

// tenCertificates is a chain of one more certificate than the device follows.
func tenCertificates(t *testing.T) [][]byte {
	issuer := testpki.NewCA(t, testpki.CA2048)
	for i := range 9 {
		issuer = issuer.Issue(t, testpki.Options{Key: testpki.Intermediate, Name: fmt.Sprint("i", i), CA: true})
	}
	return issuer.Issue(t, testpki.Options{Key: testpki.Leaf2048}).Chain()
}

// oracleChain is the chain in a file.
func oracleChain(file string) func(t *testing.T) [][]byte {
	return func(t *testing.T) [][]byte { return tlspeer.ParseChain(pki(t, file)) }
}

func alerted(level, description byte) []byte { return []byte{21, 3, 2, 0, 2, level, description} }

// head is the header of a record.
func head(typ byte, version uint16, n int) []byte {
	return []byte{typ, byte(version >> 8), byte(version), byte(n >> 8), byte(n)}
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
