package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// servePKI makes a self-signed RSA-2048 certificate and a CA with one client certificate, with openssl.
func servePKI(t *testing.T) (dir string) {
	t.Helper()
	needTool(t, "openssl")
	dir = t.TempDir()
	key := func(name string) string {
		return filepath.Join(repoRoot, "espconn", "testpki", "keys", name+".key.pem")
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "openssl %s: %s", strings.Join(args, " "), out)
	}
	run("req", "-x509", "-key", key("leaf-2048"), "-out", "cert.pem", "-subj", "/CN=device", "-days", "2")
	run("req", "-x509", "-key", key("ca-2048"), "-out", "ca.pem", "-subj", "/CN=CA", "-days", "2")
	run("req", "-x509", "-key", key("other-ca-2048"), "-out", "wrong.pem", "-subj", "/CN=other", "-days", "2")
	run("req", "-new", "-key", key("client-2048"), "-out", "client.csr", "-subj", "/CN=client")
	run("x509", "-req", "-in", "client.csr", "-CA", "ca.pem", "-CAkey", key("ca-2048"), "-set_serial", "2", "-out",
		"client.pem", "-days", "2")
	for from, to := range map[string]string{"leaf-2048": "key.pem", "client-2048": "client.key"} {
		b, err := os.ReadFile(key(from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), b, 0o600))
	}
	return dir
}

// startServe runs `emu8266 serve --once --json` in this process and returns its port and what it reports.
func startServe(t *testing.T, dir string, args ...string) (port string, result func() (served, int)) {
	t.Helper()
	return startServeTelling(t, dir, func(turnedAway) {}, args...)
}

// startServeTelling is startServe that tells of each client that was turned away before the result.
func startServeTelling(t *testing.T, dir string, tell func(turnedAway), args ...string) (port string, result func() (served, int)) {
	t.Helper()
	out, in := io.Pipe()
	args = append([]string{"serve", "--once", "--json", "--port", "0",
		"--cert", filepath.Join(dir, "cert.pem"), "--key", filepath.Join(dir, "key.pem")}, args...)
	code := make(chan int, 1)
	var log lockedBuffer
	go func() {
		code <- run(args, in, &log)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "serve said nothing: %s", log.String())
	var first struct{ Listening string }
	require.NoError(t, json.Unmarshal(lines.Bytes(), &first))
	_, port, err := net.SplitHostPort(first.Listening)
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("device: %s", log.String())
		}
	})
	return port, func() (served, int) {
		t.Helper()
		var s served
		for {
			s = served{}
			require.True(t, lines.Scan(), "no report: %s", log.String())
			require.NoError(t, json.Unmarshal(lines.Bytes(), &s))
			if s.Stage != "" {
				break
			}
			var away turnedAway
			require.NoError(t, json.Unmarshal(lines.Bytes(), &away))
			tell(away)
		}
		select {
		case c := <-code:
			return s, c
		case <-time.After(30 * time.Second):
			t.Fatal("serve --once did not end")
			return s, 0
		}
	}
}

// sClient runs openssl s_client: it sends data and reads until as much came back or the connection ended.
func sClient(t *testing.T, dir, port string, data []byte, args ...string) (echoed []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_client", "-connect", "127.0.0.1:" + port, "-quiet"}, args...)...)
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = in.Write(data)
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		require.NoError(t, err)
	}
	echoed = make([]byte, len(data))
	n, _ := io.ReadFull(out, echoed) // a refused connection ends early: that is a result
	_ = in.Close()
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	return echoed[:n]
}

var (
	tls12 = []string{"-tls1_2", "-cipher", "AES256-SHA256:@SECLEVEL=0"}
	tls11 = []string{"-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0", "-legacy_server_connect"}
	tls10 = []string{"-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"} // OpenSSL puts an empty record before each data record
	short = []string{"-max_send_frag", "2048"}
)

// text is data that s_client does not take for a command: its lines begin with a digit.
func text(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	_, err := rand.Read(b)
	require.NoError(t, err)
	lines := []byte(hex.EncodeToString(b))[:n]
	for i := 63; i < n-1; i += 64 {
		lines[i], lines[i+1] = '\n', '0'
	}
	lines[0], lines[n-1] = '0', '\n'
	return lines
}

