package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

// onlyNode leaves nothing on PATH but Node.js. The npm toolchain is a fallback: without Node.js its tests are skipped on a user's machine.
func onlyNode(t *testing.T) {
	path, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Node.js is missing: .ci/run installs it")
		}
		t.Skip("no Node.js")
	}
	dir := t.TempDir()
	require.NoError(t, os.Symlink(path, filepath.Join(dir, "node")))
	t.Setenv("PATH", dir)
}

// onlyPackage leaves nothing but Node.js and the npm package, which must be where a build finds it.
func onlyPackage(t *testing.T) {
	if found, _ := findNode(t.Context(), "."); found == nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: .ci/run installs it", npmPackage)
		}
		t.Skipf("%s is not installed (npm install -g %s)", npmPackage, npmPackage)
	} else {
		t.Setenv("NODE_PATH", filepath.Join(filepath.Dir(found.bundle), "..", "..", ".."))
	}
	onlyNode(t)
}

// Objects in a folder below that of the sources, whose files the package sees as headers: none of them stays empty.
func TestNodeCacheAmongSources(t *testing.T) {
	onlyPackage(t)
	dir := tree(t, map[string]string{"app.c": "#include \"osapi.h\"\nvoid user_init(void) { os_printf(\"here\\n\"); }\n"})
	output, cache := filepath.Join(t.TempDir(), "out.wasm"), filepath.Join(dir, "objects")
	require.NoError(t, os.Mkdir(cache, 0o755))
	copyRuntimes(t, cache, seeds) // compiling the runtime, with checks as the next test has it, takes most of the time
	_, err := Build(t.Context(), Options{Sources: []string{"app.c"}, Dir: dir, Output: output, Cache: cache, Check: true, Test: true})
	require.NoError(t, err)
	copyRuntimes(t, seeds, cache)
	image, err := wasm.LoadFile(output)
	require.NoError(t, err)
	boot(t, image, "here\n")
	require.NoError(t, image.Close())
}

// The toolchain of the npm package makes images that work, warns and fails like the other. The test uses a package that is
// installed where a build finds it: .ci/run installs it for CI, where the test fails without.
func TestNodeToolchain(t *testing.T) {
	onlyPackage(t)
	dir := tree(t, firmware)
	o := options(t, dir)
	o.Check, o.Test = true, true
	// The way that most projects take to what lies beside them, from the file's folder and from one that is searched.
	for name, text := range map[string]string{
		"user/up.c":     "#include \"../net/../net/deep/up.h\"\n#include <../beside/beside.h>\nint up(void) { return UP + BESIDE; }\n",
		"net/deep/up.h": "#include \"../../include/queue.h\"\n#define UP OWN_QUEUE\n", "beside/beside.h": "#define BESIDE 1\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	r, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, 4, r.Compiled)
	assert.Contains(t, r.Warnings, "undeclared")
	image, err := wasm.LoadFile(filepath.Join(dir, "out.wasm"))
	require.NoError(t, err)
	boot(t, image, "start config 4\n", "undeclared 3\n", "tick 42\n")
	require.NoError(t, image.Close())
	checked, err := os.ReadFile(filepath.Join(o.Dir, "out.wasm"))
	require.NoError(t, err)
	assert.Contains(t, string(checked), "esp_checks_addr")
	assert.Contains(t, string(checked), "esp_cover")

	again, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.Zero(t, again.Compiled)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "net/link.c"), []byte("int x = ;\n"), 0o644))
	_, err = Build(t.Context(), o)
	require.ErrorContains(t, err, "net/link.c:1")
	assert.ErrorContains(t, err, "expected expression")
}

// The search for the package, and what is told when it does not work, over packages that only look like it.
func TestNodeErrors(t *testing.T) {
	onlyNode(t)
	t.Setenv("NODE_PATH", "")
	project := map[string]string{"app/a.c": "void user_init(void) {}\n"}
	for name, tc := range map[string]struct {
		version, bundle string
		want            string
	}{
		"no package":    {"", "", "npm install @yowasp/clang"},
		"too old":       {"13.0.0", "", "has version 13"},
		"no version":    {"none", "", "has no version"},
		"no bundle":     {"22.1.0", "", "bundle.js"},
		"other exports": {"22.1.0", "export const commands = {}\n", "commands.clang is not a function"},
		"a tool that fails silently": {"22.1.0",
			"const run = async () => { throw Object.assign(new Error('Exited'), { code: 3 }) }\n" +
				"export const commands = { clang: run }\n", "exit code 3"},
		"a tool that makes nothing": {"22.1.0", "const run = async (args, files) => files\nexport const commands = { clang: run }\n",
			"made no"},
		"a process that ends": {"22.1.0", "export const commands = { clang: () => process.exit(1) }\n", "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, project)
			if tc.version != "" {
				at := filepath.Join(dir, "node_modules", "@yowasp", "clang")
				require.NoError(t, os.MkdirAll(filepath.Join(at, "gen"), 0o755))
				version := `{"name": "@yowasp/clang", "version": "` + tc.version + `", "type": "module"}`
				require.NoError(t, os.WriteFile(filepath.Join(at, "package.json"), []byte(version), 0o644))
				if tc.bundle != "" {
					require.NoError(t, os.WriteFile(filepath.Join(at, "gen", "bundle.js"), []byte(tc.bundle), 0o644))
				}
			}
			o := Options{Sources: []string{"."}, Dir: filepath.Join(dir, "app"), Output: "out.wasm", Cache: cacheDir(t)}
			_, err := Build(t.Context(), o)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// driverScript compiles with a package whose driver says what it was asked, and prints for each call what ran and what the compiler got.
const driverScript = `
let ran = []
const said = text => new TextEncoder().encode(text + '\n')
const bundle = {
	commands: { clang: async (args, tree) => (ran.push('package'), tree) },
	runLLVM: async (args, tree, { stderr }) => {
		ran.push(args[1] === '-###' ? 'driver' : args.join(' '))
		if (args.includes('-bad')) throw new Error('bad')
		if (args[1] === '-###')
			for (let n = args.includes('-two') ? 2 : 1; n > 0; n--) {
				const words = args.slice(2).map(a => '"' + a.replace(/["\\$]/g, '\\$&') + '"')
				stderr(said('clang version 22\n "" "clang" "-cc1" ' + words.join(' ')))
			}
		return tree
	},
}
const { answerer } = await import(process.argv[1])
const answer = answerer(bundle, {})
for (const [output, ...args] of [['/a.o', '-DX="a $\\"', '-o', '/host/a.o'], ['/b.o', '-DX="a $\\"', '-o', '/host/b.o'],
	['', '-E'], ['', '-E'], ['', '-v'], ['', '-two'], ['', '-bad'], ['', '-bad']]) {
	ran = []
	await answer({ tool: 'clang', args, output })
	console.log(ran.join(', '))
}`

// The package's driver is asked once for the same arguments, whatever the output is called; what it says of errors, of -v and of several
// commands is the package's own to handle.
func TestPackageDriverIsAskedOnce(t *testing.T) {
	onlyNode(t)
	path := filepath.Join(t.TempDir(), "tools.mjs")
	require.NoError(t, os.WriteFile(path, PackageScript(), 0o666))
	out, err := exec.Command("node", "--input-type=module", "-e", driverScript, path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, `driver, clang -cc1 -DX="a $\" -o /host/a.o
clang -cc1 -DX="a $\" -o /host/b.o
driver, clang -cc1 -E
clang -cc1 -E
driver, package
driver, package
driver, package
driver, package
`, string(out))
}
