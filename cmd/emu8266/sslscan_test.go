package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What sslscan finds on a served device is what the engine's own scanner finds: protocols, suites and the server's order
// (tls.md 1.1, 1.2; manual-profile.md #35).
func TestSSLScanAgrees(t *testing.T) {
	needTool(t, "sslscan")
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	files := filepath.Join(repoRoot, "testdata", "oracle", "pki")
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
			serve := exec.CommandContext(ctx, "emu8266", "serve", "--profile", profile, "--port", "0",
				"--cert", filepath.Join(files, "leaf2048.pem"), "--key", filepath.Join(files, "leaf2048.key.pem"))
			out, err := serve.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, serve.Start())
			defer func() {
				_ = serve.Process.Signal(os.Interrupt)
				_ = serve.Wait()
			}()
			text, err := bufio.NewReader(out).ReadString('\n')
			require.NoError(t, err)
			addr := strings.TrimSpace(strings.TrimPrefix(text, "listening on "))
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
