package oracle_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/espemu/espemu/emulator"
	"github.com/espemu/espemu/espconn"
	"github.com/espemu/espemu/espconn/boundedtls"
	"github.com/espemu/espemu/espconn/internal/oracle"
	"github.com/espemu/espemu/espconn/internal/tlspeer"
	"github.com/espemu/espemu/flash"
	"github.com/espemu/espemu/netstack"
)

const (
	caSector   = 0x7b // the manual's example
	certSector = 0x80 // behind the longest CA image: 8,193 bytes
	devicePort = 443
	peerPort   = 8883
	// sendLater is how long after the connect callback "later" is: longer than the
	// host's delayed acknowledgement of 40 ms, shorter than the peer's 1.2 s.
	sendLater = 300 * time.Millisecond
	// settle is how long the device has after the peer has closed.
	settle = 3 * time.Second
)

var (
	deviceAddr = netip.MustParsePrefix("10.0.1.1/16")
	peerAddr   = netip.MustParseAddr("10.0.0.2")
)

// TestReplay runs every case on an emulated device under both profiles, prints
// how many are as measured, and fails for differences that are not listed in
// testdata/oracle/differences.txt and for listed ones that have become equal.
func TestReplay(t *testing.T) {
	known, err := oracle.ReadDifferences(filepath.Join(data, "differences.txt"))
	require.NoError(t, err)
	var tally tally
	t.Run("cases", func(t *testing.T) {
		for _, group := range oracle.Groups {
			cases, err := oracle.Load(data, group)
			require.NoError(t, err)
			for i := range cases {
				c := &cases[i]
				for build, profile := range oracle.Builds {
					t.Run(c.ID+"/"+profile, func(t *testing.T) {
						t.Parallel()
						var got oracle.Result
						synctest.Test(t, func(t *testing.T) { got = replay(t, c, profile) })
						diffs := append(oracle.Compare(c, build, got), oracle.CompareHeap(c, build, *got.Heap)...)
						unlisted, _ := oracle.Check(known, diffs, func(string, string) bool { return false })
						for _, u := range unlisted {
							t.Error(u)
						}
						tally.add(c, build, diffs)
					})
				}
			}
		}
	})
	_, stale := oracle.Check(known, tally.diffs, tally.ran)
	for _, s := range stale {
		t.Errorf("%s %s %s is equal now: remove it from differences.txt", s.Case, s.Profile, s.Field)
	}
	tally.print(t)
}

// tally counts what a replay gave.
type tally struct {
	mu    sync.Mutex
	seen  map[[2]string]bool // case, profile
	rows  map[[2]string]*row // group, profile
	diffs []oracle.Difference
}

// row counts cases: equal in all fields, equal but for heap figures, all.
type row struct{ equal, butHeap, total int }

func (y *tally) add(c *oracle.Case, build string, diffs []oracle.Difference) {
	profile := oracle.Builds[build]
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.seen == nil {
		y.seen, y.rows = map[[2]string]bool{}, map[[2]string]*row{}
	}
	y.seen[[2]string{c.ID, profile}] = true
	y.diffs = append(y.diffs, diffs...)
	key := [2]string{c.Group, profile}
	if y.rows[key] == nil {
		y.rows[key] = &row{}
	}
	y.rows[key].total++
	if len(diffs) == 0 {
		y.rows[key].equal++
	}
	if onlyHeap(diffs) {
		y.rows[key].butHeap++
	}
}

// onlyHeap tells that nothing but heap figures differ.
func onlyHeap(diffs []oracle.Difference) bool {
	for _, d := range diffs {
		if !strings.HasPrefix(d.Field, "heap_") {
			return false
		}
	}
	return true
}

func (y *tally) ran(id, profile string) bool { return y.seen[[2]string{id, profile}] }

func (y *tally) print(t *testing.T) {
	for _, profile := range []string{"SDK301", "SDK306"} {
		for _, group := range oracle.Groups {
			if r := y.rows[[2]string{group, profile}]; r != nil {
				t.Logf("group %s %s: %d of %d equal, %d without the heap figures", group, profile, r.equal, r.total, r.butHeap)
			}
		}
	}
}

// firmware is the program on the device: it does what the case says once the
// station has an address, and keeps what it sees. Device goroutine only, but for
// started.
type firmware struct {
	c       *oracle.Case
	sdk     *emulator.SDK
	conn    *espconn.Espconn
	run     oracle.DeviceRun
	started chan struct{} // closed when connect or accept has returned
	timer   emulator.OsTimer
	base    int // requested heap bytes before the secure call
	sent    int // of c.Send
	got     []byte
	log     bool // keep what is printed
	uart    []byte
}

