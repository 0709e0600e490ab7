package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// agent is a client of the server for a project.
func agent(t *testing.T, folder string) (call func(tool string, args map[string]any) (text string, failed bool), s *mcpServer) {
	t.Helper()
	s, err := newMCPServer(folder, false)
	require.NoError(t, err)
	s.self = process(t).Path
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	here, there := mcp.NewInMemoryTransports()
	served, err := s.mcp.Connect(ctx, there, nil)
	require.NoError(t, err)
	client, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, here, nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = client.Close()
		_ = served.Wait()
		s.close()
	})
	return func(tool string, args map[string]any) (string, bool) {
		t.Helper()
		r, err := client.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: args})
		require.NoError(t, err)
		require.Len(t, r.Content, 1)
		return r.Content[0].(*mcp.TextContent).Text, r.IsError
	}, s
}

func projectWith(t *testing.T, images ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range images {
		b, err := os.ReadFile(filepath.Join(repoRoot, "testdata", "firmware", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	return dir
}

// The project's file says what is built: the folder of the tests is left out, a macro of the file is there.
func TestMCPBuildsTheProject(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	dir := tempProject(t, map[string]string{
		"emu8266.toml":  "define = [\"WHO=\\\"file\\\"\"]\n",
		"user/main.c":   "#include \"osapi.h\"\nvoid user_init(void) { os_printf(\"of the %s\\n\", WHO); }\n",
		"test/test_a.c": "int test_file(void) { return 0; }\n",
	})
	call, _ := agent(t, dir)
	text, failed := call("build", map[string]any{})
	require.False(t, failed, text)
	assert.Contains(t, text, "app.wasm: 1 file,")
	text, failed = call("run", map[string]any{"expect": []string{"of the file"}, "seconds": 5})
	assert.False(t, failed, text)
	assert.Contains(t, text, `"verdict": "ok"`)
}

func TestMCPTools(t *testing.T) {
	dir := projectWith(t, "machine.wasm", "hello-tls-2048.wasm")
	call, _ := agent(t, dir)

	text, failed := call("run", map[string]any{"firmware": "machine.wasm", "expect": []string{"got ip"}, "seconds": 10})
	assert.False(t, failed)
	var r runResult
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	assert.Equal(t, verdictOK, r.Verdict)
	assert.Contains(t, r.Text, "got ip 10.0.")
	assert.NotEmpty(t, r.Findings)

	text, failed = call("run", map[string]any{"firmware": "hello-tls-2048.wasm", "expect": []string{"sent callback"}, "seconds": 5,
		"trace": "t.jsonl"})
	assert.False(t, failed, "a device that fails is a result")
	require.NoError(t, json.Unmarshal([]byte(strings.TrimSuffix(text[:strings.LastIndex(text, "\n}")+3], "\n")), &r))
	assert.Equal(t, verdictTimeout, r.Verdict)
	assert.NotEmpty(t, r.Denied)

	text, failed = call("explain", map[string]any{"trace": "t.jsonl"})
	assert.False(t, failed)
	assert.Contains(t, text, `"cause_id": "netstack/syn-refused"`)

	text, failed = call("decode", map[string]any{"code": "-0x7200"})
	assert.False(t, failed)
	assert.Contains(t, text, "-0x7200")
	text, failed = call("decode", map[string]any{"log": "Reason:[-0x7200]\n"})
	assert.False(t, failed)
	assert.Contains(t, text, "7200")

	_, failed = call("probe_chain", map[string]any{"pem": string(testpki.KeyPEM(t, testpki.Leaf2048))})
	assert.True(t, failed, "a key is no chain")

	text, failed = call("scenario", map[string]any{"action": "list"})
	assert.False(t, failed)
	assert.Contains(t, text, "big-chain")
	text, failed = call("scenario", map[string]any{"action": "run", "name": "big-chain"})
	assert.False(t, failed)
	assert.Contains(t, text, "big-chain")
	_, failed = call("scenario", map[string]any{"action": "show"})
	assert.True(t, failed)
}

func TestMCPProbesAChain(t *testing.T) {
	call, _ := agent(t, t.TempDir())
	text, failed := call("probe_chain", map[string]any{"pem": chainPEM(t), "size": []int{2048, 4096}, "profile": []string{"ManualV21"}})
	assert.False(t, failed, text)
	assert.Contains(t, text, `"min_size"`)
	assert.Contains(t, text, `"target": "the server of pem"`)
	assert.NotContains(t, text, "emu8266-mcp-")
	text, failed = call("probe_chain", map[string]any{"pem": "nothing"})
	assert.True(t, failed)
	assert.Contains(t, text, "--chain the server of pem: ")
}

func TestMCPBuildsAndTests(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "user"), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "test"), 0o700))
	source := filepath.Join(dir, "user", "user_main.c")
	require.NoError(t, os.WriteFile(source, []byte("#include \"osapi.h\"\nint twice(int n) { return 2 * n; }\n"+
		"void user_init(void) { os_printf(\"twice %d\\n\", twice(21)); }\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "test", "twice.c"), []byte("#include <assert.h>\nint twice(int);\n"+
		"void test_twice(void) { assert(twice(2) == 4); }\n"), 0o600))
	call, _ := agent(t, dir)
	text, failed := call("build", map[string]any{"check": true, "exclude": []string{"test"}})
	assert.False(t, failed, text)
	assert.Contains(t, text, "app.wasm: 1 file")
	text, failed = call("run", map[string]any{"expect": []string{"twice 42"}})
	assert.False(t, failed, text)
	assert.Contains(t, text, `"verdict": "ok"`)
	text, failed = call("test", map[string]any{})
	assert.False(t, failed, text)
	assert.Contains(t, text, "test_twice")

	require.NoError(t, os.WriteFile(source, []byte("void user_init(void) { mistake }\n"), 0o600))
	text, failed = call("build", map[string]any{"exclude": []string{"test"}})
	assert.True(t, failed)
	assert.Contains(t, text, "user_main.c:1")
}

