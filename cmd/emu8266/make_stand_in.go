package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/recorder"
)

// standInsMax bounds how often make is asked again for files of the SDK or the compiler that are missing. Choice.
const standInsMax = 16

// noRule is what make says of such a file: how deep it runs, and the file. leaving names its folder behind that, where make tells it.
var (
	noRule  = lazyregexp.New(`make(\[\d+\])?: \*\*\* No rule to make target '([^']+)'`)
	leaving = lazyregexp.New(`make(\[\d+\])?: Leaving directory '([^']+)'`)
)

// standIn makes an empty file in place of one of the SDK or the compiler that make wants and that is not there: a linker script or a
// library, which a program here has nothing of. Outside of the copy nothing is made; make is told by flags that the file is old. ok is
// false if there is nothing to do.
func (t *makeTree) standIn(said string) (flags []string, ok bool) {
	at := noRule().FindStringSubmatchIndex(said)
	if at == nil {
		return nil, false
	}
	m := noRule().FindStringSubmatch(said)
	depth, name := m[1], m[2]
	if !linkerScript().MatchString(filepath.ToSlash(name)) && !recorder.IsForeign(name) {
		return nil, false
	}
	folder := t.copy
	if depth != "" {
		folder = ""
		for _, l := range leaving().FindAllStringSubmatch(said[at[1]:], -1) {
			if l[1] == depth {
				folder = l[2]
				break
			}
		}
	}
	file := name
	if !filepath.IsAbs(file) && folder != "" {
		file = filepath.Join(folder, file)
	}
	within, err := filepath.Rel(t.work, file)
	switch {
	case !filepath.IsAbs(file) || exists(file):
		return nil, false
	case err == nil && filepath.IsLocal(within):
		if os.MkdirAll(filepath.Dir(file), 0o755) != nil || os.WriteFile(file, nil, 0o644) != nil {
			return nil, false
		}
		return nil, true
	}
	return []string{"-o", name}, depth == "" && !strings.HasPrefix(name, "-")
}
