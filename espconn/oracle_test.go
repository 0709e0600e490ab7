package espconn_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/espemu/espemu/emulator"
	"github.com/espemu/espemu/espconn"
	"github.com/espemu/espemu/espconn/internal/tlspeer"
	"github.com/espemu/espemu/flash"
	"github.com/espemu/espemu/netstack"
)

// oracleFolder holds the golden traces; its README explains the format.
const oracleFolder = "../testdata/oracle"

type oracleCase struct {
	ID    string
	Setup struct {
		Flash []struct {
			Sector  uint32
			Entries [][2]string
			Rest    string
		}
	}
	Objects []struct {
		Name, Type, Remote, Callbacks string
		LocalPort                     int `json:"local_port"`
		Reverse                       any
	}
	Device []oracleRule
	Peers  []struct {
		Name, IP, Kind, Opts string
		Port                 int
		TLS                  *oracleTLS
		Rules                []oracleRule
	}
	Until int
	Trace []struct {
		Call, Args, CB, Arg, CRC, Print string
		T                               int
		Ret                             *int
		Err, Len                        *int
		St                              []int
		Fault                           string
	}
}

type oracleRule struct {
	When  string
	Do    []string
	Nth   int
	Delay int
	fired int
}

type oracleTLS struct {
	Role, Version, Suite, Chain, Key, Records, Stage, Do string
	CertificateRequest                                   bool `json:"certificate_request"`
	DHBits                                               int  `json:"dh_bits"`
}

// scripted says that crypto/tls cannot play this peer, but package tlspeer can.
func (t *oracleTLS) scripted() bool {
	return t.Stage != "" || t.Records != "" && t.Records != "onewrite" || t.Version == "3.0" || t.Suite == "0033" || t.Suite == "006b"
}

// play runs a scripted peer: it stops at its stage, or after the handshake, and stays.
func (t *oracleTLS) play(tb testing.TB, conn net.Conn) {
	script := tlspeer.Script{At: tlspeer.Stage(t.Stage), End: tlspeer.Open}
	if script.At == tlspeer.SentCCS { // that of tlspeer comes after Finished
		script.At, script.Steps = tlspeer.GotClientFinished, []tlspeer.Step{{Type: 20, Data: []byte{1}}}
	}
	for f := strings.Fields(t.Do); len(f) > 0; {
		num := func(i int) int { n, _ := strconv.Atoi(f[i]); return n }
		switch f[0] {
		case "fin":
			script.End, f = tlspeer.FIN, f[1:]
		case "rst":
			script.End, f = tlspeer.RST, f[1:]
		case "alert":
			script.Steps, f = append(script.Steps, tlspeer.AlertStep(byte(num(1)), byte(num(2)))), f[3:]
		case "record":
			script.Steps, f = append(script.Steps, tlspeer.Step{Type: byte(num(1)), Data: pattern(0, num(2))}), f[3:]
		default: // hang
			f = f[1:]
		}
	}
	version := map[string]uint16{"": 0x303, "1.2": 0x303, "1.1": 0x302, "1.0": 0x301, "3.0": 0x300}[t.Version]
	suite := uint16(0x2f)
	if n, err := strconv.ParseUint(t.Suite, 16, 16); err == nil {
		suite = uint16(n)
	}
	const hold = 10 * time.Minute // longer than any case
	if t.Role == "client" {
		peer := &tlspeer.Client{HelloVersion: version, Suites: []uint16{suite}, Script: script, Hold: hold, Rand: tlspeer.NewRand(1)}
		peer.Run(conn)
		return
	}
	key, err := tlspeer.ParseKey(pkiFile(tb, t.Key))
	require.NoError(tb, err)
	peer := &tlspeer.Server{
		Version: version, Suite: suite, Chain: tlspeer.ParseChain(pkiFile(tb, t.Chain)), Key: key, DHBits: t.DHBits,
		Script: script, Hold: hold, Rand: tlspeer.NewRand(1),
	}
	switch kind, n, _ := strings.Cut(t.Records, ":"); kind {
	case "", "onewrite":
		peer.Layout.Kind = tlspeer.OneWrite
	case "coalesced":
		peer.Layout.Kind = tlspeer.Coalesced
	case "fragment":
		peer.Layout.Kind = tlspeer.Fragmented
		peer.Layout.Fragment, _ = strconv.Atoi(n)
	}
	peer.Serve(conn)
}

