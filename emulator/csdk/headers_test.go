package csdk_test

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/emu8266/emu8266/emulator/csdk"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clang returns the compiler. Without one the test is skipped; in CI that is a failure.
func clang(t *testing.T) string {
	for _, name := range []string{"clang-14", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("clang is missing: .ci/run installs it")
	}
	t.Skip("clang is not installed (Debian: apt install clang)")
	return ""
}

// Each header stands by itself, twice included, in C of 1999, and everything it declares exists here.
func TestHeaders(t *testing.T) {
	compiler := clang(t)
	var names []string
	require.NoError(t, fs.WalkDir(csdk.Headers(), ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	require.Greater(t, len(names), 20)
	for _, version := range []string{"20000", "20100", "20200", "30000"} {
		for _, name := range names {
			cmd := exec.Command(compiler, "--target=wasm32-unknown-unknown", "-std=gnu99", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
				"-funsigned-char", "-U__SIZE_TYPE__", "-D__SIZE_TYPE__=unsigned", "-Wno-builtin-macro-redefined",
				"-Wno-incompatible-library-redeclaration",
				"-Iinclude", "-Ilibc",
				"-DEMU8266_SDK="+version, "-xc", "-")
			cmd.Stdin = strings.NewReader("#include \"" + name + "\"\n#include \"" + name + "\"\nint x;\n")
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s of SDK %s: %s", name, version, out)
		}
	}
	all := "" // the same in C++, all together
	for _, name := range names {
		all += "#include \"" + name + "\"\n"
	}
	for _, version := range []string{"20000", "30000"} {
		cmd := exec.Command(compiler, "--target=wasm32-unknown-unknown", "-std=gnu++14", "-fsyntax-only", "-Wall", "-Werror",
			"-funsigned-char", "-Iinclude", "-Ilibc", "-DEMU8266_SDK="+version, "-xc++", "-")
		cmd.Stdin = strings.NewReader(all)
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "SDK %s in C++: %s", version, out)
	}
	for _, name := range names {
		text, err := fs.ReadFile(csdk.Headers(), name)
		require.NoError(t, err)
		for _, line := range strings.Split(string(text), "\n") {
			if declared, ok := strings.CutPrefix(line, "ESP_SDK "); ok {
				before, _, _ := strings.Cut(declared, "(")
				function := before[strings.LastIndexAny(before, " *")+1:]
				_, ok := cabi.Find(function)
				assert.True(t, ok, "%s declares %s", name, function)
			}
		}
	}
	_, err := fs.ReadFile(csdk.Runtime(), "rt.c")
	require.NoError(t, err)
}

// Firmware that repeats the prototypes of an SSL manual compiles: those of V2.1 (5.1 to 5.13), and those of V1.0 (4.1 to 4.8) with
// EMU8266_SSL_V10, because espconn_secure_ca_enable has another sector there.
func TestManualPrototypes(t *testing.T) {
	const (
		v21 = `
sint8 espconn_secure_accept(struct espconn *espconn);
sint8 espconn_secure_delete(struct espconn *espconn);
bool espconn_secure_set_size(uint8 level, uint16 size);
sint16 espconn_secure_get_size(uint8 level);
sint8 espconn_secure_connect(struct espconn *espconn);
sint8 espconn_secure_send(struct espconn *espconn, uint8 *psent, uint16 length);
sint8 espconn_secure_disconnect(struct espconn *espconn);
bool espconn_secure_ca_enable(uint8 level, uint32 flash_sector);
bool espconn_secure_ca_disable(uint8 level);
bool espconn_secure_cert_req_enable(uint8 level, uint32 flash_sector);
bool espconn_secure_cert_req_disable(uint8 level);
bool espconn_secure_set_default_certificate(const uint8_t *certificate, uint16_t length);
bool espconn_secure_set_default_private_key(const uint8_t *key, uint16_t length);
`
		v10 = `
bool espconn_secure_ca_disable(uint8 level);
bool espconn_secure_ca_enable(uint8 level, uint16 flash_sector);
sint8 espconn_secure_accept(struct espconn *espconn);
bool espconn_secure_set_size(uint8 level, uint16 size);
sint16 espconn_secure_get_size(uint8 level);
sint8 espconn_secure_connect(struct espconn *espconn);
sint8 espconn_secure_sent(struct espconn *espconn, uint8 *psent, uint16 length);
sint8 espconn_secure_disconnect(struct espconn *espconn);
`
	)
	compiler := clang(t)
	for _, version := range []string{"20000", "20100", "20200", "30000"} {
		for _, r := range []struct {
			prototypes string
			define     string
			fits       bool
		}{{v21, "-DNOTHING", true}, {v10, "-DEMU8266_SSL_V10", true}, {v10, "-DNOTHING", false}} {
			cmd := exec.Command(compiler, "--target=wasm32-unknown-unknown", "-std=gnu99", "-fsyntax-only", "-Wall", "-Werror",
				"-funsigned-char", "-U__SIZE_TYPE__", "-D__SIZE_TYPE__=unsigned", "-Wno-builtin-macro-redefined",
				"-Iinclude", "-Ilibc", "-DEMU8266_SDK="+version, r.define, "-xc", "-")
			cmd.Stdin = strings.NewReader("#include \"espconn.h\"\n" + r.prototypes)
			out, err := cmd.CombinedOutput()
			assert.Equal(t, r.fits, err == nil, "SDK %s, %s: %s", version, r.define, out)
		}
	}
}

// Each function of a secure connection says what it takes and returns, with the manual's sections.
func TestSecureFunctionsHaveComments(t *testing.T) {
	text, err := fs.ReadFile(csdk.Headers(), "espconn.h")
	require.NoError(t, err)
	comment, section, found := false, false, 0
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "ESP_SDK ") && strings.Contains(line, "espconn_secure_"):
			assert.True(t, comment && section, line)
			found++
		case strings.HasPrefix(line, "/*"):
			comment, section = true, strings.ContainsAny(line, "[")
		case strings.HasPrefix(line, " *"):
			section = section || strings.Contains(line, "[")
		case line == "":
			comment = false
		}
	}
	assert.Equal(t, 14, found)
}
