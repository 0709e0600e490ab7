package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrOutside says that a source would have the compiler read a file that Options.Within leaves out, or has what could do so unseen.
var ErrOutside = errors.New("a source reaches outside")

// confinement are the folders that a build may read from.
type confinement struct {
	own      []string // of Options.Within: #embed and assembler are looked for in their files
	compiler []string // of the SDK and the compiler
}

// harmless are flags of the compiler that name no file.
var harmless = regexp.MustCompile(`^-(W[A-Za-z0-9=+-]*|[DU][^\x00]*|O[0-9a-z]*|g[a-z0-9-]*|f[a-z0-9=-]*|std=[a-z0-9+]*|m[a-z0-9=-]*)$`)

// confine finds out what may be read; nil if everything may.
func (b *builder) confine(ctx context.Context) (*confinement, error) {
	if b.Within == nil {
		return nil, nil
	}
	flags := slices.Clone(b.CFlags)
	for _, f := range b.project.files {
		flags = append(flags, f.Flags...)
	}
	for i := 0; i < len(flags); i++ {
		switch {
		case (flags[i] == "-include" || flags[i] == "-idirafter") && i+1 < len(flags):
			i++ // what is read from there is looked at like all else
		case !harmless.MatchString(flags[i]) || strings.Contains(flags[i], "plugin"):
			return nil, fmt.Errorf("%w: the compiler's flag %s is not allowed here: leave it out", ErrOutside, flags[i])
		}
	}
	c := &confinement{}
	for _, folder := range b.Within {
		whole, err := filepath.EvalSymlinks(b.abs(folder))
		if err != nil {
			return nil, err
		}
		c.own = append(c.own, whole)
	}
	target := []string{}
	if b.Engine == EngineWasm {
		target = append(target, "--target=wasm32-unknown-unknown")
	}
	_, said, err := b.run(ctx, Command{Tool: b.compiler(), Dir: b.Dir,
		Args: append(target, "-E", "-v", "-x", "c", os.DevNull, "-o", "-")})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", said, err)
	}
	for _, line := range strings.Split(said, "\n") { // the folders that the compiler searches by itself stand alone in their lines
		if path := strings.TrimSpace(line); strings.HasPrefix(line, " ") && filepath.IsAbs(path) && isDir(path) {
			c.compiler = append(c.compiler, path)
		}
	}
	c.compiler = append(c.compiler, b.cache.sdk, b.shims)
	for i, folder := range c.compiler {
		if whole, err := filepath.EvalSymlinks(folder); err == nil {
			c.compiler[i] = whole
		}
	}
	return c, nil
}

// inFolders says whether a file lies below one of some folders, links followed.
func inFolders(path string, folders []string) bool {
	whole, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) { // a name that a source has made up with #line
		whole, err = filepath.Clean(path), nil
	}
	return err == nil && slices.ContainsFunc(folders, func(f string) bool {
		return whole == f || strings.HasPrefix(whole, strings.TrimSuffix(f, string(filepath.Separator))+string(filepath.Separator))
	})
}

// placed begins a message of the compiler: the file that it is about.
var placed = regexp.MustCompile(`(?m)^(?:In file included from |\s+from )?([^\s:][^:\n]*):\d+[:,]`)

// refused says why the preprocessed text of a source, or what the compiler has said of it, is not for a confined build. The compiler's
// words on a file outside have lines of it, and are not passed on.
func (b *builder) refused(source string, text []byte, said string) error {
	if b.confined == nil {
		return nil
	}
	read := map[string]bool{source: true}
	for _, m := range lineMarker.FindAllSubmatch(text, -1) {
		if name, err := strconv.Unquote(string(m[1])); err == nil && !strings.HasPrefix(name, "<") {
			read[b.abs(name)] = true
		}
	}
	for _, m := range placed.FindAllStringSubmatch(said, -1) {
		if !strings.HasPrefix(m[1], "<") {
			read[b.abs(m[1])] = true
		}
	}
	for path := range read {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue // the folder that the compiler works in
		}
		own := inFolders(path, b.confined.own)
		if !own && !inFolders(path, b.confined.compiler) {
			return fmt.Errorf("%w: %s reads %s: keep what is included in the project's folder", ErrOutside, source, path)
		}
		if own {
			if b, err := os.ReadFile(path); err == nil && embeds.Match(bytes.ReplaceAll(b, []byte("\\\n"), nil)) {
				return fmt.Errorf("%w: %s has #embed, which is not allowed here", ErrOutside, path)
			}
		}
	}
	if word := assembles(text); word != "" {
		return fmt.Errorf("%w: the assembler in %s has %s, which is not allowed here", ErrOutside, source, word)
	}
	return nil
}

// embeds finds #embed of C23.
var embeds = regexp.MustCompile(`(?m)^\s*(?:#|%:)\s*embed\b`)

// Assembler in preprocessed C, the joints of its strings, and what may not stand in it: directives that read files, and escapes in which
// such a directive could hide.
var (
	assembler = regexp.MustCompile(`\b(?:__asm__|__asm|asm)\b`)
	joints    = regexp.MustCompile(`"(?:\s|#[^\n]*\n)*"`)
	reading   = regexp.MustCompile(`(?i)incbin|\.include|\\[x0-7uUN]`)
)

// assembles returns what assembler in preprocessed text has that could read a file, "" for nothing.
func assembles(text []byte) string {
	if !assembler.Match(text) {
		return ""
	}
	return string(reading.Find(joints.ReplaceAll(text, nil)))
}