// canDevice are the actions on the device that the replay knows.
var canDevice = map[string]bool{
	"espconn_secure_connect": true, "espconn_secure_send": true, "espconn_secure_sent": true, "espconn_secure_disconnect": true,
	"espconn_secure_accept": true, "espconn_secure_delete": true, "espconn_secure_set_size": true, "espconn_secure_ca_enable": true,
	"espconn_secure_ca_disable": true, "espconn_secure_cert_req_enable": true, "espconn_secure_set_default_certificate": true,
	"espconn_secure_set_default_private_key": true, "get": true, "espconn_regist_write_finish": true,
	"heap_fill": true, "heap_free": true, "post": true,
}

// canPlain says whether an action is a plain call, which the replay of the plain traces knows. The rules of
// espconn_secure_obj_load are the library's, not the API's.
func canPlain(name string) bool {
	return strings.HasPrefix(name, "espconn_") && !strings.HasPrefix(name, "espconn_secure_")
}

// canPeer are the actions of peers; the others need a TLS library that lets itself be misused.
var canPeer = map[string]bool{
	"connect": true, "tls_send": true, "fin": true, "rst": true, "tls_notify": true, "tls_notify_fin": true, "send": true, "sendtext": true,
}

// skip says why the replay leaves a case out, "" if it does not.
func (c *oracleCase) skip() string {
	if why := oracleLeftOut[c.ID]; why != "" {
		return why
	}
	for _, r := range c.Device {
		for _, d := range r.Do {
			if name := strings.Fields(d)[0]; !canDevice[name] && !canPlain(name) {
				return "action " + d
			}
		}
	}
	for _, p := range c.Peers {
		if p.Opts != "" && p.Opts != "refuse" && p.Opts != "merge" && p.Opts != "noarp" {
			return "peer option " + p.Opts
		}
		if p.TLS != nil && p.TLS.scripted() {
			for _, r := range p.Rules {
				if strings.HasPrefix(r.When, "tls") || strings.HasPrefix(r.Do[0], "tls") {
					return "rules of a scripted TLS peer"
				}
			}
		}
		for _, r := range p.Rules {
			for _, d := range r.Do {
				if f := strings.Fields(d); !canPeer[f[0]] || f[0] == "tls_send" && slices.Contains(strings.Split(f[1], ","), "0") {
					return "peer action " + d
				}
			}
		}
	}
	for _, f := range c.Setup.Flash {
		if f.Rest != "" {
			return "flash"
		}
	}
	return ""
}

// oracleLeftOut are cases that the replay leaves out, with the reason.
var oracleLeftOut = map[string]string{
	"sec/client/end/notify":            "crypto/tls sends nothing after close_notify",
	"sec/client/send/in-connect/65535": "the host delays acknowledgements by 40 ms: the run ends too early",
	"sec/client/cert-req/key-first":    "the host delays acknowledgements by 40 ms: the disconnect comes first",
	"sec/server/low-heap/3000":         "the SDK damages its heap and crashes 1.1 s later; the profile raises the exception at once",
	"sec/client/peer-sends-first":      "the host joins what it writes at once into one segment",
	"order/secure-callbacks-and-posts": "the host's acknowledgement travels with its data",
}

// oracleSlack is the tolerance of callback times in ms: TCP's slow timer has its own phase, and the virtual host delays
// acknowledgements, by 40 ms each, where the measured peers did not.
const oracleSlack = 250

// oracleSlow are further milliseconds for cases with long sends: two delayed acknowledgements for each record.
var oracleSlow = map[string]int{"sec/server/send-later": 8 * 2 * 40}