func TestMCPKeepsToTheProject(t *testing.T) {
	dir := projectWith(t, "machine.wasm")
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("-----BEGIN"), 0o600))
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink(filepath.Dir(secret), filepath.Join(dir, "folder")))
	require.NoError(t, os.Symlink(filepath.Join(filepath.Dir(secret), "new"), filepath.Join(dir, "dangling.jsonl")))
	require.NoError(t, os.Symlink("machine.wasm", filepath.Join(dir, "inside.wasm")))
	call, _ := agent(t, dir)
	for _, c := range []struct {
		tool string
		args map[string]any
	}{
		{"run", map[string]any{"firmware": "../machine.wasm"}},
		{"run", map[string]any{"firmware": secret}},
		{"run", map[string]any{"firmware": "link"}},
		{"run", map[string]any{"firmware": "folder/secret"}},
		{"run", map[string]any{"firmware": "machine.wasm", "trace": "../t.jsonl"}},
		{"run", map[string]any{"firmware": "machine.wasm", "trace": "folder/t.jsonl"}},
		{"run", map[string]any{"firmware": "machine.wasm", "trace": "dangling.jsonl"}},
		{"run", map[string]any{"firmware": "machine.wasm", "flash": "/tmp/f.bin"}},
		{"explain", map[string]any{"trace": "link"}},
		{"probe_chain", map[string]any{"file": "link"}},
		{"scenario", map[string]any{"action": "run", "name": "../x.txtar"}},
		{"build", map[string]any{}}, // the folder has a link that leads out
		{"test", map[string]any{}},
	} {
		text, failed := call(c.tool, c.args)
		assert.True(t, failed, "%s %v", c.tool, c.args)
		assert.Contains(t, text, "leads out of the project's folder", "%s %v", c.tool, c.args)
	}
	text, failed := call("run", map[string]any{"firmware": "inside.wasm", "seconds": 1})
	assert.False(t, failed, text)
	source := filepath.Join(dir, "main.c")
	require.NoError(t, os.WriteFile(source, []byte("int a;\n"), 0o600))
	text, failed = call("run", map[string]any{"firmware": "inside.wasm", "seconds": 1, "trace": "main.c"})
	assert.True(t, failed)
	assert.Contains(t, text, "the file's name ends in .jsonl")
	kept, err := os.ReadFile(source)
	require.NoError(t, err)
	assert.Equal(t, "int a;\n", string(kept), "a trace does not replace a source")
	text, failed = call("run", map[string]any{"firmware": "none.wasm"})
	assert.True(t, failed)
	assert.Contains(t, text, "none.wasm is not in the project's folder")
	text, failed = call("run", map[string]any{"firmware": "machine.wasm", "expect": []string{"--help", "-q"}, "seconds": 1})
	assert.False(t, failed, text)
	assert.Contains(t, text, `"--help"`, "texts are no flags")
	_, err = os.Stat(filepath.Join(filepath.Dir(secret), "new"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// What sources and emu8266.toml name outside the project is not read, and no line of it is told; a Makefile is not run.
func TestMCPConfinesSources(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	secret := filepath.Join(t.TempDir(), "secret.h")
	require.NoError(t, os.WriteFile(secret, []byte("# hush hush\nint answer = 42;\n"), 0o600))
	for _, row := range []struct {
		name, source, toml, makefile, want string
	}{
		{name: "include", source: "#include \"" + secret + "\"\nvoid user_init(void) {}\n", want: "reaches outside"},
		{name: "assembler", source: "__asm__(\".inc\" \"bin \\\"" + secret + "\\\"\");\nvoid user_init(void) {}\n", want: "incbin"},
		{name: "a flag", source: "void user_init(void) {}\n", toml: "cflags = [\"-include" + secret + "\"]\n", want: "not allowed"},
		{name: "tests", source: "void user_init(void) {}\n", toml: "tests = \"../\"\n", want: "leads out of the project's folder"},
		{name: "make", toml: "[make]\n", makefile: "all:\n\ttouch made\n", want: "emu8266 mcp --trust"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "test"), 0o700))
			for name, text := range map[string]string{"user_main.c": row.source, "emu8266.toml": row.toml, "Makefile": row.makefile,
				"test/test_a.c": "#include <assert.h>\nvoid test_a(void) { assert(1); }\n"} {
				if text != "" {
					require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600))
				}
			}
			call, s := agent(t, dir)
			text, _ := call("test", map[string]any{})
			assert.Contains(t, text, row.want)
			assert.NotContains(t, text, "hush")
			if row.toml == "" {
				text, failed := call("build", map[string]any{"exclude": []string{"test"}})
				assert.True(t, failed)
				assert.Contains(t, text, row.want)
				assert.NotContains(t, text, "hush")
			}
			if row.name == "include" {
				s.trust = true
				text, _ := call("build", map[string]any{"exclude": []string{"test"}})
				assert.Contains(t, text, "invalid preprocessing directive", "the compiler's own words, for who trusts it")
			}
			assert.NoFileExists(t, filepath.Join(dir, "made"))
		})
	}
}