func TestServeEchoesToOpenSSL(t *testing.T) {
	t.Parallel()
	dir := servePKI(t)
	for _, profile := range []string{"ManualV21", "SDK306"} {
		for name, version := range map[string][]string{"TLSv1.2": tls12, "TLSv1.0": tls10} {
			t.Run(profile+"/"+name, func(t *testing.T) {
				pcap := filepath.Join(t.TempDir(), "p.pcapng")
				port, result := startServe(t, dir, "--profile", profile, "--pcap", pcap, "--keys")
				data := text(t, 10000)
				echoed := sClient(t, dir, port, data, append(version, short...)...)
				assert.True(t, bytes.Equal(data, echoed), "%d of %d bytes came back", len(echoed), len(data))
				s, code := result()
				assert.Equal(t, 0, code)
				assert.True(t, s.OK)
				assert.Equal(t, name, s.Version)
				assert.Equal(t, 10000, s.Received)
				assert.Equal(t, 10000, s.Sent)
				assertDecrypts(t, pcap, port)
			})
		}
	}
}

// The early mbedTLS's records under TLS 1.0 cannot be decoded by the peer (tls.md 0): the manual profile has that bug off.
func TestServeSDK301ShowsItsTLS10Defect(t *testing.T) {
	dir := servePKI(t)
	port, result := startServe(t, dir, "--profile", "SDK301")
	data := text(t, 1000)
	echoed := sClient(t, dir, port, data, append(tls10, short...)...)
	assert.Empty(t, echoed)
	s, _ := result()
	assert.NotEqual(t, "handshake", s.Stage, "the handshake itself works")
}

func TestServeRefusesARecordLargerThanItsBuffer(t *testing.T) {
	dir := servePKI(t)
	port, result := startServe(t, dir)
	sClient(t, dir, port, text(t, 8192), tls12...)
	s, code := result()
	assert.Equal(t, 1, code)
	require.NotNil(t, s.Code)
	assert.Equal(t, "-0x7200", *s.Code)
	require.NotNil(t, s.Err)
	assert.Equal(t, -114, *s.Err)
	assert.Equal(t, "data", s.Stage)
}

func TestServeVerifiesClients(t *testing.T) {
	dir := servePKI(t)
	client := []string{"-cert", "client.pem", "-key", "client.key"}
	type want struct {
		code   string // empty: works
		status int
	}
	for _, tc := range []struct {
		name, ca    string
		args        []string
		mbed, axTLS want
	}{
		{"right CA", "ca.pem", client, want{"", 0}, want{"", 0}},
		{"wrong CA", "wrong.pem", client, want{"-0x2700", -39}, want{"No trusted cert is available", -28}},
		{"no certificate", "ca.pem", nil, want{"-0x7480", 12}, want{"bad certificate", -28}},
	} {
		for _, profile := range []string{"ManualV21", "SDK306", "ManualV10"} {
			t.Run(tc.name+"/"+profile, func(t *testing.T) {
				port, result := startServe(t, dir, "--profile", profile, "--ca", filepath.Join(dir, tc.ca))
				data := text(t, 100)
				want, version := tc.mbed, tls12
				if profile == "ManualV10" {
					want, version = tc.axTLS, tls11
				}
				echoed := sClient(t, dir, port, data, slices.Concat(tc.args, version, short)...)
				s, code := result()
				if want.code == "" {
					assert.Equal(t, data, echoed)
					assert.Equal(t, 0, code)
					return
				}
				assert.Empty(t, echoed)
				assert.Equal(t, 1, code)
				require.NotNil(t, s.Code)
				assert.Equal(t, want.code, *s.Code)
				require.NotNil(t, s.Err)
				assert.Equal(t, want.status, *s.Err)
			})
		}
	}
}

// serve does not claim a check that the profile's library never makes (axtls.md 1.2).
func TestServeRefusesACheckThatDoesNotHappen(t *testing.T) {
	dir := servePKI(t)
	var out, log bytes.Buffer
	code := run([]string{"serve", "--profile", "SDK306SSL", "--cert", filepath.Join(dir, "cert.pem"),
		"--key", filepath.Join(dir, "key.pem"), "--ca", filepath.Join(dir, "ca.pem")}, &out, &log)
	assert.Equal(t, 2, code)
	assert.Contains(t, log.String(), "never asks a client for a certificate")
	assert.Contains(t, log.String(), "another profile")
}

