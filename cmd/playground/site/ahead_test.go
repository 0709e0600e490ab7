package site

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// aheadScript plays runs as the compiler's package does: a module that counts, one that needs it, one that needs the host. It prints for
// each run what was counted, and how many instances were made while it waited.
const aheadScript = `
let made = 0
const real = WebAssembly.instantiate
WebAssembly.instantiate = (...args) => { made++; return real(...args) }
const { makeAhead } = await import(process.argv[1])
const module = (...sections) => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, ...sections]))
const counter = module(3, 2, 1, 0, 6, 6, 1, 0x7f, 1, 0x41, 0, 0x0b, 7, 7, 1, 3, 0x69, 0x6e, 0x63, 0, 0,
  10, 13, 1, 11, 0, 0x23, 0, 0x41, 1, 0x6a, 0x24, 0, 0x23, 0, 0x0b)
const user = module(2, 9, 1, 1, 0x61, 3, 0x69, 0x6e, 0x63, 0, 0, 7, 9, 1, 5, 0x61, 0x67, 0x61, 0x69, 0x6e, 0, 0)
const hosted = module(2, 9, 1, 1, 0x61, 3, 0x69, 0x6e, 0x63, 0, 0, 7, 7, 1, 3, 0x6f, 0x75, 0x74, 0, 0)
await WebAssembly.instantiate(hosted, { a: { inc: () => 0 } }) // the package tries something, once
async function run(other) {
  made = 0
  const a = await WebAssembly.instantiate(counter)
  const b = await WebAssembly.instantiate(user, { a: { inc: (other ?? a).exports.inc } })
  const c = await WebAssembly.instantiate(hosted, { a: { inc: () => 7 } })
  console.log(b.exports.again(), b.exports.again(), c.exports.out(), made)
}
await run()
await run()
for (let i = 0; i < 2; i++) await makeAhead()
for (let i = 0; i < 4; i++) await run()
await makeAhead()
const other = await real(counter)
other.exports.inc()
await run(other)`

// TestAhead: runs get instances of their own, those that were made ahead while there are some, and never one that another instance's
// function was meant for.
func TestAhead(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is missing: .ci/run installs it")
		}
		t.Skip("node is not installed")
	}
	script, err := os.ReadFile("files/ahead.js")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "ahead.mjs")
	require.NoError(t, os.WriteFile(path, script, 0o666))
	out, err := exec.Command(node, "--input-type=module", "-e", aheadScript, path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, "1 2 7 3\n1 2 7 3\n1 2 7 1\n1 2 7 1\n1 2 7 1\n1 2 7 3\n2 3 7 2\n", string(out))
}
