package boundedtls_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

var oracleDir = filepath.Join("..", "..", "testdata", "oracle")

// countingHeap counts requested bytes, as the oracle did.
type countingHeap struct {
	next     uint32
	blocks   map[uint32]uint32
	now      int
	peak     int
	failAt   int // the allocation, from 1, that fails; 0: none
	count    int
	failName string
}

func newCountingHeap() *countingHeap { return &countingHeap{blocks: map[uint32]uint32{}} }

func (h *countingHeap) Alloc(n uint32, what string) uint32 {
	h.count++
	if h.count == h.failAt {
		h.failName = what
		return 0
	}
	h.next += 8
	h.blocks[h.next] = n
	h.now += int(n)
	h.peak = max(h.peak, h.now)
	return h.next
}

func (h *countingHeap) Free(addr uint32) {
	n, ok := h.blocks[addr]
	if !ok {
		panic("freed twice or never allocated")
	}
	delete(h.blocks, addr)
	h.now -= int(n)
}

// driver plays the SDK around the engine for one case, without its TCP.
type driver struct {
	c    *oracle.Case
	conn boundedtls.Conn
	heap *countingHeap
	net  net.Conn
	run  oracle.DeviceRun
	who  string
	room int // left in the TCP send buffer
}

// Blocks around the library that the measured sums contain, see doc.go.
const (
	driverBytesEarly = 4537
	driverBytesLate  = 4557
	holderBytes      = 632
	serverBytes      = 318
	// lateShorter is how much shorter the late library's handshake parameters were on the measuring machine, which aligns 64-bit
	// integers to 4 bytes.
	lateShorter = 12
)

// stored is what espconn_secure_set_default_* keeps of a file: a text gets a
// NUL.
func stored(t *testing.T, pki *oracle.PKI, name string) int {
	b, err := pki.File(name)
	require.NoError(t, err)
	if strings.HasPrefix(string(b), "-----BEGIN") {
		return len(b) + 1
	}
	return len(b)
}

func newDriver(c *oracle.Case, eng mbedtls.Engine, conn net.Conn) *driver {
	d := &driver{c: c, heap: newCountingHeap(), net: conn, who: "client"}
	cfg := boundedtls.Config{Size: func() int { return c.Size }, Verify: c.CAFile != "", Rand: tlspeer.NewRand(9), Heap: d.heap}
	if c.Server() {
		cfg.Role = boundedtls.Server
		d.who = "server"
	}
	d.conn = eng.New(cfg)
	d.log(d.who + " handshake start.")
	return d
}

func (d *driver) log(s string) { d.run.Log = append(d.run.Log, s) }

func (d *driver) fail(e *boundedtls.Error) {
	kind, status := e.Callback()
	d.run.Callback = kind.String()
	d.run.CallbackStatus = int(status)
	what := " handshake failed!"
	if d.run.Connected {
		what = "'s data invalid protocol"
	}
	if e.Print != "" {
		d.log(strings.TrimSuffix(e.Print, "\n"))
	}
	d.log(d.who + what)
	d.log("Reason:[" + e.Reason() + "]")
}

func (d *driver) flush() {
	for out := d.conn.Output(); out != nil; out = d.conn.Output() {
		n := min(len(out), d.room) // the rest is lost silently (tls.md 2.5)
		d.room -= n
		if n > 0 {
			_, _ = d.net.Write(out[:n])
		}
	}
}

func (d *driver) configure(t *testing.T, pki *oracle.PKI) *boundedtls.Error {
	file := func(name string) []byte {
		b, err := pki.File(name)
		require.NoError(t, err)
		return b
	}
	entry := func(name string, b []byte) {
		d.log(fmt.Sprintf("espconn_mbedtls.c 662, type[%s],length[%d]", name, len(b)))
	}
	if d.c.OwnCertFile != "" {
		cert, key := file(d.c.OwnCertFile), file(d.c.OwnKeyFile)
		if !d.c.Server() {
			entry("private_key", key)
			entry("certificate", cert)
		}
		if err := d.conn.OwnCert(cert); err != nil {
			return err
		}
		if !d.c.Server() {
			entry("private_key", key)
		}
		if err := d.conn.OwnKey(key); err != nil {
			return err
		}
	}
	if d.c.CAFile != "" {
		ca := file(d.c.CAFile)
		entry("ca", ca)
		if err := d.conn.CA(ca); err != nil {
			return err
		}
	}
	return d.conn.Setup()
}

// pump handles what a segment may have made possible; false ends the connection.
func (d *driver) pump() bool {
	d.room = 2920
	if d.c.Transport == "ideal" {
		d.room = 60000
	}
	if !d.conn.State().Established {
		for {
			st := d.conn.Handshake()
			d.flush()
			switch st {
			case boundedtls.Failed:
				d.fail(d.conn.Err())
				return false
			case boundedtls.NeedInput:
				return true
			case boundedtls.Done:
				d.run.Heap.Peak = d.heap.peak
				if err := d.conn.FinishHandshake(); err != nil {
					d.fail(err)
					return false
				}
				d.run.Heap.Peak = max(d.run.Heap.Peak, d.heap.now)
				d.run.Heap.After = d.heap.now
				d.run.Connected = true
				d.log(d.who + " handshake ok!")
				return true // data that came with Finished waits (tls.md 2.7)
			}
		}
	}
	buf := make([]byte, mbedtls.MaxWrite)
	for {
		n, st := d.conn.Read(buf)
		d.flush()
		switch st {
		case boundedtls.Done:
			if n == 0 {
				return true
			}
			d.run.RxChunks = append(d.run.RxChunks, n)
		case boundedtls.CloseNotified:
			d.conn.CloseNotify()
			d.flush()
		case boundedtls.Failed:
			d.conn.CloseNotify()
			d.flush()
			d.fail(d.conn.Err())
			return false
		default:
			return true
		}
	}
}

