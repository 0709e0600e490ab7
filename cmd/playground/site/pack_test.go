package site

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unpackScript prints of each file what the page's code makes of it: the length, or the error.
const unpackScript = `
const fs = require('fs'), { Buffer } = require('buffer')
require('vm').runInThisContext(fs.readFileSync(process.argv[1], 'utf8'))
for (let i = 2; i < process.argv.length; i++) {
  try {
    const out = unlzma(new Uint8Array(fs.readFileSync(process.argv[i])))
    fs.writeFileSync(process.argv[i] + '.out', out)
    console.log(out.length)
  } catch (error) {
    console.log(error.message)
  }
}`

// TestUnpack: what xz packs the page unpacks, and it says so if the end is missing.
func TestUnpack(t *testing.T) {
	for _, tool := range []string{"node", "xz"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: .ci/run installs it", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	image, err := os.ReadFile("../../../testdata/firmware/hello-tls-2048.wasm")
	require.NoError(t, err)
	records := bytes.Repeat([]byte("abcdefgh\x00\x01\x02\x03"), 2000)
	for i := 0; i < len(records); i += 12 {
		records[i+random.IntN(12)] = byte(i)
	}
	contents := [][]byte{{}, {0}, []byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), noise, image, records, append(noise, noise...)}
	dir := t.TempDir()
	args := []string{"-e", unpackScript, "files/unpack.js"}
	var want string
	path := func(i int) string { return filepath.Join(dir, strconv.Itoa(i)) }
	for i, content := range contents {
		packed, err := Options{XZ: []string{"0", "6", "9e"}[i%3]}.pack(content)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path(i), packed, 0o666))
		args = append(args, path(i))
		want += strconv.Itoa(len(content)) + "\n"
	}
	half, err := os.ReadFile(path(4))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path(99), half[:len(half)/2], 0o666))
	out, err := exec.Command("node", append(args, path(99))...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, want+"lzma: the end is missing\n", string(out))
	for i, content := range contents {
		got, err := os.ReadFile(path(i) + ".out")
		require.NoError(t, err)
		assert.True(t, bytes.Equal(content, got), "content %d", i)
	}
	_, err = Options{XZ: "none"}.pack(nil)
	assert.ErrorContains(t, err, "xz -none")
}