func TestMCPIsBounded(t *testing.T) {
	dir := projectWith(t, "machine.wasm")
	call, s := agent(t, dir)
	slow, err := s.newCall(time.Nanosecond, "decode", "-114").done()
	require.NoError(t, err)
	_, failed, err := s.call(t.Context(), slow)
	assert.True(t, failed)
	assert.ErrorContains(t, err, "ended after 1ns")

	text, failed := call("decode", map[string]any{"log": strings.Repeat("x", toolInputMax+1)})
	assert.True(t, failed)
	assert.Contains(t, text, "more than")
	text, failed = call("run", map[string]any{"firmware": "machine.wasm", "seconds": -1})
	assert.True(t, failed)
	assert.Contains(t, text, "seconds")

	assert.LessOrEqual(t, len(bounded(strings.Repeat("é", toolOutputMax), 0)), toolOutputMax+64)
	long, err := json.Marshal(runResult{Text: strings.Repeat("line\n", toolTextMax)})
	require.NoError(t, err)
	var r runResult
	require.NoError(t, json.Unmarshal(shortRun(long), &r))
	assert.Len(t, r.Text, toolTextMax)
	assert.Equal(t, 4*toolTextMax, r.TextLost)
}

// The command itself, as an agent starts it.
func TestMCPOverStdio(t *testing.T) {
	t.Parallel()
	needTool(t, "go")
	binary := filepath.Join(t.TempDir(), "emu8266.exe") // the test binary does not know its name when it starts itself again
	built, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", built)
	cmd := exec.Command(binary, "mcp", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	require.NoError(t, err)
	tools, err := session.ListTools(ctx, nil)
	require.NoError(t, err)
	var names []string
	for _, tool := range tools.Tools {
		names = append(names, tool.Name)
		assert.NotEmpty(t, tool.Description)
	}
	assert.ElementsMatch(t, []string{"build", "run", "test", "explain", "probe_chain", "decode", "scenario"}, names)
	r, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "decode", Arguments: map[string]any{"code": "ESPCONN_MEM"}})
	require.NoError(t, err)
	assert.False(t, r.IsError)
	require.NoError(t, session.Close())

	out, err := exec.Command(binary, "mcp", filepath.Join(t.TempDir(), "none")).CombinedOutput()
	exit := new(exec.ExitError)
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitUsage, exit.ExitCode())
	assert.Equal(t, 1, bytes.Count(out, []byte("\n")), "%s", out)
}