// TestOracle replays the golden traces of the secure API with SDK306 and compares calls, callbacks and printed lines in
// order, with results, states, statuses, lengths and checksums.
func TestOracle(t *testing.T) {
	for _, file := range []string{"secure-calls", "secure-client", "secure-server", "order"} {
		raw, err := os.ReadFile(filepath.Join(oracleFolder, "espconn", file+".json"))
		require.NoError(t, err)
		var cases []*oracleCase
		require.NoError(t, json.Unmarshal(raw, &cases))
		for _, c := range cases {
			t.Run(c.ID, func(t *testing.T) {
				if file == "order" && !c.withTLS() {
					t.Skip("see TestPlainOracle")
				}
				if why := c.skip(); why != "" {
					t.Skip(why)
				}
				var got []string
				var times []int
				synctest.Test(t, func(t *testing.T) { got, times = replay(t, c) })
				want, at := c.expected()
				require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
				for i := range at {
					assert.InDelta(t, at[i], times[i], oracleSlack+float64(oracleSlow[c.ID]), "time of callback %d, ms", i+1)
				}
			})
		}
	}
}

// expected brings the trace into the lines that replay makes.
func (c *oracleCase) expected() (lines []string, times []int) {
	for _, e := range c.Trace {
		switch {
		case e.Call != "":
			s := e.Call + " " + e.Args
			if e.Ret != nil {
				s += fmt.Sprint(" = ", *e.Ret)
			}
			if len(e.St) == 2 {
				s += fmt.Sprint(" ", e.St)
			}
			lines = append(lines, s)
		case e.CB != "":
			s := e.CB + " " + e.Arg
			if e.Err != nil {
				s += fmt.Sprint(" err ", *e.Err)
			}
			if e.Len != nil {
				s += fmt.Sprint(" len ", *e.Len, " ", e.CRC)
			}
			if len(e.St) == 1 {
				e.St = append(e.St, e.St[0])
			}
			lines = append(lines, s+fmt.Sprint(" ", e.St))
			times = append(times, e.T)
		case e.Print != "" && !strings.HasPrefix(e.Print, "E:M "):
			lines = append(lines, "print "+e.Print)
		case e.Fault != "":
			lines = append(lines, "fault")
		}
	}
	return lines, times
}

// player runs the firmware's side of a case.
type player struct {
	t       *testing.T
	c       *oracleCase
	dev     *emulator.Device
	sdk     *emulator.SDK
	objects map[string]*espconn.Espconn
	copies  map[string]int
	names   map[*espconn.Espconn]string
	lines   []string
	partial string
	start   time.Time
	times   []int    // of the callbacks, ms after start
	ballast []uint32 // heap_fill's blocks
}

// fill takes heap in blocks of at most 2,048 bytes until so many bytes, or slightly more, are free.
func (p *player) fill(to string) {
	n, _ := strconv.Atoi(to)
	for {
		excess := int(p.sdk.SystemGetFreeHeapSize()) - n - 16
		if excess < 8 {
			return
		}
		addr := p.sdk.OsMalloc(uint32(min(excess, 2048)) &^ 7)
		if addr == 0 {
			return
		}
		p.ballast = append(p.ballast, addr)
	}
}

func (p *player) Write(b []byte) (int, error) {
	parts := strings.Split(p.partial+string(b), "\n")
	p.partial = parts[len(parts)-1]
	for _, line := range parts[:len(parts)-1] {
		if !strings.HasPrefix(line, "E:M ") && !strings.HasPrefix(line, "Fatal exception") { // the latter is the trace's fault
			p.lines = append(p.lines, "print "+clean(line))
		}
	}
	return len(b), nil
}

// clean replaces each byte that is no UTF-8 by U+FFFD, as the traces do.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// name returns the trace's name of an espconn; an unknown one is the next copy that the server made.
func (p *player) name(c *espconn.Espconn) string {
	if n, ok := p.names[c]; ok {
		return n
	}
	p.copies["s1"]++
	p.names[c] = fmt.Sprintf("s1#%d", p.copies["s1"])
	return p.names[c]
}