func replay(t *testing.T, c *oracle.Case, profile string) oracle.Result {
	p, ok := espconn.ProfileByName(profile)
	require.True(t, ok)
	if c.Transport == "ideal" {
		p.FlightCut = false // a send buffer that is never full
	}
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	require.NoError(t, burn(chip, c))
	network := netstack.NewNetwork(netstack.Options{Seed: 1})
	defer func() { _ = network.Close() }()
	host := network.Host("peer", peerAddr)
	listener, err := host.Listen("tcp", fmt.Sprintf(":%d", peerPort))
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()

	fw := &firmware{c: c, started: make(chan struct{})}
	device, err := emulator.New(emulator.Config{Name: "device", Profile: p, Flash: chip, HeapFree: emulator.HeapMax,
		Network: network, Address: deviceAddr, Association: -1, Seed: 1, TraceLimit: -1, UART: uartLog{fw}})
	require.NoError(t, err)
	defer func() { _ = device.Close() }()
	device.Trace().Follow(fw.observe)
	require.NoError(t, device.Boot(emulator.Go(fw.init)))

	run, err := pki.Peer(c, 1)
	require.NoError(t, err)
	done := make(chan *tlspeer.Report, 1)
	go func() { done <- play(t, c, fw, host, listener, run) }()
	var report *tlspeer.Report
	stillOpen := c.Peer.Kind == "openssl s_server" // when the measurement ended
	if !stillOpen {
		report = <-done
	}
	time.Sleep(settle)
	require.Nil(t, device.Crash())
	require.NoError(t, device.Do(func() {
		fw.run.Log = fw.lines()
		if n := len(fw.got); n > 0 {
			assert.Equal(t, oracle.Payload(0, n), fw.got, "payload")
		}
	}))
	require.NoError(t, device.Close())
	require.NoError(t, network.Close())
	if stillOpen {
		report = <-done
	}
	return oracle.Measure(c, fw.run, report, func(code int) int16 { return (&boundedtls.Error{Code: code}).HSStatus() })
}

// play runs the peer against the device and returns what it saw.
func play(t *testing.T, c *oracle.Case, fw *firmware, host *netstack.Host, listener net.Listener, run oracle.Runner) *tlspeer.Report {
	<-fw.started
	if fw.run.StartRet != 0 {
		return &tlspeer.Report{Stage: "never_connected", Err: "tcp: i/o timeout"}
	}
	var conn net.Conn
	var err error
	if c.Server() {
		conn, err = host.DialContext(context.Background(), "tcp", netip.AddrPortFrom(deviceAddr.Addr(), devicePort).String())
	} else {
		conn, err = listener.Accept()
	}
	require.NoError(t, err)
	return run(conn)
}

// burn writes the certificate sectors of a case.
func burn(chip *flash.Chip, c *oracle.Case) error {
	write := func(sector uint32, names []string, files []string) error {
		var image []byte
		for i, name := range names {
			b, err := pki.File(files[i])
			if err != nil {
				return err
			}
			head := make([]byte, 34)
			copy(head, name)
			binary.LittleEndian.PutUint16(head[32:], uint16(len(b)))
			image = append(append(image, head...), b...)
		}
		for len(image)%4 != 0 {
			image = append(image, 0xff)
		}
		return chip.Write(sector*flash.SectorSize, image)
	}
	if c.CAFile != "" {
		if err := write(caSector, []string{"ca"}, []string{c.CAFile}); err != nil {
			return err
		}
	}
	if c.OwnCertFile != "" && !c.Server() {
		return write(certSector, []string{"private_key", "certificate"}, []string{c.OwnKeyFile, c.OwnCertFile})
	}
	return nil
}

func (f *firmware) init(sdk *emulator.SDK) {
	f.sdk = sdk
	sdk.WifiSetEventHandlerCb(func(e emulator.SystemEvent) {
		if e.Event == emulator.EventStamodeGotIP {
			f.start()
		}
	})
}

