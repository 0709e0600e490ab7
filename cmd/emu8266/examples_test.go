package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The scripts beside three examples' Go tests come true of their firmware, and not of firmware with a mistake in it.
func TestExampleScripts(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	t.Setenv("GITHUB_ACTIONS", "")
	for _, row := range []struct {
		example, file, good, bad string
		fails                    string // a take that must find it
	}{
		{"plain-tcp-udp", "", "", "", ""},
		{"plain-tcp-udp", "user/find.c", "return len == n + 1 + 17 && data[n]", "return data[n]", "others get none"},
		{"plain-tcp-udp", "user/echo.c", "\t\tespconn_recv_unhold(conn);", "\t\t;", "three clients get back"},
		{"plain-tcp-udp", "user/echo.c", "\twhile (s->first)\n\t\tdrop_first(s);\n\tos_bzero", "\tos_bzero", "takes nothing back"},
		{"plain-tcp-udp", "user/echo.c", "espconn_regist_time(&server, ECHO_IDLE_S, 0)", "espconn_regist_time(&server, 600, 0)",
			"nothing for a minute"},
		{"plain-tcp-udp", "user/echo.c", "espconn_tcp_set_max_con_allow(&server, ECHO_CLIENTS);", ";", "a fourth is reset"},
		{"param-store", "", "", "", ""},
		{"param-store", "user/user_main.c", "ok && settings.magic == MAGIC && settings.checksum == checksum(&settings)", "ok",
			"settings that are none"},
		{"param-store", "user/user_main.c", "system_param_save_with_protect(PARAM_SECTOR, &settings, sizeof(settings))",
			"spi_flash_erase_sector(PARAM_SECTOR) == 0 && " +
				"spi_flash_write(PARAM_SECTOR * 0x1000, (uint32 *)&settings, sizeof(settings)) == 0",
			"a power cut"},
		{"param-store", "user/user_main.c", "\tos_bzero(&settings, sizeof(settings));", "\t;", "settings that are none"},
		{"param-store", "user/user_main.c", "\tsettings.boots++;", "\t;", "while the second is made"},
		{"param-store", "user/user_main.c", "\tsettings.magic = MAGIC;", "\t;", "settings that are none"},
		{"iot-client", "", "", "", ""},
		{"iot-client", "user/user_main.c", "\tif (beacon_open) {", "\tif (0) {", "the link is cut"},
		{"iot-client", "user/user_main.c", "\t\tms *= 2;", "\t\tms *= 1;", "the pause between the attempts doubles"},
		{"iot-client", "user/user_main.c", "\t\tafter(DNS_RETRY_MS, look_up);\n\t\treturn;", "\t\treturn;", "not known at first"},
		{"iot-client", "user/user_main.c", "\t\tline_length = 0;\n", "", "orders, beacons"},
		{"iot-client", "user/user_main.c", "\t\tespconn_secure_ca_enable(ESPCONN_CLIENT, CA_SECTOR);", "\t\t;",
			"has not signed is refused"},
	} {
		t.Run(row.example+" "+row.fails, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, exampleFiles(row.example)))
			if row.file != "" {
				path := filepath.Join(dir, filepath.FromSlash(row.file))
				b, err := os.ReadFile(path)
				require.NoError(t, err)
				text := strings.ReplaceAll(string(b), "\r\n", "\n")
				require.Equal(t, 1, strings.Count(text, row.good), row.good)
				require.NoError(t, os.WriteFile(path, []byte(strings.Replace(text, row.good, row.bad, 1)), 0o666))
			}
			var out, errs bytes.Buffer
			code := run([]string{"test", dir, "--cache", sharedCache, "--tap", "--filter", row.fails}, &out, &errs)
			if row.file == "" {
				assert.Equal(t, exitOK, code, "%s%s", &out, &errs)
				return
			}
			assert.Equal(t, exitFailed, code, "%s%s", &out, &errs)
			found := false
			for line := range strings.Lines(out.String()) {
				found = found || strings.HasPrefix(line, "not ok ") && strings.Contains(line, row.fails)
			}
			assert.True(t, found, "%q finds it: %s", row.fails, &out)
		})
	}
}

// exampleFiles are the firmware and the scripts of an example.
func exampleFiles(name string) fs.FS {
	return os.DirFS(filepath.Join(repoRoot, "examples", name))
}
