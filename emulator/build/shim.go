package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// An include line; the name is the first group.
var includeLine = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]`)

// shims makes a folder of headers under names that differ in case, or have backslashes, from those of the files: each
// includes the one that is meant. It is searched last, so an exact name always wins. config adds an empty user_config.h, which
// the vendor's osapi.h includes.
func (c *cache) shims(p project, config bool) (string, error) {
	known, err := c.known(p)
	if err != nil {
		return "", err
	}
	shims := map[string]string{} // name -> path of the header
	files := slices.Clone(p.headers)
	for _, f := range p.files {
		files = append(files, f.Source)
	}
	for _, file := range files {
		text, err := readText(file)
		if err != nil {
			return "", err
		}
		for _, m := range includeLine.FindAllSubmatch(text, -1) {
			name := string(m[1])
			clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
			target, ok := known[strings.ToLower(clean)]
			if ok && !strings.HasSuffix(filepath.ToSlash(target), "/"+name) && filepath.IsLocal(filepath.FromSlash(clean)) {
				shims[name] = target
			}
		}
	}
	if _, ok := shims["user_config.h"]; config && !ok {
		shims["user_config.h"] = ""
	}
	names := make([]string, 0, len(shims))
	hash := sha256.New()
	for name := range shims {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(hash, "%q %q\n", name, shims[name])
	}
	dir := filepath.Join(c.dir, "shim-"+hex.EncodeToString(hash.Sum(nil)[:8]))
	return dir, c.folder(dir, func(temp string) error {
		for _, name := range names {
			file := filepath.Join(temp, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			var text []byte
			if to := shims[name]; to != "" {
				text = fmt.Appendf(nil, "#include \"%s\"\n", filepath.ToSlash(to))
			}
			if err := os.WriteFile(file, text, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// known lists the headers by their names in lower case, as they can be written behind #include: relative to each folder
// that is searched. The first folder with a name has it.
func (c *cache) known(p project) (map[string]string, error) {
	known := map[string]string{}
	add := func(root, file string) {
		rel, err := filepath.Rel(root, file)
		if err != nil || strings.HasPrefix(rel, "..") {
			return
		}
		name := strings.ToLower(filepath.ToSlash(rel))
		if _, ok := known[name]; !ok {
			known[name] = file
		}
	}
	roots := slices.Clone(p.includes)
	for _, f := range p.files {
		for _, folder := range f.Includes {
			if !slices.Contains(roots, folder) {
				roots = append(roots, folder)
			}
		}
	}
	for _, root := range roots {
		for _, h := range p.headers {
			add(root, h)
		}
	}
	for _, root := range []string{filepath.Join(c.sdk, "include"), filepath.Join(c.sdk, "libc")} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				add(root, file)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}