func replay(t *testing.T, c *oracleCase) ([]string, []int) {
	p := &player{t: t, c: c, objects: map[string]*espconn.Espconn{}, copies: map[string]int{}, names: map[*espconn.Espconn]string{}}
	network := netstack.NewNetwork(netstack.Options{Seed: 1})
	t.Cleanup(func() {
		_ = network.Close()
		time.Sleep(time.Second) // peers that are about to answer a FIN
	})
	cfg := emulator.Config{
		Profile: espconn.SDK306(), Network: network, Seed: 1, Association: -1, HeapFree: 45224, UART: p,
		Address: netip.MustParsePrefix("10.0.0.2/24"),
	}
	for _, f := range c.Setup.Flash {
		var entries []flash.Entry
		for _, e := range f.Entries {
			entries = append(entries, flash.Entry{Name: e[0], Data: pkiFile(t, e[1])})
		}
		if len(entries) > 0 {
			image(t, f.Sector, entries...)(&cfg)
		}
	}
	dev, err := emulator.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = dev.Close() })
	p.dev = dev
	require.NoError(t, dev.Boot(emulator.Go(func(s *emulator.SDK) {
		p.sdk = s
		for prio := range uint8(3) {
			s.SystemOsTask(func(e emulator.OsEvent) {
				p.times = append(p.times, int(time.Since(p.start)/time.Millisecond))
				p.lines = append(p.lines, fmt.Sprintf("task prio %d sig %d []", prio, e.Sig))
			}, prio, make([]emulator.OsEvent, 4))
		}
	})))
	for _, o := range c.Objects {
		e := &espconn.Espconn{}
		switch o.Type {
		case "tcp":
			e.Type = espconn.TypeTCP
			e.Proto.TCP = &espconn.TCP{LocalPort: o.LocalPort}
			if o.Remote != "" {
				ap := netip.MustParseAddrPort(o.Remote)
				e.Proto.TCP.RemoteIP, e.Proto.TCP.RemotePort = ap.Addr().As4(), int(ap.Port())
			}
		case "udp":
			e.Type = espconn.TypeUDP
			e.Proto.UDP = &espconn.UDP{LocalPort: o.LocalPort}
		}
		p.objects[o.Name], p.names[e] = e, o.Name
		if e.Proto.TCP != nil {
			p.register(e, o.Callbacks)
		}
	}
	time.Sleep(time.Second)
	peers := newOraclePeers(t, network, c)
	p.start = time.Now()
	for i := range c.Device {
		r := &c.Device[i]
		switch f := strings.Fields(r.When); f[0] {
		case "start":
			p.do(func() { p.actions(r.Do, nil) })
		case "at":
			ms, _ := strconv.Atoi(f[1])
			time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { p.do(func() { p.actions(r.Do, nil) }) })
		}
	}
	peers.start()
	time.Sleep(time.Until(p.start.Add(time.Duration(c.Until) * time.Millisecond)))
	if dev.Crash() != nil {
		p.lines = append(p.lines, "fault")
	}
	return p.lines, p.times
}

func (p *player) do(fn func()) { _ = p.dev.Do(fn) }

func (p *player) register(e *espconn.Espconn, callbacks string) {
	t := e.Proto.TCP
	for _, k := range callbacks {
		switch k {
		case 'c':
			t.ConnectCallback = func(c *espconn.Espconn) { p.callback("connect", c, "") }
		case 'x':
			t.ReconnectCallback = func(c *espconn.Espconn, e espconn.Err) {
				p.callback("reconnect", c, fmt.Sprint(" err ", int8(e)))
			}
		case 'd':
			t.DisconnectCallback = func(c *espconn.Espconn) { p.callback("disconnect", c, "") }
		case 'r':
			e.RecvCallback = func(c *espconn.Espconn, data []byte) {
				p.callback("recv", c, fmt.Sprintf(" len %d %08x", len(data), crc32.ChecksumIEEE(data)))
			}
		case 's':
			e.SentCallback = func(c *espconn.Espconn) { p.callback("sent", c, "") }
		case 'f':
			t.WriteFinish = func(c *espconn.Espconn) { p.callback("finish", c, "") }
		}
	}
}

