package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The keys that a probe's capture holds open what the device as a client sent and received, for RSA and DHE key exchange and
// every version; tshark is the judge.
func TestProbeKeysDecrypt(t *testing.T) {
	t.Parallel()
	needTool(t, "tshark")
	dir := servePKI(t)
	for _, tc := range []struct{ name, profile, version, cipher string }{
		{"RSA TLS 1.2", "ManualV21", "-tls1_2", "AES256-SHA256"},
		{"RSA TLS 1.1", "ManualV21", "-tls1_1", "AES128-SHA"},
		{"RSA TLS 1.0", "ManualV21", "-tls1", "AES128-SHA"},
		{"DHE TLS 1.2", "SDK306", "-tls1_2", "DHE-RSA-AES128-SHA256"},
		{"DHE TLS 1.0", "SDK306", "-tls1", "DHE-RSA-AES256-SHA"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			server := exec.CommandContext(ctx, "openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert",
				"cert.pem", "-key", "key.pem",
				tc.version, "-cipher", tc.cipher+":@SECLEVEL=0", "-max_send_frag", "2048")
			server.Dir = dir
			out, err := server.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, server.Start())
			defer func() { _ = server.Wait() }()
			defer cancel()
			text := bufio.NewReader(out)
			var addr string
			for addr == "" {
				line, err := text.ReadString('\n')
				require.NoError(t, err)
				if a, ok := strings.CutPrefix(line, "ACCEPT "); ok {
					addr = strings.TrimSpace(a)
				}
			}
			go func() { _, _ = io.Copy(io.Discard, text) }()

			pcap := filepath.Join(t.TempDir(), "p.pcapng")
			var stdout, stderr bytes.Buffer
			code := run([]string{"probe", "--json", "--profile", tc.profile, "--size", "4096", "--send", "from the device\n", "--pcap",
				pcap, "--keys", addr}, &stdout, &stderr)
			require.Zero(t, code, "%s%s", stdout.String(), stderr.String())
			// One run for everything: a line of fields for each frame, and the stream at the end.
			said, err := exec.Command("tshark", "-n", "-r", pcap, "-d", allTLS, "-T", "fields", "-E", "separator=|",
				"-e", "frame.number", "-e", "_ws.malformed", "-e", "tls.handshake.type", "-z", "follow,tls,ascii,0").Output()
			require.NoError(t, err)
			finished := 0
			for line := range strings.Lines(string(said)) {
				f := strings.Split(strings.TrimSpace(line), "|")
				if _, err := strconv.Atoi(f[0]); err != nil || len(f) != 3 {
					break // the stream
				}
				assert.Empty(t, f[1], "frame %s is malformed", f[0])
				if slices.Contains(strings.Split(f[2], ","), "20") {
					finished++
				}
			}
			assert.Positive(t, finished, "no Finished message: the handshake was not decrypted")
			assert.Contains(t, string(said), "rom the device") // under TLS 1.0 the first byte has a record of its own
			assert.Contains(t, string(said), "ecived eht morf")
		})
	}
}

// allTLS is tshark's -d for captures whose TCP is TLS. A port that is drawn may be that of another protocol, whose malformed packets all
// records are then.
const allTLS = "tcp.port==1-65535,tls"

// The keys in a server's capture open what its clients send and what it sends, on every connection of a capture, also one whose client
// offers the session of an earlier one, which the device does not take up (tls.md 1.2).
func TestServeKeysDecrypt(t *testing.T) {
	t.Parallel()
	needTool(t, "tshark")
	dir := servePKI(t)
	for from, to := range map[string]string{"cert.pem": "cert.der", "key.pem": "key.der"} { // axTLS: DER only (axtls.md 4)
		b, err := os.ReadFile(filepath.Join(dir, from))
		require.NoError(t, err)
		block, _ := pem.Decode(b)
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), block.Bytes, 0o600))
	}
	for _, tc := range []struct{ profile, version, cipher, form string }{
		{"ManualV21", "-tls1_2", "AES256-SHA256", "pem"},
		{"ManualV21", "-tls1_1", "AES128-SHA", "pem"},
		{"SDK306", "-tls1_2", "DHE-RSA-AES128-SHA256", "pem"},
		{"SDK306", "-tls1", "AES256-SHA", "pem"},
		{"SDK306SSL", "-tls1_1", "AES128-SHA", "der"},
	} {
		t.Run(tc.profile+tc.version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			pcap := filepath.Join(t.TempDir(), "s.pcapng")
			serve := exec.CommandContext(ctx, "emu8266", "serve", "--profile", tc.profile, "--port", "0", "--http", "--pcap", pcap,
				"--keys", "--cert", filepath.Join(dir, "cert."+tc.form), "--key", filepath.Join(dir, "key."+tc.form))
			out, err := serve.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, serve.Start())
			said := bufio.NewReader(out)
			line, err := said.ReadString('\n')
			require.NoError(t, err)
			addr := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
			session := filepath.Join(t.TempDir(), "session.pem")
			for _, ask := range [][]string{{"/first", "-sess_out", session}, {"/second", "-sess_in", session}, {"/third"}} {
				client := exec.CommandContext(ctx, "openssl", append([]string{"s_client", "-quiet", "-ign_eof", "-connect", addr,
					tc.version, "-cipher", tc.cipher + ":@SECLEVEL=0", "-legacy_server_connect"}, ask[1:]...)...)
				client.Stdin = strings.NewReader("GET " + ask[0] + " HTTP/1.0\r\n\r\n")
				answer, _ := client.Output() // its exit code is that of an end which it did not ask for
				require.Contains(t, string(answer), "200 OK")
				line, err = said.ReadString('\n')
				require.NoError(t, err)
				require.Contains(t, line, "connection ended")
			}
			require.FileExists(t, session)
			require.NoError(t, serve.Process.Signal(os.Interrupt))
			require.NoError(t, serve.Wait())
			found, err := exec.Command("tshark", "-n", "-r", pcap, "-d", allTLS, "-T", "fields", "-E", "separator=|",
				"-Y", "http", "-e", "http.request.uri", "-e", "http.response.code").Output()
			require.NoError(t, err)
			assert.Equal(t, []string{"/first|", "|200", "/second|", "|200", "/third|", "|200"}, strings.Fields(string(found)))
		})
	}
}