// What is no message is answered with an error of JSON-RPC, and the session goes on.
func TestMCPSurvivesWhatIsNoMessage(t *testing.T) {
	s, err := newMCPServer(t.TempDir(), false)
	require.NoError(t, err)
	defer s.close()
	in := strings.Join([]string{
		"not json", "", "42", "{}", `[{"jsonrpc":"2.0","id":7,"method":"ping"}]`, `{"jsonrpc":"2.0","id":1,`,
		strings.Repeat("x", lineMax+1), "\xff\x00",
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},` +
			`"clientInfo":{"name":"test","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		"not json either",
		`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`, "",
	}, "\n")
	reader, writer := io.Pipe()
	var out bytes.Buffer
	served := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answers, answered := io.Pipe()
	go func() { served <- s.mcp.Run(ctx, stdioTransport(reader, answered)) }()
	go func() { _, _ = io.WriteString(writer, in) }()
	var codes []float64
	for lines := bufio.NewScanner(io.TeeReader(answers, &out)); lines.Scan(); {
		var m struct {
			ID    any
			Error struct{ Code float64 }
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &m), lines.Text())
		if m.Error.Code != 0 {
			assert.Nil(t, m.ID)
			codes = append(codes, m.Error.Code)
		}
		if m.ID == 2.0 {
			break
		}
	}
	assert.Equal(t, []float64{-32700, -32600, -32600, -32600, -32700, -32600, -32700, -32700}, codes)
	assert.Contains(t, out.String(), `"serverInfo"`)
	require.NoError(t, writer.Close())
	assert.NoError(t, <-served)
}

// The profiles that the tools' schemas name are those that there are.
func TestMCPNamesProfiles(t *testing.T) {
	schema, err := json.Marshal(schemaOf[mcpRun]())
	require.NoError(t, err)
	for _, p := range espconn.AllProfiles() {
		assert.Contains(t, string(schema), p.Name)
	}
}

// A name that is misspelt is answered with the one that was meant, a name that is missing with what it is for.
func TestMCPNamesWhatWasMeant(t *testing.T) {
	call, s := agent(t, t.TempDir())
	for _, c := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"run", map[string]any{"firmwre": "x.wasm"}, `run: there is no argument "firmwre": did you mean firmware?`},
		{"run", map[string]any{"expect_text": []string{"x"}}, `run: there is no argument "expect_text": did you mean expect?`},
		{"explain", map[string]any{"file": "x.jsonl"}, `explain: there is no argument "file"; there are lang, trace`},
		{"scenario", map[string]any{"name": "big-chain"}, "scenario: give the argument action: list, show, run"},
	} {
		text, failed := call(c.tool, c.args)
		assert.True(t, failed, text)
		assert.Contains(t, text, c.want)
	}
	middle := s.nearNames(nil)
	_, err := middle(t.Context(), "tools/call", &mcp.CallToolRequest{Params: &mcp.CallToolParamsRaw{Name: "rnu"}})
	assert.ErrorContains(t, err, `there is no tool "rnu": did you mean run?`)
}

// chainPEM is a server's chain with a leaf that the device can read.
func chainPEM(t *testing.T) string {
	return string(testpki.PEM(testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048}).Chain()...))
}