func (p *player) callback(kind string, c *espconn.Espconn, detail string) {
	name := p.name(c)
	p.times = append(p.times, int(time.Since(p.start)/time.Millisecond))
	at, entry := len(p.lines), c.State
	p.lines = append(p.lines, "")
	object, _, _ := strings.Cut(name, "#")
	for i := range p.c.Device {
		r := &p.c.Device[i]
		if r.When != kind+" "+object && r.When != kind+" "+name {
			continue
		}
		if r.fired++; r.Nth != 0 && r.fired != r.Nth {
			continue
		}
		if r.Delay > 0 {
			time.AfterFunc(time.Duration(r.Delay)*time.Millisecond, func() { p.do(func() { p.actions(r.Do, c) }) })
			continue
		}
		p.actions(r.Do, c)
	}
	p.lines[at] = fmt.Sprintf("%s %s%s [%d %d]", kind, name, detail, entry, c.State)
}

func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(7*(from+i) + 3)
	}
	return b
}

func (p *player) actions(do []string, arg *espconn.Espconn) {
	for _, d := range do {
		f := strings.Fields(d)
		var c *espconn.Espconn
		switch f[0] {
		case "get":
			continue
		case "post":
			prio, _ := strconv.Atoi(f[1])
			sig, _ := strconv.Atoi(f[2])
			p.sdk.SystemOsPost(uint8(prio), uint32(sig), 0)
			continue
		case "heap_fill":
			p.fill(f[1])
			continue
		case "heap_free":
			for _, addr := range p.ballast {
				p.sdk.OsFree(addr)
			}
			p.ballast = nil
			continue
		}
		if len(f) > 1 {
			c = p.objects[f[1]]
			if f[1] == "arg" {
				c = arg
			}
			for e, n := range p.names {
				if n == f[1] {
					c = e
				}
			}
		}
		num := func(i int) int { n, _ := strconv.Atoi(f[i]); return n }
		at := len(p.lines)
		line := strings.Join(f[:1], "") + " " + strings.ReplaceAll(strings.Join(f[1:], " "), "arg", "arg")
		p.lines = append(p.lines, line)
		before := espconn.StateNone
		if c != nil {
			before = c.State
		}
		var ret int
		var ref espconn.Ref = c
		if c == nil {
			ref = nil
		}
		send := func(fn func(espconn.Ref, []byte) espconn.Err) int {
			if len(f) > 3 && f[2] == "null" {
				return int(p.sdk.SecureSendNull(ref, uint16(num(3))))
			}
			return int(fn(ref, pattern(0, num(2))))
		}
		object := func(set func([]byte) bool) int {
			if f[1] == "null" {
				return boolInt(set(nil))
			}
			b := pkiFile(p.t, f[1])
			if len(f) > 2 {
				n := num(2)
				b = append(bytes.Clone(b), make([]byte, max(0, n-len(b)))...)[:n]
			}
			return boolInt(set(b))
		}
		switch f[0] {
		case "espconn_secure_connect":
			ret = int(p.sdk.SecureConnect(ref))
		case "espconn_secure_send":
			ret = send(p.sdk.SecureSend)
		case "espconn_secure_sent":
			ret = send(p.sdk.SecureSent)
		case "espconn_secure_disconnect":
			ret = int(p.sdk.SecureDisconnect(ref))
		case "espconn_secure_accept":
			ret = int(p.sdk.SecureAccept(ref))
		case "espconn_secure_delete":
			ret = int(p.sdk.SecureDelete(ref))
		case "espconn_secure_set_size":
			ret = boolInt(p.sdk.SecureSetSize(uint8(num(1)), uint16(num(2))))
		case "espconn_secure_ca_enable":
			ret = boolInt(p.sdk.SecureCaEnable(uint8(num(1)), uint32(num(2))))
		case "espconn_secure_ca_disable":
			ret = boolInt(p.sdk.SecureCaDisable(uint8(num(1))))
		case "espconn_secure_cert_req_enable":
			ret = boolInt(p.sdk.SecureCertReqEnable(uint8(num(1)), uint32(num(2))))
		case "espconn_secure_set_default_certificate":
			ret = object(p.sdk.SecureSetDefaultCertificate)
		case "espconn_secure_set_default_private_key":
			ret = object(p.sdk.SecureSetDefaultPrivateKey)
		case "espconn_regist_write_finish":
			ret = int(p.sdk.RegistWriteFinish(c, func(c *espconn.Espconn) { p.callback("finish", c, "") }))
		default:
			plain := &plainPlayer{rig: &rig{t: p.t, api: p.sdk.API}}
			ret, _ = plain.call(f, d, c, num)
		}
		line += fmt.Sprint(" = ", ret)
		if c != nil {
			line += fmt.Sprintf(" [%d %d]", before, c.State)
		}
		p.lines[at] = line
	}
}

