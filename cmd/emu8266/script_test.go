package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if code, played := playTool(); played { // a script runs emu8266 make, which starts this binary under a tool's name
		os.Exit(code)
	}
	testscript.Main(withCache{m}, map[string]func(){"emu8266": main})
}

// sharedCache is a cache of objects for tests to which it does not matter what others have compiled, new in each run.
var sharedCache string

// withCache are the tests, with sharedCache.
type withCache struct{ m *testing.M }

func (w withCache) Run() int {
	dir, err := os.MkdirTemp("", "emu8266-cache-")
	if err != nil {
		panic(err)
	}
	sharedCache = dir
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} { // the tests expect English, whatever their user speaks
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	code := w.m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	return code
}

// Scripts that need nothing but Go.
func TestScripts(t *testing.T) { runScripts(t, "testdata/script") }

// Scripts against a real OpenSSL.
func TestOpenSSLScripts(t *testing.T) {
	needTool(t, "openssl")
	runScripts(t, "testdata/openssl")
}

// needTool skips the test on a machine without a tool; in CI a missing tool is a failure.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: .ci/run installs it", name)
		}
		t.Skipf("%s is not installed", name)
	}
}

func runScripts(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			e.Setenv("FIRMWARE", filepath.Join(repoRoot, "testdata", "firmware")) // prebuilt images
			e.Setenv("CACHE", sharedCache)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"pki":          scriptPKI,
			"sdkfunctions": scriptSDKFunctions,
			"s_server":     scriptServer,
			"listen":       scriptListen,
			"json":         scriptJSON,
			"tshark":       scriptTshark,
			"exits":        scriptExits,
			"clangcheck":   scriptClangCheck,
			"minsize":      scriptMinSize,
			"setword":      scriptSetWord,
			"freeport":     scriptFreePort,
			"ask":          scriptAsk,
			"waitfor":      scriptWaitFor,
			"answer":       scriptAnswer,
			"samefields":   scriptSameFields,
			"mosquitto":    scriptMosquitto,
			"fleetflash":   scriptFleetFlash,
			"samefleet":    scriptSameFleet,
			"brokerknows":  scriptBrokerKnows,
		},
	})
}

// scriptClangCheck runs `clangcheck FILE`: every command of a compile_commands.json compiles its file.
func scriptClangCheck(ts *testscript.TestScript, neg bool, args []string) {
	var all []struct {
		Directory string   `json:"directory"`
		File      string   `json:"file"`
		Arguments []string `json:"arguments"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &all))
	if neg || len(all) == 0 {
		ts.Fatalf("usage: clangcheck FILE, with commands in it")
	}
	for _, c := range all {
		cmd := exec.Command(c.Arguments[0], append(c.Arguments[1:], "-fsyntax-only")...)
		cmd.Dir = c.Directory
		if out, err := cmd.CombinedOutput(); err != nil {
			ts.Fatalf("%s: %v\n%s", c.File, err, out)
		}
	}
}

// scriptExits runs `exits CODE emu8266 ARGS...`: the command must end with exactly that exit code.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// scriptJSON runs `json PATH WANT`: a value in the JSON on the last command's stdout, such as results.0.ok.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] json PATH WANT")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &v); err != nil {
		ts.Fatalf("stdout is not JSON: %v", err)
	}
	for _, key := range strings.Split(args[0], ".") {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[key]; !ok {
				ts.Fatalf("no %q in %s", key, args[0])
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				ts.Fatalf("no element %s in %s", key, args[0])
			}
			v = x[i]
		default:
			ts.Fatalf("%s: %v has no %q", args[0], v, key)
		}
	}
	got, _ := json.Marshal(v)
	if (string(got) == args[1] || string(got) == strconv.Quote(args[1])) == neg {
		ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
	}
}

// scriptSetWord runs `setword FILE OFFSET VALUE`: writes a 32-bit little-endian number into a file.
func scriptSetWord(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: setword FILE OFFSET VALUE")
	}
	at, err := strconv.ParseInt(args[1], 0, 64)
	ts.Check(err)
	value, err := strconv.ParseUint(args[2], 0, 32)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteAt(binary.LittleEndian.AppendUint32(nil, uint32(value)), at)
	ts.Check(err)
}

// scriptMinSize runs `minsize PROFILE`: puts min_size of the probe's JSON on stdout into $MIN, and a byte less into $BELOW.
func scriptMinSize(ts *testscript.TestScript, neg bool, args []string) {
	var r probe.Report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	n := r.MinSize[args[0]]
	if n == nil {
		ts.Fatalf("min_size of %s is null", args[0])
	}
	ts.Logf("min_size %d", *n)
	ts.Setenv("MIN", fmt.Sprint(*n))
	ts.Setenv("BELOW", fmt.Sprint(*n-1))
}

// scriptSDKFunctions runs `sdkfunctions`: every name of docs/tables/sdk-functions.md must be the first word of a line of stdout.
func scriptSDKFunctions(ts *testscript.TestScript, neg bool, args []string) {
	page, err := os.ReadFile(filepath.Join(repoRoot, "docs", "tables", "sdk-functions.md"))
	ts.Check(err)
	listed := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		name, _, _ := strings.Cut(line, " ")
		listed[name] = true
	}
	n := 0
	for line := range strings.Lines(string(page)) {
		name, ok := strings.CutPrefix(line, "| `")
		if !ok {
			continue
		}
		if name, _, _ = strings.Cut(name, "`"); !listed[name] {
			ts.Fatalf("%s is not listed", name)
		}
		n++
	}
	ts.Logf("%d names", n)
}

