package project

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every key is read, and has its words.
func TestParse(t *testing.T) {
	six := 6
	p, err := Parse("app/emu8266.toml", []byte(`name = "sensor"
sources = ["user", "/abs/extra.c"]
include = ["inc"]
define = ["A", "B=2"]
cflags = ["-Wextra"]
exclude = ["old"]
engine = "wasm"
sdk_version = "2.2"
sdk = "sdk"
stack = 8192
check = true
profile = "SDK306"
heap = 40000
flash_map = 6
flash = "flash.bin"
checks = "fail"
tests = "spec"
[network]
ap = ["home:secret"]
any_ap = true
dns = ["a.example"]
allow = ["a.example:1=localhost:1"]
hostfwd = ["8443=443"]
static = ["192.168.1.100"]
`))
	require.NoError(t, err)
	assert.Equal(t, Project{Name: "sensor", Sources: []string{"user", "/abs/extra.c"}, Include: []string{"inc"},
		Define: []string{"A", "B=2"},
		CFlags: []string{"-Wextra"}, Exclude: []string{"old"}, Engine: "wasm", SDKVersion: "2.2", SDK: "sdk", Stack: 8192, Check: true,
		Profile: "SDK306", Heap: 40000, FlashMap: &six, Flash: "flash.bin", Checks: "fail", Tests: "spec",
		Network: Network{AP: []string{"home:secret"}, AnyAP: true, DNS: []string{"a.example"}, Allow: []string{"a.example:1=localhost:1"},
			Hostfwd: []string{"8443=443"}, Static: []string{"192.168.1.100"}},
		path: p.path, lines: p.lines}, *p)
	assert.Equal(t, []string{filepath.Join("app", "user"), "/abs/extra.c"}, p.SourcePaths())
	assert.Equal(t, filepath.Join("app", "sensor.wasm"), p.Image("wasm"))
	assert.Equal(t, filepath.Join("app", "sensor.elf"), p.Image("lx106"))
	assert.Equal(t, filepath.Join("app", "spec"), p.TestsFolder())
	assert.Equal(t, []string{"old", "spec"}, p.Excluded())
	assert.Equal(t, "emu8266.toml:20", p.At("network.any_ap"))
	assert.Equal(t, "emu8266.toml:18", p.At("network"))
	assert.Equal(t, "emu8266.toml", p.At("elf"))

	p, err = Parse("app/emu8266.toml", nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"app"}, p.SourcePaths())
	assert.Equal(t, filepath.Join("app", "app.wasm"), p.Image(""))
	assert.Equal(t, filepath.Join("app", "test"), p.TestsFolder())

	p, err = Parse("emu8266.toml", []byte("elf = 'build/a.elf'\n"))
	require.NoError(t, err)
	assert.Equal(t, filepath.Join("build", "a.elf"), p.Image("lx106"))
	p, err = Parse("emu8266.toml", []byte("[make]\nargs = ['COMPILE=gcc']\n"))
	require.NoError(t, err)
	assert.Equal(t, &Make{Args: []string{"COMPILE=gcc"}}, p.Make)
}

// Each mistake is told in one line, with its place.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"heap = 40000\nsource = ['.']":             "emu8266.toml:2:1: there is no key source: did you mean sources",
		"[a" + strings.Repeat(".a", 200_000) + "]": "emu8266.toml:1:2: there is no key a" + strings.Repeat(".a", 49) + "....",
		"zebra = 1":                        "emu8266.toml:1:1: there is no key zebra: one of name, sources, make,",
		"[network]\nhost_fwd = ['1=2']":    "emu8266.toml:2:1: there is no key network.host_fwd: did you mean network.hostfwd",
		"[network]\nenigne = 'wasm'":       "no key network.enigne: did you mean engine, which stands above the first [table]",
		"[netwrk]\nap = ['a']":             "emu8266.toml:1:2: there is no key netwrk: did you mean network",
		"network.app = ['a']":              "there is no key network.app: did you mean network.ap",
		"\nheap = 'much'":                  "emu8266.toml:2:8: heap: give a whole number",
		"heap = 401":                       "emu8266.toml:1: heap: 401: give a number from 1024 to 81920",
		"heap = -8":                        "emu8266.toml:1:8: heap: give a whole number",
		"flash_map = 12":                   "emu8266.toml:1: flash_map: 12: give a number from 0 to 9",
		"stack = 100":                      "stack: 100: give a multiple of 16 from 1024 to 65536",
		"engine = 'x86'":                   `emu8266.toml:1: engine: there is no "x86": one of wasm, lx106`,
		"sdk_version = '4'":                `sdk_version: there is no "4": one of 2.0, 2.1, 2.2, 3.0`,
		"sources = ['a']\n\nelf = 'a.elf'": "emu8266.toml:3: elf: the file has sources already",
		"elf = 'a.elf'\nengine = 'wasm'":   "emu8266.toml:2: engine: an ELF file runs on the engine lx106",
		"elf = 'a.elf'\ncheck = true":      "emu8266.toml:2: check: memory checks",
		"define = ['A', '=1']":             "emu8266.toml:1: define: entry 2: give NAME or NAME=VALUE",
		"name = 'a/b'":                     `emu8266.toml:1: name: "a/b": give a name without folders`,
		"name = ":                          "emu8266.toml:1:",
		"name = 'a'\nname = 'b'":           "emu8266.toml:2",
		"sources = '.'":                    "emu8266.toml:1:11: sources: give a list of texts",
		"sources = [1]":                    "emu8266.toml:1:12: sources: give a list of texts",
		"network = 3":                      "emu8266.toml:1:11: network: give a table",
		"check = 'yes'":                    "check: give true or false",
		"name = 3":                         "name: give a text",
		"heap = 99999999999":               "heap: give a whole number",
		"\xff":                             "emu8266.toml:1:1: ",
	} {
		_, err := Parse("some/folder/emu8266.toml", []byte(text))
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want, text)
		assert.NotContains(t, err.Error(), "\n", text)
		assert.NotContains(t, err.Error(), "project.", "Go's names are for nobody: %s", text)
	}
}

// The words of the keys and the type are of the same keys.
func TestKeys(t *testing.T) {
	named := map[string]bool{}
	for _, k := range keys {
		named[k.name] = true
		assert.Contains(t, fields(), k.name)
		assert.Regexp(t, `[.]$`, k.help)
	}
	for name := range fields() {
		assert.True(t, named[name], "no words for the key %s", name)
	}
	for name := range enums {
		assert.Contains(t, fields(), name)
	}
	for name := range ranges {
		assert.Contains(t, fields(), name)
	}
}
