package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// servedAt runs `emu8266 serve` until the end of the test, or of ctx, and returns its address.
func servedAt(ctx context.Context, t *testing.T, profile string) (addr string) {
	t.Helper()
	files := filepath.Join(repoRoot, "testdata", "oracle", "pki")
	serve := exec.CommandContext(ctx, "emu8266", "serve", "--profile", profile, "--port", "0",
		"--cert", filepath.Join(files, "leaf2048.pem"), "--key", filepath.Join(files, "leaf2048.key.pem"))
	out, err := serve.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, serve.Start())
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		assert.NoError(t, serve.Wait(), "the scan is over, and the device serves on")
	})
	text, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return strings.TrimSpace(strings.TrimPrefix(text, "listening on "))
}

// scanned is the report of a scanner, blanks between words made one.
func scanned(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	report, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	require.NoError(t, err, "%s", report)
	return strings.Join(strings.Fields(string(report)), " ")
}

// gnutls-cli-debug comes to its end, which some servers never let it, and finds what the device is (tls.md 1.1, 1.2).
func TestGnuTLSDebugAgrees(t *testing.T) {
	t.Parallel()
	needTool(t, "gnutls-cli-debug")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel) // after the cleanup of servedAt
	host, port, err := net.SplitHostPort(servedAt(ctx, t, "ManualV21"))
	require.NoError(t, err)
	for range 3 { // one scan leaves nothing behind that the next one meets
		report := scanned(ctx, t, "gnutls-cli-debug", "-p", port, host)
		for _, found := range []string{
			"for TLS 1.0 (RFC2246) support... yes", "for TLS 1.1 (RFC4346) support... yes", "for TLS 1.2 (RFC5246) support... yes",
			"for TLS 1.3 (RFC8446) support... no", "for safe renegotiation (RFC5746) support... yes",
			"for encrypt-then-MAC (RFC7366) support... no", "for ext master secret (RFC7627) support... no",
			"for RSA key exchange support... yes", "for ephemeral Diffie-Hellman support... no",
			"for AES-CBC cipher (RFC3268) support... yes", "for AES-GCM cipher (RFC5288) support... no",
		} {
			assert.Contains(t, report, found)
		}
	}
}

// testssl looks at the protocols; all of its checks take minutes (tls.md 1.1).
func TestTestSSLAgrees(t *testing.T) {
	t.Parallel()
	needTool(t, "testssl")
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel) // after the cleanup of servedAt
	report := scanned(ctx, t, "testssl", "--warnings", "batch", "--color", "0", "--ip", "one", "-p", servedAt(ctx, t, "ManualV21"))
	for _, found := range []string{"SSLv2 not offered (OK)", "SSLv3 not offered (OK)", "TLS 1 offered (deprecated)",
		"TLS 1.1 offered (deprecated)", "TLS 1.2 offered (OK)", "TLS 1.3 not offered"} {
		assert.Contains(t, report, found)
	}
}

// What sslscan finds on a served device is what the engine's own scanner finds: protocols, suites and the server's order
// (tls.md 1.1, 1.2; manual-profile.md #35).
func TestSSLScanAgrees(t *testing.T) {
	t.Parallel()
	needTool(t, "sslscan")
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for profile, want := range map[string][]string{
		"ManualV21": {
			"TLSv1.2 AES256-SHA256", "TLSv1.2 AES256-SHA", "TLSv1.2 AES128-SHA256", "TLSv1.2 AES128-SHA",
			"TLSv1.1 AES256-SHA", "TLSv1.1 AES128-SHA", "TLSv1.0 AES256-SHA", "TLSv1.0 AES128-SHA",
		},
		"SDK306": {
			"TLSv1.2 DHE-RSA-AES256-SHA256", "TLSv1.2 DHE-RSA-AES256-SHA", "TLSv1.2 DHE-RSA-AES128-SHA256", "TLSv1.2 DHE-RSA-AES128-SHA",
			"TLSv1.2 AES256-SHA256", "TLSv1.2 AES256-SHA", "TLSv1.2 AES128-SHA256", "TLSv1.2 AES128-SHA",
			"TLSv1.1 DHE-RSA-AES256-SHA", "TLSv1.1 DHE-RSA-AES128-SHA", "TLSv1.1 AES256-SHA", "TLSv1.1 AES128-SHA",
			"TLSv1.0 DHE-RSA-AES256-SHA", "TLSv1.0 DHE-RSA-AES128-SHA", "TLSv1.0 AES256-SHA", "TLSv1.0 AES128-SHA",
		},
	} {
		t.Run(profile, func(t *testing.T) {
			addr := servedAt(ctx, t, profile)
			report, err := exec.CommandContext(ctx, "sslscan", "--no-colour", addr).CombinedOutput()
			require.NoError(t, err, "%s", report)
			var got []string
			for line := range strings.Lines(string(report)) {
				// "Accepted  TLSv1.2  256 bits  AES256-SHA"
				if f := strings.Fields(line); len(f) >= 5 && (f[0] == "Preferred" || f[0] == "Accepted") && f[3] == "bits" {
					got = append(got, f[1]+" "+f[4])
				}
			}
			assert.Equal(t, want, got, "%s", report)
			for _, off := range []string{"SSLv2     disabled", "SSLv3     disabled", "TLSv1.3   disabled",
				"Secure session renegotiation supported",
				"Server does not support TLS Fallback SCSV"} {
				assert.Contains(t, string(report), off)
			}
		})
	}
}