func (f *firmware) start() {
	c, sdk := f.c, f.sdk
	level := uint8(espconn.LevelClient)
	if c.Server() {
		level = espconn.LevelServer
	}
	if c.Size != espconn.SizeDefault {
		sdk.SecureSetSize(level, uint16(c.Size))
	}
	if c.CAFile != "" {
		sdk.SecureCaEnable(level, caSector)
	}
	tcp := &espconn.TCP{}
	conn := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: tcp}}
	f.conn = conn
	sdk.RegistConnectcb(conn, f.connected)
	sdk.RegistReconcb(conn, func(_ *espconn.Espconn, err espconn.Err) {
		f.run.Callback, f.run.CallbackStatus = "reconnect", int(int8(err))
	})
	sdk.RegistDisconcb(conn, func(*espconn.Espconn) { f.run.Callback = "disconnect" })
	sdk.RegistRecvcb(conn, func(_ *espconn.Espconn, p []byte) {
		f.run.RxChunks = append(f.run.RxChunks, len(p))
		f.got = append(f.got, p...)
	})
	sdk.RegistSentcb(conn, func(e *espconn.Espconn) {
		f.run.SentCallbacks++
		f.send(e)
	})
	f.log, f.base = true, heapInUse(sdk)
	if c.Server() {
		cert, err := pki.File(c.OwnCertFile)
		key, err2 := pki.File(c.OwnKeyFile)
		if err != nil || err2 != nil {
			panic(fmt.Sprint(err, err2))
		}
		sdk.SecureSetDefaultCertificate(cert)
		sdk.SecureSetDefaultPrivateKey(key)
		tcp.LocalPort = devicePort
		f.run.StartRet = int(int8(sdk.SecureAccept(conn)))
	} else {
		if c.OwnCertFile != "" {
			sdk.SecureCertReqEnable(level, certSector)
		}
		tcp.RemoteIP, tcp.RemotePort = peerAddr.As4(), peerPort
		ballast := uint32(0)
		if c.FreeHeap > 0 {
			// The data set only what system_get_free_heap_size says at this moment; free
			// heap changes in steps of 8 bytes, so the next step up stands for it.
			want := (c.FreeHeap + 7) &^ 7
			ballast = sdk.OsMalloc(sdk.SystemGetFreeHeapSize() - want - 16)
		}
		f.run.StartRet = int(int8(sdk.SecureConnect(conn)))
		sdk.OsFree(ballast)
	}
	close(f.started)
}

func (f *firmware) connected(e *espconn.Espconn) {
	f.run.Connected = true
	f.run.Heap.After = heapInUse(f.sdk) - f.base
	if f.c.SendWhen != "later" {
		f.send(e)
		return
	}
	f.sdk.OsTimerSetfn(&f.timer, func() { f.send(e) })
	f.sdk.OsTimerArm(&f.timer, uint32(sendLater/time.Millisecond), false)
}

// send makes the next send of the case.
func (f *firmware) send(e *espconn.Espconn) {
	if f.sent == len(f.c.Send) {
		return
	}
	n := f.c.Send[f.sent]
	f.sent++
	f.run.SentReturns = append(f.run.SentReturns, int(int8(f.sdk.SecureSent(e, oracle.Payload(0, n)))))
}

// uartLog keeps what is printed since the secure call.
type uartLog struct{ f *firmware }

func (u uartLog) Write(p []byte) (int, error) {
	if u.f.log {
		u.f.uart = append(u.f.uart, p...)
	}
	return len(p), nil
}

// lines returns the lines printed, without empty ones.
func (f *firmware) lines() []string {
	return strings.FieldsFunc(string(f.uart), func(r rune) bool { return r == '\n' || r == '\r' })
}

// stackBlocks are the heap blocks of the network stack: the data do not count
// them.
var stackBlocks = map[string]bool{"tcp_pcb": true, "tcp_pcb_listen": true, "udp_pcb": true, "tcp_seg": true,
	"ooseq": true, "arp queue": true}

// heapInUse sums the requested bytes of all other blocks.
func heapInUse(sdk *emulator.SDK) (total int) {
	for _, b := range sdk.Board().Heap.Blocks() {
		if !stackBlocks[b.What] && b.What != "os_malloc" {
			total += int(b.Requested)
		}
	}
	return total
}

// observe takes from the trace what firmware cannot see. Device goroutine.
func (f *firmware) observe(e emulator.Event) {
	switch {
	case e.Source == "heap" && e.Kind == "alloc" && f.log && !f.run.Connected:
		f.run.Heap.Peak = max(f.run.Heap.Peak, heapInUse(f.sdk)-f.base)
	case e.API != nil && e.API.Kind == espconn.EventTLS && e.API.TLS.Kind == boundedtls.EventVerify:
		f.run.VerifyFlags = fmt.Sprintf("0x%08x", e.API.TLS.Flags)
		if f.run.VerifyRet = "0"; e.API.TLS.Code != 0 {
			f.run.VerifyRet = (&boundedtls.Error{Code: e.API.TLS.Code}).Reason()
		}
	}
}
