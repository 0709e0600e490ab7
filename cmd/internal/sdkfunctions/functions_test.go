package sdkfunctions

import (
	"flag"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

var update = flag.Bool("update", false, "write functions.txt")

var (
	headerLine = regexp.MustCompile("^## (.+)$")
	rowLine    = regexp.MustCompile("^\\| `(\\w+)` \\| \\d \\| ([^|]+) \\|$")
	apiLine    = regexp.MustCompile("^\\| `(\\w+)` \\| `\\w+` \\| [^|]* \\| ([^|;]+)")
)

// functions.txt has every function of both pages, with the method of the SDK that has its name.
func TestListIsComplete(t *testing.T) {
	methods := map[string]string{} // in small letters: as it is
	sdk := reflect.TypeFor[*emulator.SDK]()
	for m := range sdk.Methods() {
		methods[strings.ToLower(m.Name)] = m.Name
	}
	inGo := func(c string) string {
		return methods[strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(c), "espconn_"), "_", "")]
	}
	page := func(citation string) string { // with the folder of its page
		file, section, _ := strings.Cut(citation, " ")
		if strings.HasPrefix(file, "V") {
			return "SSL User Manual " + file + ", " + section
		}
		for _, folder := range []string{"docs/facts/", "docs/tables/"} {
			if _, err := os.Stat("../../../" + folder + file); err == nil {
				return folder + citation
			}
		}
		t.Errorf("there is no page %s", file)
		return ""
	}
	lines := func(file string) []string {
		b, err := os.ReadFile("../../../docs/tables/" + file)
		require.NoError(t, err)
		return strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	}
	api := map[string]string{} // espconn functions: section
	var order []string
	for _, line := range lines("espconn-functions.md") {
		if m := apiLine.FindStringSubmatch(line); m != nil {
			api[m[1]] = page(strings.TrimSpace(m[2]))
			order = append(order, m[1])
		}
	}
	require.GreaterOrEqual(t, len(api), 65)
	var want strings.Builder
	add := func(c, where, section string) {
		want.WriteString(strings.Join([]string{c, inGo(c), where, section}, separator) + ";\n")
	}
	names := map[string]string{"macros": "Function-like macros", "ROM": "ROM functions called by name"}
	header, seen := "", map[string]bool{}
	for _, line := range lines("sdk-functions.md") {
		if m := headerLine.FindStringSubmatch(line); m != nil {
			header = m[1]
			if n := names[header]; n != "" {
				header = n
			}
		}
		m := rowLine.FindStringSubmatch(line)
		if m == nil || seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		section := api[m[1]]
		if section == "" {
			section = "docs/facts/sdk-surface.md, " + header
		}
		where, _, _ := strings.Cut(m[2], ":") // "not here: why"
		add(m[1], where, section)
	}
	require.GreaterOrEqual(t, len(seen), 400)
	for _, c := range order { // those that no public program calls
		if !seen[c] {
			add(c, "host", api[c])
		}
	}
	if *update {
		require.NoError(t, os.WriteFile("functions.txt", []byte(want.String()), 0o644))
	}
	assert.Equal(t, want.String(), list, "run: go test ./cmd/internal/sdkfunctions -update")
	for c := range api {
		assert.NotEmpty(t, inGo(c), c)
	}
}

func TestFind(t *testing.T) {
	assert.Len(t, Find(""), len(All()))
	assert.Contains(t, Find("ESPCONN_SECURE_CONNECT"),
		Function{"espconn_secure_connect", "SecureConnect", "host", "SSL User Manual V2.1, 5.5"})
	assert.NotEmpty(t, Find("SystemOsPost"))
	assert.Empty(t, Find("no such thing"))
}
