package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/probe"
	"github.com/emu8266/emu8266/emulator/devtest"
)

// startServer starts a TLS server and waits until it listens on the port.
func startServer(t *testing.T, port, dir, name string, args ...string) {
	t.Helper()
	needTool(t, name)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var said lockedBuffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", name, said.String())
		}
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("%s does not listen: %s", name, said.String())
}

// farAway forwards a port to another; what comes back takes its time, in pieces as they fall.
func farAway(t *testing.T, port, behind string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	back := func(c, server net.Conn, draw *rand.Rand) {
		defer c.Close()
		defer server.Close()
		go func() {
			_, _ = io.Copy(server, c)
			_ = server.(*net.TCPConn).CloseWrite()
		}()
		buf := make([]byte, 16<<10)
		for {
			n, err := server.Read(buf)
			for rest := buf[:n]; len(rest) > 0; {
				piece := rest[:min(len(rest), 1+draw.IntN(1460))]
				rest = rest[len(piece):]
				time.Sleep(time.Duration(5+draw.IntN(25)) * time.Millisecond)
				if _, err := c.Write(piece); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
	go func() {
		for n := uint64(0); ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if server, err := net.Dial("tcp", "127.0.0.1:"+behind); err != nil {
				_ = c.Close()
			} else {
				go back(c, server, rand.New(rand.NewPCG(n, 1)))
			}
		}
	}()
}

// probeJSON runs the command.
func probeJSON(t *testing.T, args ...string) probe.Report {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(append([]string{"probe", "--json", "-q"}, args...), &out, &errs)
	require.Contains(t, []int{0, 1}, code, "%s", errs.String())
	assert.Empty(t, errs.String())
	var r probe.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	return r
}

// With real servers the least heap works and 8 bytes less do not.
func TestProbeFindsTheLeastHeapOfRealServers(t *testing.T) { // not beside others: the least heap is a matter of when frames come
	dir := servePKI(t)
	for _, server := range []struct {
		name  string
		start func(t *testing.T, port string)
	}{
		{"openssl", func(t *testing.T, port string) {
			startServer(t, port, dir, "openssl", "s_server", "-accept", "127.0.0.1:"+port, "-rev", "-cert", "cert.pem", "-key", "key.pem",
				"-tls1_2", "-cipher", "ALL:@SECLEVEL=0")
		}},
		{"openssl, far away", func(t *testing.T, port string) {
			behind := strconv.Itoa(devtest.FreePort(t))
			chain := filepath.Join(repoRoot, "testdata", "oracle", "pki", "chain3_msg4096.pem")
			key := filepath.Join(repoRoot, "testdata", "oracle", "pki", "leaf2048.key.pem")
			startServer(t, behind, dir, "openssl", "s_server", "-accept", "127.0.0.1:"+behind, "-rev", "-cert", chain, "-cert_chain", chain,
				"-key", key, "-tls1_2", "-cipher", "ALL:@SECLEVEL=0")
			farAway(t, port, behind)
		}},
		{"gnutls", func(t *testing.T, port string) {
			startServer(t, port, dir, "gnutls-serv", "--quiet", "--echo", "-p", port, "--x509certfile", "cert.pem", "--x509keyfile",
				"key.pem", "--priority", "NORMAL:+RSA:+SHA1:+AES-128-CBC:+AES-256-CBC:%COMPAT")
		}},
		{"mosquitto", func(t *testing.T, port string) {
			file := filepath.Join(t.TempDir(), "m.conf")
			text := fmt.Sprintf("listener %s 127.0.0.1\ncertfile %[2]s/cert.pem\nkeyfile %[2]s/key.pem\nciphers ALL:@SECLEVEL=0\n"+
				"tls_version tlsv1.2\nallow_anonymous true\nuser root\n", port, dir)
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			startServer(t, port, dir, "mosquitto", "-c", file)
		}},
		{"go", func(t *testing.T, port string) {
			pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
			require.NoError(t, err)
			l, err := tls.Listen("tcp", "127.0.0.1:"+port, &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12,
				CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
			require.NoError(t, err)
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						_, _ = c.Read(make([]byte, 1))
						_ = c.Close()
					}()
				}
			}()
		}},
	} {
		t.Run(server.name, func(t *testing.T) {
			port := strconv.Itoa(devtest.FreePort(t))
			server.start(t, port)
			at := "127.0.0.1:" + port
			for _, profile := range []string{"ManualV21", "SDK306"} {
				found := probeJSON(t, "--profile", profile, "--size", "2048,8192", at)
				require.NotEmpty(t, found.Chain)
				require.NotNil(t, found.MinHeap[profile], found.Verdict)
				size, heap := *found.MinSize[profile], *found.MinHeap[profile]
				for _, given := range []int{heap, heap - 8} {
					args := []string{"--profile", profile, "--size", fmt.Sprint(size), "--heap", fmt.Sprint(given), at}
					r := probeJSON(t, args...)
					assert.Equal(t, given == heap, r.Results[0].OK, "%s: heap %d: %s", profile, given, r.Results[0].Reason)
				}
			}
		})
	}
}

