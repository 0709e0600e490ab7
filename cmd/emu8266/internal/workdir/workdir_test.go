package workdir

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/certs"
)

// run does in a folder what the command does.
func run(t *testing.T, dir, layout string, o certs.Options) (*certs.Result, error) {
	t.Helper()
	f := open(t, dir)
	defer f.Close()
	in, err := certs.Read(os.DirFS(dir), f.Made, layout)
	if err != nil {
		return nil, err
	}
	if o.Bits == 0 {
		o.Bits = 512 // quick
	}
	r, err := in.Make(o)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(r.Files)
	return r, err
}

// put writes files into a new folder.
func put(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	return dir
}

// caCert makes a CA's certificate in PEM.
func caCert(t *testing.T) []byte {
	t.Helper()
	in, err := certs.Read(fstest.MapFS{}, nil, certs.LayoutV21)
	require.NoError(t, err)
	r, err := in.Make(certs.Options{Bits: 512})
	require.NoError(t, err)
	for _, f := range r.Files {
		if f.Path == "ca/ca.crt" {
			return f.Data
		}
	}
	t.Fatal("no ca/ca.crt")
	return nil
}

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// clean does in a folder what the command does with --clean.
func clean(t *testing.T, dir string) (removed, kept []string, err error) {
	t.Helper()
	f := open(t, dir)
	defer f.Close()
	return f.Clean()
}

// A second run waits for the first one, and does not wait for ever.
func TestOneRunAtATime(t *testing.T) {
	defer func(wait time.Duration) { lockWait = wait }(lockWait)
	dir := t.TempDir()
	f := open(t, dir)
	second := make(chan error)
	go func() {
		g, err := Open(dir)
		if err == nil {
			err = g.Close()
		}
		second <- err
	}()
	select {
	case err := <-second:
		t.Fatalf("the folder is in use: %v", err)
	case <-time.After(3 * lockLook):
	}
	require.NoError(t, f.Close())
	require.NoError(t, <-second)
	f = open(t, dir)
	lockWait = 2 * lockLook
	_, err := Open(dir)
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, f.Close())
}

// tree lists all files below dir with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		m[filepath.ToSlash(rel)] = string(b)
		return err
	}))
	return m
}

func TestWriteAgainReplacesWhatWasMade(t *testing.T) {
	dir := t.TempDir()
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	before := tree(t, dir)
	assert.Len(t, before, 11)
	_, err = run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	after := tree(t, dir)
	assert.Len(t, after, 11)
	assert.NotEqual(t, before["ca/ca.key"], after["ca/ca.key"])
}

func TestForeignFilesStopTheRunBeforeItWrites(t *testing.T) {
	for _, path := range []string{"bin/esp_ca_cert.bin", "include/cert.h", "ca/ca.key"} {
		dir := put(t, map[string][]byte{path: []byte("mine")})
		_, err := run(t, dir, certs.LayoutV21, certs.Options{})
		require.ErrorIs(t, err, ErrForeign)
		assert.ErrorContains(t, err, "certs: "+path)
		assert.Equal(t, map[string]string{path: "mine"}, tree(t, dir))
	}
	dir := t.TempDir()
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "include/cert.h"), []byte("edited"), 0o644))
	before := tree(t, dir)
	_, err = run(t, dir, certs.LayoutV21, certs.Options{})
	require.ErrorIs(t, err, ErrForeign)
	assert.Equal(t, before, tree(t, dir))

	// A folder or a link in the way counts too, and a link out of the folder is not followed.
	dir = t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "bin/esp_ca_cert.bin"), 0o755))
	_, err = run(t, dir, certs.LayoutV21, certs.Options{})
	require.ErrorIs(t, err, ErrForeign)
	dir, outside := t.TempDir(), t.TempDir()
	if os.Symlink(outside, filepath.Join(dir, "bin")) == nil {
		_, err = run(t, dir, certs.LayoutV21, certs.Options{})
		require.Error(t, err)
		assert.Empty(t, tree(t, outside))
	}
}

