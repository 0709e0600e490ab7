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

// unpackScript prints of each file what the page's code makes of it, in pieces of some length: the length, or the error.
const unpackScript = `
const fs = require('fs')
require('vm').runInThisContext(fs.readFileSync(process.argv[1], 'utf8'))
const engine = new WebAssembly.Module(fs.readFileSync(process.argv[2]))
async function unpack(path, piece) {
  const packed = new Uint8Array(fs.readFileSync(path))
  let at = 0
  const stream = new ReadableStream({ pull(out) {
    if (at >= packed.length) return out.close()
    out.enqueue(packed.subarray(at, at += piece))
  } })
  try {
    const out = new Uint8Array(await new Response(stream.pipeThrough(unlzma(engine))).arrayBuffer())
    fs.writeFileSync(path + '.out', out)
    console.log(out.length)
  } catch (error) {
    console.log((error.cause ?? error).message)
  }
}
(async () => {
  for (const [i, path] of process.argv.slice(3).entries()) await unpack(path, [1, 17, 4096, 3 << 20][i % 4])
})()`

// need fails in CI when a tool is missing, and skips elsewhere.
func need(t *testing.T, tools ...string) {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: .ci/run installs it", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
}

// packedFiles writes files as a page has them into a folder, and what the page must say of each: of contents of several kinds, and of
// files that are broken.
func packedFiles(t *testing.T, dir string) (paths []string, want string, contents [][]byte) {
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
	contents = [][]byte{{}, {0}, []byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), noise, image, records, append(noise, noise...)}
	write := func(b []byte, says string) {
		path := filepath.Join(dir, strconv.Itoa(len(paths)))
		require.NoError(t, os.WriteFile(path, b, 0o666))
		paths, want = append(paths, path), want+says+"\n"
	}
	var packed []byte
	for i, content := range contents {
		packed, err = Options{XZ: []string{"0", "6", "9e"}[i%3]}.pack(content)
		require.NoError(t, err)
		write(packed, strconv.Itoa(len(content)))
	}
	for _, n := range []int{0, 7, 13, 15, len(packed) / 2, len(packed) / 2, len(packed) / 2, len(packed) - 1000} {
		write(packed[:n], "lzma: the end is missing")
	}
	for _, at := range []int{0, 9} { // no such properties; a size of four gigabytes and more
		wrong := bytes.Clone(packed)
		wrong[at] = 225
		write(wrong, "lzma: this is no header with a size")
	}
	wrong := bytes.Clone(packed)
	copy(wrong[13:], "\x00\xff\xff\xff\xff") // the first symbol is a match
	write(wrong, "lzma: a match before the beginning")
	return paths, want, contents
}

// TestUnpack: what xz packs the page unpacks, in pieces of any length, and it says so if that cannot be.
func TestUnpack(t *testing.T) {
	need(t, "node", "xz")
	dir := t.TempDir()
	paths, want, contents := packedFiles(t, dir)
	unpack := func(module string) {
		out, err := exec.Command("node", append([]string{"-e", unpackScript, "files/unpack.js", module}, paths...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Equal(t, want, string(out))
		for i, content := range contents {
			got, err := os.ReadFile(paths[i] + ".out")
			require.NoError(t, err)
			assert.True(t, bytes.Equal(content, got), "content %d", i)
		}
	}
	unpack("files/unlzma.wasm")
	_, err := Options{XZ: "none"}.pack(nil)
	require.ErrorContains(t, err, "xz -none")

	need(t, "clang", "wasm-ld")
	built := filepath.Join(dir, "unlzma.wasm")
	out, err := exec.Command("unlzma/build.sh", built).CombinedOutput()
	require.NoError(t, err, "%s", out)
	version, err := exec.Command("clang", "--version").Output()
	require.NoError(t, err)
	if !bytes.Contains(version, []byte("clang version 14.")) {
		unpack(built)
		return
	}
	a, err := os.ReadFile("files/unlzma.wasm")
	require.NoError(t, err)
	b, err := os.ReadFile(built)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(a, b), "files/unlzma.wasm is not what unlzma.c says: unlzma/build.sh makes it")
}
