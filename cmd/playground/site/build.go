package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/build"
)

//go:embed files
var files embed.FS

// Program is the page's program in a folder that Build has made, before the ending that tells how it is compressed: .gz or .lzma. The page
// unpacks it, so that any server will do.
const Program = "emu8266.wasm"

// module and command are what Build compiles.
const (
	module  = "github.com/emu8266/emu8266"
	command = module + "/cmd/playground"
)

// cold are packages whose speed nobody notices in the page. Without inlining in them the packed program is 6 per cent smaller.
var cold = []string{
	"compress/...", "crypto/ecdsa", "crypto/hpke", "crypto/mlkem", "crypto/tls", "crypto/x509", "debug/...", "encoding/...", "flag",
	"internal/zstd", "io/fs", "log/...", "mime/...", "net/...", "os/...", "path/...", "reflect", "regexp/...", "testing", "vendor/...",
	"github.com/google/gopacket/...", "github.com/gorilla/...", "github.com/mochi-mqtt/...", "go.uber.org/...", "gopkg.in/...",
	module + "/cmd/...", module + "/emulator/build", module + "/emulator/cause", module + "/emulator/cdebug", module + "/emulator/explain",
	module + "/emulator/report",
}

// small are the flags for that, and for what no peer of a script speaks: they offer no HTTP/2.
func small() (flags []string) {
	flags = append(flags, "-tags=nethttpomithttp2")
	for _, p := range cold {
		flags = append(flags, "-gcflags="+p+"=-l")
	}
	return flags
}

// ErrNoGo says that the page cannot be made because Go's tools are missing.
var ErrNoGo = errors.New("site: the go command is needed to make the page: install Go from go.dev, or take a release with the page in it")

// Options are how a page is made. The zero value makes one without a compiler, compressed with gzip.
type Options struct {
	Compiler string // folder of the npm package with the compiler for C (FetchCompiler, or build.FindPackage); "" for a page without it

	// XZ is the preset of the command xz, as "1" or "9e", that compresses the programs with LZMA instead of gzip. With 9e they are a third
	// smaller, and making the page takes two minutes longer.
	XZ string
}

// Build makes the page in dir, which is made if it is not there. It calls the go command, in the folder of the caller: inside this
// module, or one that requires it. Errors: [ErrNoGo], [ErrNoXZ]; what the go command says; those of the file system.
func Build(dir string, o Options) error {
	compiler, version := o.Compiler, ""
	if compiler != "" {
		if version = build.PackageAt(compiler); version == "" {
			return fmt.Errorf("site: %s is not the npm package with the compiler, which npm install @yowasp/clang makes", compiler)
		}
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		return ErrNoGo
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "emu8266-page-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	program := filepath.Join(temp, "emu8266.wasm")
	cmd := exec.Command(tool, slices.Concat([]string{"build", "-trimpath", "-ldflags=-s -w"}, small(), []string{"-o", program, command})...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("site: go build %s: %w\n%s", command, err, bytes.TrimSpace(out))
	}
	root, err := exec.Command(tool, "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("site: go env GOROOT: %w", err)
	}
	loader, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	wasm, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	packed, err := o.pack(wasm)
	if err != nil {
		return err
	}
	all := map[string][]byte{
		Program + o.kind(): packed, "tools.mjs": build.PackageScript(),
		"compiler.json": fmt.Appendf(nil, "{\"version\":%q}\n", version),
	}
	static, err := fs.Sub(files, "files")
	if err != nil {
		return err
	}
	err = fs.WalkDir(static, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if all[path], err = fs.ReadFile(static, path); err == nil {
				all[path] = bytes.Replace(all[path], []byte("PACKED"), []byte(o.kind()), 1)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	all["worker.js"] = slices.Concat(all["unpack.js"], all["memory.js"], all["worker.js"], all["guest.js"], loader)
	delete(all, "memory.js")
	delete(all, "guest.js")
	all["sw.js"] = bytes.Replace(all["sw.js"], []byte("VERSION"), []byte(hashed(all)), 1)
	for _, kind := range []string{".gz", ".lzma"} { // of a page that was here before
		if err := os.RemoveAll(filepath.Join(dir, Program+kind)); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, CompilerFolder)); err != nil {
		return err
	}
	for _, name := range names(all) {
		if err := os.WriteFile(filepath.Join(dir, name), all[name], 0o666); err != nil {
			return err
		}
	}
	if compiler == "" {
		return nil
	}
	return o.addCompiler(dir)
}

// hashed names the files by their content: another page is another version, and a browser fetches it.
func hashed(all map[string][]byte) string {
	sum := sha256.New()
	for _, name := range names(all) {
		fmt.Fprintf(sum, "%s %d\n", name, len(all[name]))
		sum.Write(all[name])
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func names(all map[string][]byte) (list []string) {
	for name := range all {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