// The user's own file with the right content may be there; it is not taken over.
func TestSameContentIsLeftToTheUser(t *testing.T) {
	ca := caCert(t)
	dir := put(t, map[string][]byte{"ca.crt": ca, "ca/ca.crt": ca})
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	removed, kept, err := clean(t, dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"bin/esp_ca_cert.bin"}, removed)
	assert.Empty(t, kept)
	assert.Equal(t, map[string]string{"ca.crt": string(ca), "ca/ca.crt": string(ca)}, tree(t, dir))
}

func TestCleanRemovesOnlyWhatWasMade(t *testing.T) {
	dir := put(t, map[string][]byte{"bin/firmware.bin": []byte("mine"), "makefile.sh": []byte("mine"), "notes.pem": []byte("mine")})
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "include/cert.h"), []byte("edited"), 0o644))
	require.NoError(t, os.Remove(filepath.Join(dir, "server/server.key")))
	removed, kept, err := clean(t, dir)
	require.NoError(t, err)
	assert.Len(t, removed, 8)
	assert.Equal(t, []string{"include/cert.h"}, kept)
	assert.Equal(t, map[string]string{"bin/firmware.bin": "mine", "makefile.sh": "mine", "notes.pem": "mine", "include/cert.h": "edited"},
		tree(t, dir))
	assert.NoDirExists(t, filepath.Join(dir, "server"))
	assert.NoDirExists(t, filepath.Join(dir, "ca"))

	removed, kept, err = clean(t, dir) // again: nothing left to do
	require.NoError(t, err)
	assert.Empty(t, removed)
	assert.Empty(t, kept)
}

func TestEarlierCaseIsReported(t *testing.T) {
	ca := caCert(t)
	dir := t.TempDir()
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), ca, 0o644))
	f := open(t, dir)
	defer f.Close()
	in, err := certs.Read(os.DirFS(dir), f.Made, certs.LayoutV21)
	require.NoError(t, err)
	assert.False(t, in.Empty())
	r, err := in.Make(certs.Options{})
	require.NoError(t, err)
	left, err := f.Write(r.Files)
	require.NoError(t, err)
	assert.Contains(t, left, "ca/ca.key")
	assert.Contains(t, left, "include/cert.h")
	assert.NotContains(t, left, "ca/ca.crt")
	removed, kept, err := f.Clean()
	require.NoError(t, err)
	assert.Len(t, removed, 10)
	assert.Empty(t, kept)
	assert.Equal(t, map[string]string{"ca.crt": string(ca)}, tree(t, dir))
}

// A run that was killed between two files leaves both contents on record.
func TestRecordCoversAnInterruptedRun(t *testing.T) {
	dir := t.TempDir()
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	old := tree(t, dir)
	_, err = run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	record := old[ManifestName] + tree(t, dir)[ManifestName]
	require.NoError(t, os.WriteFile(filepath.Join(dir, ManifestName), []byte(record), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca/ca.crt"), []byte(old["ca/ca.crt"]), 0o644))
	removed, kept, err := clean(t, dir)
	require.NoError(t, err)
	assert.Len(t, removed, 10)
	assert.Empty(t, kept)
	assert.Empty(t, tree(t, dir))
}

func TestDamagedRecord(t *testing.T) {
	hash := hashOf([]byte("mine"))
	for name, record := range map[string]string{
		"text":             "hello\n",
		"short hash":       "ab  ca/ca.crt\n",
		"another file":     hash + "  important.txt\n",
		"outside":          hash + "  ../ca/ca.crt\n",
		"not hexadecimal":  strings.Repeat("x", 64) + "  ca/ca.crt\n",
		"too long":         strings.Repeat(hash+"  ca/ca.crt\n", 2000),
		"user's key in it": hash + "  client.key\n",
	} {
		dir := put(t, map[string][]byte{ManifestName: []byte(record), "important.txt": []byte("mine"), "client.key": []byte("mine")})
		_, err := Open(dir)
		require.ErrorIs(t, err, ErrManifest, name)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add("hello")
	f.Add(hashOf([]byte("mine")) + "  ca/ca.crt\n")
	f.Fuzz(func(t *testing.T, record string) {
		dir := t.TempDir()
		for _, name := range []string{"ca.crt", "mine.txt"} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o644))
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, ManifestName), []byte(record), 0o644))
		folder, err := Open(dir)
		if err == nil {
			_, _, _ = folder.Clean()
			_ = folder.Close()
		}
		for _, name := range []string{"ca.crt", "mine.txt"} {
			require.FileExists(t, filepath.Join(dir, name))
		}
	})
}