func (d *driver) serve(t *testing.T, pki *oracle.PKI) {
	if err := d.configure(t, pki); err != nil {
		d.fail(err)
		return
	}
	if !d.pump() {
		return
	}
	buf := make([]byte, 1460)
	for {
		n, err := d.net.Read(buf)
		if errors.Is(err, io.EOF) {
			d.fail(&boundedtls.Error{Code: boundedtls.CodePeerClosed})
			return
		}
		if err != nil {
			return
		}
		d.conn.Feed(buf[:n])
		if !d.pump() {
			return
		}
	}
}

// replay runs one case and returns the differences.
func replay(t *testing.T, pki *oracle.PKI, c *oracle.Case, build string, eng mbedtls.Engine) []oracle.Difference {
	run, err := pki.Peer(c, 1)
	require.NoError(t, err)
	near, far := net.Pipe()
	done := make(chan *tlspeer.Report)
	go func() { done <- run(far) }()
	d := newDriver(c, eng, near)
	d.serve(t, pki)
	_ = near.Close()
	time.Sleep(time.Second)
	report := <-done
	flags := d.conn.State().VerifyFlags
	d.conn.Close()
	assert.Zero(t, d.heap.now, "%s: blocks left", c.ID)
	want := c.Results[build]
	got := oracle.Measure(c, d.run, report, func(code int) int16 { return (&boundedtls.Error{Code: code}).HSStatus() })
	if c.CAFile != "" && want.VerifyRet != "" {
		got.VerifyRet, got.VerifyFlags = "0", fmt.Sprintf("0x%08x", flags)
		if flags != 0 {
			got.VerifyRet = "-0x2700"
		}
	}
	diffs := oracle.Compare(c, build, got)
	if want.Heap != nil && want.Heap.After > 0 {
		around, peak := driverBytesEarly, got.Heap.Peak
		if !eng.SharedBuffer {
			around = driverBytesLate
			peak -= lateShorter
		}
		if c.Server() {
			around += serverBytes + stored(t, pki, c.OwnCertFile) + stored(t, pki, c.OwnKeyFile)
		}
		if w, g := want.Heap.Peak, peak+around+holderBytes; w != g {
			diffs = append(diffs, oracle.Difference{Case: c.ID, Profile: build, Field: "heap peak",
				Want: fmt.Sprint(w), Got: fmt.Sprint(g)})
		}
		if w, g := want.Heap.After, got.Heap.After+around; w != g {
			diffs = append(diffs, oracle.Difference{Case: c.ID, Profile: build, Field: "heap after",
				Want: fmt.Sprint(w), Got: fmt.Sprint(g)})
		}
	}
	return diffs
}

// elsewhere lists cases, by the beginning of their id, whose result is made
// outside the engine or in which the peer's end decides.
var elsewhere = map[string]string{
	"B/certreq_names/5/":      "the CA file is longer than the SDK reads from flash",
	"F/client/ca_file_8159":   "the CA file is longer than the SDK reads from flash",
	"F/server/ca_file_8159":   "the CA file is longer than the SDK reads from flash",
	"E/openssl_server_":       "OpenSSL's server keeps the connection open",
	"B/flight/rsa_ca/S4096/m": "the data do not name the client's chain",
	"G/client/rst_at/":        "needs a TCP reset",
	"G/server/rst_at/":        "needs a TCP reset",
}

func skipCase(c *oracle.Case) bool {
	for prefix := range elsewhere {
		if strings.HasPrefix(c.ID, prefix) {
			return true
		}
	}
	return len(c.Send) > 0 || c.FreeHeap != 0 // need the API around the engine
}

// TestOracle replays the measured cases on the engine alone: codes, callbacks,
// alerts, records, received data and the sums of tls.md 6.3.
func TestOracle(t *testing.T) {
	pki := &oracle.PKI{Dir: filepath.Join(oracleDir, "pki")}
	for _, group := range oracle.Groups {
		cases, err := oracle.Load(oracleDir, group)
		require.NoError(t, err)
		for build, eng := range map[string]mbedtls.Engine{"head": mbedtls.Late(), "v301": mbedtls.Early()} {
			t.Run(group+"/"+build, func(t *testing.T) {
				compared := 0
				for i := range cases {
					c := &cases[i]
					if skipCase(c) {
						continue
					}
					compared++
					var diffs []oracle.Difference
					synctest.Test(t, func(t *testing.T) { diffs = replay(t, pki, c, build, eng) })
					for _, d := range diffs {
						t.Error(d)
					}
				}
				t.Logf("%d cases", compared)
			})
		}
	}
}