// A server's own certificate that no suite of the device can use is refused by --chain as by the real servers.
func TestProbeChainRefusesAsRealServers(t *testing.T) {
	t.Parallel()
	needTool(t, "openssl")
	needTool(t, "gnutls-serv")
	dir := t.TempDir()
	openssl := func(args ...string) {
		t.Helper()
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	for _, row := range []struct {
		name    string
		key     []string // of openssl genpkey
		usage   string
		gnutls  bool // the judge; OpenSSL overlooks key usage
		profile string
		ok      bool
	}{
		{"ECDSA", []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, "", false, "ManualV21", false},
		{"ECDSA", []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, "", true, "SDK306", false},
		{"Ed25519", []string{"-algorithm", "ed25519"}, "", false, "SDK306", false},
		{"RSA-PSS", []string{"-algorithm", "rsa-pss"}, "", false, "SDK301", false},
		{"certificates only", []string{"-algorithm", "rsa"}, "keyCertSign", true, "SDK306", false},
		{"signatures only", []string{"-algorithm", "rsa"}, "digitalSignature", true, "ManualV21", false},
		{"signatures only", []string{"-algorithm", "rsa"}, "digitalSignature", true, "SDK306", true},
		{"key transport only", []string{"-algorithm", "rsa"}, "keyEncipherment", true, "ManualV21", true},
		{"key transport only", []string{"-algorithm", "rsa"}, "keyEncipherment", true, "SDK306", true},
		{"RSA", []string{"-algorithm", "rsa"}, "", false, "ManualV21", true},
	} {
		t.Run(row.name+"/"+row.profile, func(t *testing.T) {
			openssl(append([]string{"genpkey", "-out", "k.pem"}, row.key...)...)
			request := []string{"req", "-x509", "-key", "k.pem", "-out", "c.pem", "-subj", "/CN=broker", "-days", "2"}
			if row.usage != "" {
				request = append(request, "-addext", "keyUsage=critical,"+row.usage)
			}
			openssl(request...)
			port := strconv.Itoa(devtest.FreePort(t))
			if row.gnutls {
				startServer(t, port, dir, "gnutls-serv", "--quiet", "--echo", "-p", port, "--x509certfile", "c.pem", "--x509keyfile",
					"k.pem", "--priority", "NORMAL:+RSA:+DHE-RSA:+SHA1:+AES-128-CBC:+AES-256-CBC:%COMPAT")
			} else {
				startServer(t, port, dir, "openssl", "s_server", "-accept", "127.0.0.1:"+port, "-rev", "-cert", "c.pem", "-key", "k.pem",
					"-tls1_2", "-cipher", "ALL:@SECLEVEL=0")
			}
			args := []string{"--profile", row.profile, "--size", "4096"}
			real := probeJSON(t, append(args, "127.0.0.1:"+port)...)
			offline := probeJSON(t, append(args, "--chain", filepath.Join(dir, "c.pem"))...)
			for _, r := range []probe.Report{real, offline} {
				x := r.Results[0]
				assert.Equal(t, row.ok, x.OK, "%s: %s", r.Target, x.Reason)
				if !row.ok {
					require.NotNil(t, x.Code, x.Reason)
					assert.Equal(t, "-0x7780", *x.Code)
				}
				if row.usage == "keyCertSign" && len(r.Chain) == 0 {
					continue // GnuTLS shows it to nobody
				}
				require.NotEmpty(t, r.Chain, r.Target)
				assert.Equal(t, offline.Chain[0], r.Chain[0])
				if !row.ok {
					assert.Contains(t, r.Verdict, "the server's own certificate")
					assert.Len(t, r.Change, 1)
				}
			}
			assert.Equal(t, real.Results[0].Callback, offline.Results[0].Callback)
			assert.Equal(t, real.Results[0].Err, offline.Results[0].Err)
		})
	}
}