// A run that is killed between writing a file and renaming it leaves the file under another name. Clean and the next run
// remove it, and nothing else.
func TestLeftoversOfKilledRuns(t *testing.T) {
	killed := func(t *testing.T) (dir string, mine map[string]string) {
		dir = t.TempDir()
		_, err := run(t, dir, certs.LayoutV21, certs.Options{})
		require.NoError(t, err)
		f := open(t, dir)
		half := map[string]string{ManifestName + ".new": "0123"}
		for path, hashes := range f.made {
			require.Len(t, hashes, 1)
			half[tempOf(path, hashes[0])] = "half"
		}
		require.NoError(t, f.Close())
		require.Len(t, half, 11)
		mine = map[string]string{".emu8266-0123456789abcdef": "mine", "bin/.emu8266-notes": "mine too"}
		for _, files := range []map[string]string{half, mine} {
			for path, text := range files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(path)), []byte(text), 0o600))
			}
		}
		return dir, mine
	}
	t.Run("clean", func(t *testing.T) {
		dir, mine := killed(t)
		removed, kept, err := clean(t, dir)
		require.NoError(t, err)
		assert.Empty(t, kept)
		assert.Len(t, removed, 11+10)
		assert.Equal(t, mine, tree(t, dir))
	})
	t.Run("the next run", func(t *testing.T) {
		dir, _ := killed(t)
		_, err := run(t, dir, certs.LayoutV21, certs.Options{})
		require.NoError(t, err)
		assert.Len(t, tree(t, dir), 11+2)
	})
}

// The V1.0 layout does not take for inputs what it made before, and Clean removes all of it.
func TestV10AgainAndClean(t *testing.T) {
	dir := t.TempDir()
	for _, bits := range []int{1024, 512} {
		r, err := run(t, dir, certs.LayoutV10, certs.Options{Bits: bits})
		require.NoError(t, err)
		assert.Equal(t, "v1.0 new", r.Case)
	}
	removed, _, err := clean(t, dir)
	require.NoError(t, err)
	assert.Len(t, removed, 14)
	assert.Empty(t, tree(t, dir))
}

// What was made is what lies there, and keys are their owner's.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	r, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	for _, f := range r.Files {
		b, err := os.ReadFile(filepath.Join(dir, f.Path))
		require.NoError(t, err)
		assert.Equal(t, f.Data, b)
	}
	info, err := os.Stat(filepath.Join(dir, "ca/ca.key"))
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077)
}

// The user's own certificates stay as they are.
func TestInputsStay(t *testing.T) {
	dir := put(t, map[string][]byte{"ca.crt": caCert(t)})
	before := tree(t, dir)["ca.crt"]
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.NoError(t, err)
	assert.Equal(t, before, tree(t, dir)["ca.crt"])
}

// A bad input writes nothing.
func TestBadInputWritesNothing(t *testing.T) {
	dir := put(t, map[string][]byte{"ca.crt": []byte("text")})
	_, err := run(t, dir, certs.LayoutV21, certs.Options{})
	require.Error(t, err)
	assert.Equal(t, map[string]string{"ca.crt": "text"}, tree(t, dir))
}

func TestOpenNeedsAFolder(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none"))
	require.Error(t, err)
}