func pkiFile(t testing.TB, name string) []byte {
	b, err := os.ReadFile(filepath.Join(oracleFolder, "pki", name))
	require.NoError(t, err)
	return b
}

// oraclePeers are the other machines of a case, with crypto/tls.
type oraclePeers struct {
	t       *testing.T
	network *netstack.Network
	c       *oracleCase
	starts  []func()
	mu      sync.Mutex // rules run on timers and on reading goroutines
}

func (o *oraclePeers) start() {
	for _, s := range o.starts {
		s()
	}
}

// oraclePeer is one of them.
type oraclePeer struct {
	o     *oraclePeers
	host  *netstack.Host
	port  int
	opts  string
	tls   *oracleTLS
	rules []oracleRule
	conn  net.Conn
	tc    *tls.Conn
	sent  int         // bytes of the pattern
	last  *oraclePeer // of a listening peer: its latest connection
}

func newOraclePeers(t *testing.T, network *netstack.Network, c *oracleCase) *oraclePeers {
	o := &oraclePeers{t: t, network: network, c: c}
	hosts := map[string]*netstack.Host{}
	for i := range c.Peers {
		d := &c.Peers[i]
		if d.Opts == "noarp" {
			continue
		}
		h := hosts[d.IP]
		if h == nil {
			h = network.Host(d.Name, netip.MustParseAddr(d.IP))
			hosts[d.IP] = h
		}
		p := &oraclePeer{o: o, host: h, port: d.Port, opts: d.Opts, tls: d.TLS, rules: d.Rules}
		if d.Kind != "tcp" || d.Opts == "refuse" {
			continue
		}
		client := false
		for _, r := range d.Rules {
			for _, a := range r.Do {
				client = client || strings.HasPrefix(a, "connect ")
			}
		}
		if !client {
			l, err := h.Listen("tcp", fmt.Sprintf(":%d", d.Port))
			require.NoError(t, err)
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					q := *p
					q.rules = append([]oracleRule(nil), p.rules...)
					o.mu.Lock()
					p.last = &q
					o.mu.Unlock()
					q.serve(conn)
				}
			}()
		}
		o.starts = append(o.starts, p.timers)
	}
	return o
}

// timers arms the rules with a time. Those of a listening peer act on its latest connection.
func (p *oraclePeer) timers() {
	for i := range p.rules {
		r := &p.rules[i]
		f := strings.Fields(r.When)
		if f[0] != "at" {
			continue
		}
		ms, _ := strconv.Atoi(f[1])
		time.AfterFunc(time.Duration(ms)*time.Millisecond, func() {
			p.o.mu.Lock()
			on := p.last
			p.o.mu.Unlock()
			if on == nil {
				on = p
			}
			on.actions(r.Do)
		})
	}
}

func (p *oraclePeer) serve(conn net.Conn) {
	p.o.mu.Lock()
	p.conn = conn
	p.o.mu.Unlock()
	p.fire("est")
	go func() {
		if p.tls == nil {
			p.read(conn, "data")
			return
		}
		if p.tls.scripted() {
			p.tls.play(p.o.t, conn)
			return
		}
		cfg := &tls.Config{
			InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
			CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, DynamicRecordSizingDisabled: true,
		}
		switch p.tls.Version {
		case "1.1":
			cfg.MaxVersion = tls.VersionTLS11
		case "1.0":
			cfg.MaxVersion = tls.VersionTLS10
		}
		if p.tls.Suite == "0035" {
			cfg.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}
		}
		if p.tls.CertificateRequest {
			cfg.ClientAuth = tls.RequestClientCert
		}
		w := net.Conn(conn)
		if strings.Contains(p.opts, "merge") {
			w = &gate{Conn: conn}
		}
		p.o.mu.Lock()
		if p.tls.Role == "server" {
			cfg.Certificates = []tls.Certificate{oracleCertificate(p.o.t, p.tls.Chain, p.tls.Key)}
			p.tc = tls.Server(w, cfg)
		} else {
			if p.tls.Chain != "" {
				own := oracleCertificate(p.o.t, p.tls.Chain, p.tls.Key)
				cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
			}
			p.tc = tls.Client(w, cfg)
		}
		p.o.mu.Unlock()
		if p.tc.Handshake() != nil {
			p.answerFIN()
			return
		}
		p.fire("tls_hs")
		p.read(p.tc, "tls_data")
	}()
}