// While a client is served the manual's device resets a second one, SDK 3.0.6 lets it wait for ever (manual-profile.md
// #12, tls.md 5.7).
func TestServeSecondClient(t *testing.T) {
	t.Parallel()
	dir := servePKI(t)
	for profile, reset := range map[string]bool{"ManualV21": true, "SDK306": false} {
		t.Run(profile, func(t *testing.T) {
			var away []turnedAway
			port, result := startServeTelling(t, dir, func(a turnedAway) { away = append(away, a) }, "--profile", profile)
			first, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true,
				MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}})
			require.NoError(t, err)
			defer first.Close()
			second, err := net.Dial("tcp", "127.0.0.1:"+port)
			require.NoError(t, err)
			defer second.Close()
			require.NoError(t, second.SetDeadline(time.Now().Add(1500*time.Millisecond)))
			_, _ = second.Write([]byte("hello"))
			_, err = second.Read(make([]byte, 1))
			if reset {
				assert.ErrorIs(t, err, syscall.ECONNRESET)
			} else {
				assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
			}
			require.NoError(t, first.Close())
			s, code := result()
			assert.Equal(t, "disconnect", s.Callback)
			assert.Equal(t, 0, code)
			require.Len(t, away, 1, "and why is told")
			assert.Contains(t, away[0].Why, "a secure server has one client at a time")
			assert.Equal(t, reset, away[0].Cause == cause.ID(espconn.CauseOneClient), away[0].Cause)
			assert.Contains(t, away[0].Why, away[0].TurnedAway)
		})
	}
}

// assertDecrypts checks with tshark that the capture is sound and that the keys in it open the application data.
func assertDecrypts(t *testing.T, pcap, port string) {
	t.Helper()
	needTool(t, "tshark")
	tshark := func(filter string) string {
		out, err := exec.Command("tshark", "-n", "-r", pcap, "-d", allTLS,
			"-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
			"-Y", filter).Output()
		require.NoError(t, err)
		return string(out)
	}
	assert.Empty(t, tshark("_ws.malformed || tcp.checksum.status==0 || ip.checksum.status==0 || udp.checksum.status==0"))
	assert.NotEmpty(t, tshark("tls.handshake.type==20"), "no Finished message: the handshake was not decrypted")
	assert.NotEmpty(t, tshark("tls.app_data || data-text-lines || data"), "no application data")
}

// lockedBuffer is a bytes.Buffer for one writer and one reader at a time.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A key as openssl makes it, in PKCS#8, reaches a device that reads PKCS#1 alone in that form, and the user hears of it.
func TestServeConvertsAKey(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	leaf := testpki.SelfSigned(t, testpki.Options{Key: testpki.Leaf2048})
	pkcs1 := testpki.KeyDER(t, testpki.Leaf2048)
	private, err := x509.ParsePKCS1PrivateKey(pkcs1)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	for profile, converted := range map[string]bool{"SDK306SSL": true, "ManualV10": true, "ManualV21": false} {
		c := serveCmd{Cert: cert, Key: key, Size: 2048, Heap: 49152, Profile: profile}
		cfg, err := c.check()
		require.NoError(t, err)
		assert.Equal(t, converted, cfg.converted, profile)
		assert.Equal(t, map[bool][]byte{true: pkcs1, false: pkcs8}[converted], cfg.key, profile)
	}
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: pkcs1}), 0o600))
	cfg, err := serveCmd{Cert: cert, Key: key, Size: 2048, Heap: 49152, Profile: "SDK306SSL"}.check()
	require.NoError(t, err)
	assert.False(t, cfg.converted)
	assert.Equal(t, pkcs1, cfg.key)
}

// Who closed in order is told, and a key that is not the certificate's is told before the first client.
func TestServeTellsWhoClosed(t *testing.T) {
	dir := servePKI(t)
	port, result := startServe(t, dir)
	conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	s, code := result()
	assert.Zero(t, code)
	assert.True(t, s.OK)
	assert.True(t, s.ByClient)
	assert.False(t, samePair([]byte(readText(t, dir, "cert.pem")), []byte(readText(t, dir, "client.key"))))
	assert.True(t, samePair([]byte(readText(t, dir, "cert.pem")), []byte(readText(t, dir, "key.pem"))))
	assert.True(t, samePair([]byte("no certificate"), nil), "what the device cannot read has its own error")
}

func readText(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(b)
}