// scriptFreePort runs `freeport tcp|udp NAME`: puts the number of a port that nobody uses into $NAME.
func scriptFreePort(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: freeport tcp|udp NAME")
	}
	var at net.Addr
	if args[0] == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		ts.Check(err)
		at = c.LocalAddr()
		ts.Check(c.Close())
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		at = l.Addr()
		ts.Check(l.Close())
	}
	_, port, err := net.SplitHostPort(at.String())
	ts.Check(err)
	ts.Setenv(args[1], port)
}

// patience bounds what a script waits for in real time.
const patience = 30 * time.Second

// scriptAsk runs `ask tcp|udp ADDR TEXT WANT`: sends a text and waits for an answer that begins with another one. It tries
// again while nobody is there.
func scriptAsk(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: ask tcp|udp ADDR TEXT WANT")
	}
	end := time.Now().Add(patience)
	var last error
	for time.Now().Before(end) {
		c, err := net.DialTimeout(args[0], args[1], time.Second)
		if err != nil {
			last = err
			time.Sleep(50 * time.Millisecond)
			continue
		}
		ts.Check(c.SetDeadline(time.Now().Add(time.Second)))
		b := make([]byte, 2048)
		n := 0
		if _, err = c.Write([]byte(args[2])); err == nil {
			n, err = c.Read(b)
		}
		ts.Check(c.Close())
		if err != nil {
			last = err
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if !strings.HasPrefix(string(b[:n]), args[3]) {
			ts.Fatalf("%q, want %q", b[:n], args[3])
		}
		return
	}
	ts.Fatalf("no answer: %v", last)
}

// scriptAnswer runs `answer`: a server on a free port, in $PORT, that says hello to whoever has said something.
func scriptAnswer(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Setenv("PORT", port)
	ended := make(chan struct{})
	ts.Defer(func() { _ = l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(patience))
			b := make([]byte, 256)
			if _, err := c.Read(b); err == nil {
				_, _ = c.Write([]byte("hello"))
				_, _ = c.Read(b) // until the device closes
			}
			_ = c.Close()
		}
	}()
}

// scriptWaitFor runs `waitfor FILE TEXT`: waits until the file holds the text.
func scriptWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: waitfor FILE TEXT")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && strings.Contains(string(b), args[1]) {
			return
		}
	}
	ts.Fatalf("%s does not hold %q", args[0], args[1])
}