// read reads until the device ends the connection, which is answered by a FIN 1 ms later.
func (p *oraclePeer) read(c net.Conn, event string) {
	buf := make([]byte, 32768)
	for {
		if _, err := c.Read(buf); err != nil {
			break
		}
		p.fire(event)
	}
	// crypto/tls stops at a close_notify; TCP goes on until the FIN.
	for {
		if _, err := p.conn.Read(buf); err != nil {
			break
		}
	}
	p.answerFIN()
}

func (p *oraclePeer) answerFIN() {
	time.Sleep(time.Millisecond)
	p.closeWrite()
}

func (p *oraclePeer) closeWrite() {
	if c, ok := p.conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}

func (p *oraclePeer) fire(event string) {
	for i := range p.rules {
		r := &p.rules[i]
		if r.When != event {
			continue
		}
		if r.fired++; r.Nth != 0 && r.fired != r.Nth {
			continue
		}
		if r.Delay > 0 {
			time.AfterFunc(time.Duration(r.Delay)*time.Millisecond, func() { p.actions(r.Do) })
			continue
		}
		p.actions(r.Do)
	}
}

func (p *oraclePeer) actions(do []string) {
	for _, d := range do {
		f := strings.Fields(d)
		if f[0] == "connect" {
			conn, err := p.host.DialContext(p.o.t.Context(), "tcp", "10.0.0.2:"+f[1])
			if err == nil {
				p.serve(conn)
			}
			continue
		}
		p.act(d, f)
	}
}

// act does one action on the connection.
func (p *oraclePeer) act(d string, f []string) {
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	if p.conn == nil {
		return
	}
	switch f[0] {
	case "fin":
		p.closeWrite()
	case "rst":
		if l, ok := p.conn.(interface{ SetLinger(int) error }); ok {
			_ = l.SetLinger(0)
		}
		_ = p.conn.Close()
	case "send":
		n, _ := strconv.Atoi(f[1])
		_, _ = p.conn.Write(pattern(p.sent, n))
		p.sent += n
	case "sendtext":
		text, _ := strconv.Unquote(strings.TrimSpace(strings.TrimPrefix(d, "sendtext")))
		_, _ = p.conn.Write([]byte(text))
	case "tls_send":
		for _, s := range strings.Split(f[1], ",") {
			n, _ := strconv.Atoi(s)
			_, _ = p.tc.Write(pattern(p.sent, n))
			p.sent += n
		}
	case "tls_notify":
		_ = p.tc.CloseWrite()
	case "tls_notify_fin":
		_ = p.tc.CloseWrite()
		p.closeWrite()
	}
}

// oracleCertificate reads a chain and key of the oracle's PKI.
func oracleCertificate(t testing.TB, chain, key string) tls.Certificate {
	var c tls.Certificate
	rest := pkiFile(t, chain)
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		c.Certificate = append(c.Certificate, b.Bytes)
	}
	if len(c.Certificate) == 0 {
		c.Certificate = [][]byte{pkiFile(t, chain)}
	}
	b, _ := pem.Decode(pkiFile(t, key))
	require.NotNil(t, b)
	k, err := x509.ParsePKCS1PrivateKey(b.Bytes)
	if err != nil {
		pk, err8 := x509.ParsePKCS8PrivateKey(b.Bytes)
		require.NoError(t, err8)
		c.PrivateKey = pk
		return c
	}
	c.PrivateKey = k
	return c
}
