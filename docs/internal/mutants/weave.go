package mutants

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Weave puts all sites that stand in a comparison into one copy of their files, each behind its own switch, so that they are compiled
// once: a test binary that is built with the overlay runs as if nothing had changed, and with the environment's EMU8266_MUTANT=N as if
// site N were broken. With EMU8266_MUTANTS_REACHED=FILE it adds the numbers of the sites that it comes by to that file, one a line.
// Sites for which Woven is false are left out. The files of the overlay are written to dir.
func Weave(root, dir string, sites []Site) (overlay map[string]string, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	files := map[string][]numbered{}
	for i, s := range sites {
		if s.Woven() {
			files[s.File] = append(files[s.File], numbered{i, s})
		}
	}
	overlay = map[string]string{}
	add := func(name, text string) error {
		copied := filepath.Join(dir, fmt.Sprintf("woven%d.go", len(overlay)))
		overlay[filepath.Join(root, filepath.FromSlash(name))] = copied
		return os.WriteFile(copied, []byte(text), 0o600)
	}
	switched := map[string]bool{}
	for name, list := range files {
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(list, func(a, b numbered) int {
			if a.from != b.from {
				return a.from - b.from
			}
			return b.to - a.to
		})
		if err := add(name, weave(string(src), 0, len(src), list)); err != nil {
			return nil, err
		}
		if folder := path.Dir(name); !switched[folder] {
			switched[folder] = true
			if err := add(folder+"/emu8266_mutant.go", fmt.Sprintf(switches, packageOf(string(src)), len(sites))); err != nil {
				return nil, err
			}
		}
	}
	return overlay, nil
}

// numbered is a site with its number.
type numbered struct {
	n int
	Site
}

// weave returns src[from:to] with the sites of list, which lie in it, in order of their expressions, outer ones first.
func weave(src string, from, to int, list []numbered) string {
	var b strings.Builder
	for len(list) > 0 {
		// All sites of the first expression, and those inside of it.
		first := list[0]
		same, inner := 0, 0
		for same < len(list) && list[same].from == first.from && list[same].to == first.to {
			same++
		}
		for inner = same; inner < len(list) && list[inner].from < first.to; inner++ {
		}
		b.WriteString(src[from:first.from])
		b.WriteString("(")
		within := list[same:inner]
		for _, s := range list[:same] {
			end := s.offset + len(s.Old)
			before := slices.DeleteFunc(slices.Clone(within), func(i numbered) bool { return i.from >= end })
			after := slices.DeleteFunc(slices.Clone(within), func(i numbered) bool { return i.from < end })
			fmt.Fprintf(&b, "emu8266Mutant(%d) && (%s%s%s) || ", s.n,
				weave(src, first.from, s.offset, before), s.New, weave(src, end, first.to, after))
		}
		for _, s := range list[:same] {
			fmt.Fprintf(&b, "!emu8266Mutant(%d) && ", s.n)
		}
		fmt.Fprintf(&b, "(%s))", weave(src, first.from, first.to, within))
		from, list = first.to, list[inner:]
	}
	b.WriteString(src[from:to])
	return b.String()
}

// packageOf returns the name of a Go file's package.
func packageOf(src string) string {
	for line := range strings.Lines(src) {
		if name, ok := strings.CutPrefix(line, "package "); ok {
			return strings.Fields(name)[0]
		}
	}
	return ""
}

// switches are added to each package: its name and the number of sites are filled in.
const switches = `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var (
	emu8266Broken  = func() int { n, err := strconv.Atoi(os.Getenv("EMU8266_MUTANT")); if err != nil { return -1 }; return n }()
	emu8266Reached = os.Getenv("EMU8266_MUTANTS_REACHED")
	emu8266Seen    [%d]atomic.Bool
)

func emu8266Mutant(n int) bool {
	if emu8266Reached != "" && !emu8266Seen[n].Swap(true) {
		if f, err := os.OpenFile(emu8266Reached, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			f.WriteString(strconv.Itoa(n) + "\n")
			f.Close()
		}
	}
	return n == emu8266Broken
}
`