// scriptServer runs `s_server ARGS...`: a real openssl s_server on a free port, in $PORT. It lives until the script ends.
func scriptServer(ts *testscript.TestScript, neg bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	ts.Defer(cancel)
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_server", "-accept", "127.0.0.1:0", "-rev"}, args...)...)
	cmd.Dir = ts.Getenv("WORK")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = cmd.Stdout
	ts.Check(cmd.Start())
	ts.Defer(func() { cancel(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		if at, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			_, port, err := net.SplitHostPort(at)
			ts.Check(err)
			ts.Setenv("PORT", port)
			go func() { // keeps the pipe empty
				for lines.Scan() {
				}
			}()
			return
		}
	}
	ts.Fatalf("openssl s_server: %s", strings.Join(said, "\n"))
}

// scriptListen runs `listen refuse`, `listen random` or `listen silent`: a port that nobody listens on, a server that
// sends 64 KB of noise, one that says nothing. The port is in $PORT.
func scriptListen(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Setenv("PORT", port)
	switch args[0] {
	case "refuse":
		ts.Check(l.Close())
	case "random", "silent":
		ended := make(chan struct{})
		ts.Defer(func() { _ = l.Close(); <-ended })
		go func() {
			defer close(ended)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close() // when the script has ended
				if args[0] == "random" {
					noise := make([]byte, 64<<10)
					_, _ = rand.Read(noise)
					_, _ = c.Write(noise) // the device gives up early
				}
			}
		}()
	default:
		ts.Fatalf("listen %q?", args[0])
	}
}

// scriptTshark runs `tshark FILE`: no malformed packet and no bad checksum in a capture.
func scriptTshark(ts *testscript.TestScript, neg bool, args []string) {
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("CI") == "true" {
			ts.Fatalf("tshark is missing: .ci/run installs it")
		}
		ts.Logf("tshark is not installed: capture not checked")
		return
	}
	common := []string{"-n", "-r", ts.MkAbs(args[0]),
		"-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}
	if ts.Getenv("PORT") != "" { // the TLS server of a real peer
		common = append(common, "-d", allTLS)
	}
	frames, err := exec.Command("tshark", append(common, "-T", "fields", "-E", "separator=/t", "-e", "frame.number", "-e", "tcp.port",
		"-e", "_ws.malformed", "-e", "tcp.checksum.status", "-e", "ip.checksum.status", "-e", "udp.checksum.status")...).Output()
	ts.Check(err)
	tcp := false
	for line := range strings.Lines(string(frames)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		tcp = tcp || f[1] != ""
		if f[2] != "" || slices.ContainsFunc(f[3:], func(status string) bool { return slices.Contains(strings.Split(status, ","), "0") }) {
			ts.Fatalf("tshark finds fault with frame %s: %s", f[0], line)
		}
	}
	if !tcp {
		ts.Fatalf("%s holds no TCP frame", args[0])
	}
}

// scriptPKI makes ca.pem (RSA-4096), leaf.pem and leaf.key (RSA-2048, signed by it), client.pem and client.key, and
// wrongca.pem, with the committed test keys.
func scriptPKI(ts *testscript.TestScript, neg bool, args []string) {
	ca := testKey(ts, "ca-4096")
	other := testKey(ts, "other-ca-2048")
	leaf := testKey(ts, "leaf-2048")
	client := testKey(ts, "client-2048")
	caCert := testCert(ts, "ca.pem", "emu8266 test CA", 1, nil, nil, ca, ca)
	testCert(ts, "wrongca.pem", "another CA", 2, nil, nil, other, other)
	testCert(ts, "leaf.pem", "localhost", 3, []string{"localhost"}, caCert, leaf, ca)
	testCert(ts, "client.pem", "device", 4, nil, caCert, client, ca)
	ts.Check(os.WriteFile(ts.MkAbs("chain.pem"), []byte(ts.ReadFile("leaf.pem")+ts.ReadFile("ca.pem")), 0o600))
	for name, key := range map[string]*rsa.PrivateKey{"leaf.key": leaf, "client.key": client} {
		writePEM(ts, name, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	}
}

func testKey(ts *testscript.TestScript, name string) *rsa.PrivateKey {
	b, err := os.ReadFile(filepath.Join(repoRoot, "espconn", "testpki", "keys", name+".key.pem"))
	ts.Check(err)
	block, _ := pem.Decode(b)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	ts.Check(err)
	return key
}

func testCert(ts *testscript.TestScript, file, cn string, serial int64, names []string, parent *x509.Certificate, key,
	signer *rsa.PrivateKey) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: cn, Organization: []string{"emu8266 tests"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: names, IsCA: parent == nil, BasicConstraintsValid: true,
	}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	ts.Check(err)
	writePEM(ts, file, "CERTIFICATE", der)
	made, err := x509.ParseCertificate(der)
	ts.Check(err)
	return made
}

func writePEM(ts *testscript.TestScript, file, kind string, der []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// repoRoot is found before the scripts change the folder.
var repoRoot = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return filepath.Join(dir, "..", "..")
}()
