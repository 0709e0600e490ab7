package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator/csdk"
)

// keep is how long the cache keeps what nobody uses. Choice.
const keep = 30 * 24 * time.Hour

// cache is a folder with objects and with the headers and the runtime of this version of package csdk.
type cache struct{ dir, sdk string }

// openCache opens or makes the cache in a folder.
func openCache(dir string) (*cache, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, noCache(err)
		}
		dir = filepath.Join(user, "emu8266", "build")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, noCache(err)
	}
	c := &cache{dir: dir, sdk: filepath.Join(dir, sdkFolder())}
	return c, c.folder(c.sdk, func(temp string) error {
		for name, part := range sdkParts() {
			if err := os.CopyFS(filepath.Join(temp, name), part); err != nil {
				return err
			}
		}
		return nil
	})
}

// sdkParts are the folders that the cache has of package csdk.
func sdkParts() map[string]fs.FS {
	return map[string]fs.FS{"include": csdk.Headers(), "libc": csdk.Libc(), "rt": csdk.Runtime()}
}

// sdkFolder is the name of the folder for them, which tells what is in it.
var sdkFolder = sync.OnceValue(func() string {
	hash, parts := sha256.New(), sdkParts()
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		err := fs.WalkDir(parts[name], ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(parts[name], path)
			fmt.Fprintf(hash, "%s %s %d\n%s", name, path, len(b), b)
			return err
		})
		if err != nil {
			panic(err) // they are embedded
		}
	}
	return "sdk-" + hex.EncodeToString(hash.Sum(nil)[:8])
})

// noCache says what to do where there is no cache: a user without a home, or with one that nobody may write to.
func noCache(err error) error {
	return fmt.Errorf("no folder for objects: %w: name one that can be written to with --cache DIR", err)
}

// folder makes a folder whose name tells its content, unless it is there. Two builds may make it at the same time.
func (c *cache) folder(path string, fill func(temp string) error) error {
	if touch(path) {
		return nil
	}
	temp, err := os.MkdirTemp(c.dir, "new")
	if err != nil {
		return err
	}
	if err = fill(temp); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		err = errors.Join(err, os.RemoveAll(temp))
		if isDir(path) {
			return nil // another build was faster
		}
	}
	return err
}

// object is the name of the object that a compiler makes of preprocessed text.
func (c *cache) object(version, dir string, u unit, text []byte) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q %q\n", version, dir, u.args, u.source)
	hash.Write(text)
	return filepath.Join(c.dir, hex.EncodeToString(hash.Sum(nil)[:20])+".o")
}

// runtimePrefix begins the names of the runtime's objects.
const runtimePrefix = "runtime-"

// runtime is the name of the object of a file of the runtime, the same in each cache: the name of the SDK's folder tells its text and that
// of the headers.
func (c *cache) runtime(version string, u unit) string {
	args := make([]string, len(u.args))
	for i, a := range u.args {
		args[i] = strings.ReplaceAll(a, c.sdk, "")
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", version, filepath.Base(c.sdk), args, filepath.Base(u.source)))
	return filepath.Join(c.dir, runtimePrefix+hex.EncodeToString(hash[:20])+".o")
}

// touch reports whether a file or folder exists, and marks it as used.
func touch(path string) bool {
	now := time.Now()
	return os.Chtimes(path, now, now) == nil
}

// prune deletes what was not used for long.
func (c *cache) prune() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // another build was faster
		}
		ours := strings.HasSuffix(e.Name(), ".o") || strings.HasSuffix(e.Name(), ".tmp") || slices.ContainsFunc(
			[]string{"from-", "image-", toolPrefix}, func(p string) bool { return strings.HasPrefix(e.Name(), p) }) ||
			e.IsDir() && slices.ContainsFunc([]string{"sdk-", "shim-", "new", "link"}, func(p string) bool {
				return strings.HasPrefix(e.Name(), p)
			})
		if ours && time.Since(info.ModTime()) > keep {
			if err := os.RemoveAll(filepath.Join(c.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
