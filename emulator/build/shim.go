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

// sizeMap finds a project that says its flash map by itself.
var sizeMap = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*define[ \t]+SPI_FLASH_SIZE_MAP\b`)

// makeShims makes a folder of headers under names that differ from those of the files in case, have backslashes, or lack the folder: each
// includes the one that is meant. It is searched last, so an exact name always wins. With the vendor's SDK there is an empty
// user_config.h, too, which its osapi.h includes.
func (b *builder) makeShims() error {
	known, err := b.known()
	if err != nil {
		return err
	}
	shims := map[string]string{} // name -> path of the header
	files := slices.Clone(b.project.headers)
	for _, f := range b.project.files {
		files = append(files, f.Source)
	}
	for _, file := range files {
		text, err := readText(file)
		if err != nil {
			return err
		}
		b.mapped = b.mapped || sizeMap.Match(text)
		for _, m := range includeLine.FindAllSubmatch(text, -1) {
			name := string(m[1])
			b.math = b.math || name == "math.h"
			clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
			if !filepath.IsLocal(filepath.FromSlash(clean)) {
				continue
			}
			target, ok := known[strings.ToLower(clean)]
			if !ok {
				target, ok = b.deeper(clean)
			}
			if ok && !strings.HasSuffix(filepath.ToSlash(target), "/"+name) || ok && known[strings.ToLower(clean)] == "" {
				shims[name] = target
			}
		}
	}
	b.shims, err = b.cache.shims(shims, b.SDK != "")
	return err
}

// deeper finds a header of the project that lies in a folder which is not searched: the one that lies least deep, of these the first.
func (b *builder) deeper(name string) (found string, ok bool) {
	depth := func(path string) int { return strings.Count(filepath.ToSlash(path), "/") }
	for _, h := range b.project.headers {
		if strings.HasSuffix(strings.ToLower(filepath.ToSlash(h)), "/"+strings.ToLower(name)) &&
			(!ok || depth(h) < depth(found) || depth(h) == depth(found) && h < found) {
			found, ok = h, true
		}
	}
	return found, ok
}

// shims makes the folder: by name, the header to include. config adds an empty user_config.h.
func (c *cache) shims(shims map[string]string, config bool) (string, error) {
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
func (b *builder) known() (map[string]string, error) {
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
	walk := func(root string) error {
		n := 0
		return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil && file == root:
				return filepath.SkipAll // the compiler says nothing of a folder that is not there
			case err != nil || d.IsDir():
				return err
			}
			if n++; n > filesMax {
				return filepath.SkipAll
			}
			if strings.EqualFold(filepath.Ext(file), ".h") {
				add(root, file)
			}
			return nil
		})
	}
	var given []string
	for _, folder := range b.Includes {
		given = append(given, b.abs(folder))
	}
	for _, f := range b.project.files {
		given = append(given, f.Includes...)
	}
	slices.Sort(given)
	for _, root := range slices.Compact(given) {
		if err := walk(root); err != nil {
			return nil, err
		}
	}
	for _, root := range b.project.includes {
		for _, h := range b.project.headers {
			add(root, h)
		}
	}
	for _, root := range append(b.sdkFolders(), filepath.Join(b.cache.sdk, "libc")) {
		if err := walk(root); err != nil {
			return nil, err
		}
	}
	return known, nil
}
