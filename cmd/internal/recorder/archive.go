package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// archive plays ar: r and q put members in, x takes them out, d deletes, t lists.
func (p place) archive() error {
	args := slices.DeleteFunc(slices.Clone(p.args), func(a string) bool { return strings.HasPrefix(a, "--") })
	if len(args) < 2 {
		return nil // --version and the like
	}
	what, file, members := strings.TrimPrefix(args[0], "-"), args[1], args[2:]
	lines, err := readObject(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	wanted := func(l line) bool {
		return len(members) == 0 || slices.ContainsFunc(members, func(m string) bool { return filepath.Base(m) == l.Member })
	}
	switch {
	case strings.ContainsAny(what, "x"):
		return extract(lines, wanted)
	case strings.ContainsAny(what, "t"):
		for _, m := range memberNames(lines) {
			fmt.Fprintln(p.stdout, m)
		}
		return nil
	case strings.ContainsAny(what, "d"):
		return writeObject(file, slices.DeleteFunc(lines, wanted))
	case !strings.ContainsAny(what, "rq"):
		return nil
	}
	for _, m := range members {
		more, err := readObject(m)
		if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(m, "*?") {
			continue // a pattern that matched nothing: what the SDK's libraries would have given
		}
		if err != nil {
			return fmt.Errorf("%s: No such file or directory", m)
		}
		name := filepath.Base(m)
		lines = slices.DeleteFunc(lines, func(l line) bool { return l.Member == name && strings.Contains(what, "r") })
		for _, l := range more {
			l.Member = name
			lines = append(lines, l)
		}
	}
	return writeObject(file, lines)
}

func memberNames(lines []line) (names []string) {
	for _, l := range lines {
		if !slices.Contains(names, l.Member) {
			names = append(names, l.Member)
		}
	}
	return names
}

// extract writes members as objects into the working directory.
func extract(lines []line, wanted func(line) bool) error {
	for _, m := range memberNames(lines) {
		var own []line
		for _, l := range lines {
			if l.Member == m && wanted(l) {
				l.Member = ""
				own = append(own, l)
			}
		}
		if len(own) == 0 || m == "" || m != filepath.Base(m) {
			continue
		}
		if err := writeObject(m, own); err != nil {
			return err
		}
	}
	return nil
}

// copyOptions are options of objcopy whose value is the next argument.
var copyOptions = []string{"-j", "-O", "-I", "-F", "-B", "-R", "-N", "-K", "-L", "-G", "-W", "--only-section", "--remove-section",
	"--rename-section", "--redefine-sym", "--set-section-flags", "--add-section", "--strip-symbol", "--prefix-symbols", "--prefix-sections",
	"--output-target", "--input-target", "--target", "--binary-architecture", "--keep-symbol", "--localize-symbol", "--globalize-symbol",
	"--weaken-symbol", "--change-section-address", "--set-start", "--gap-fill", "--pad-to", "--add-symbol", "--update-section"}

// copyObject plays objcopy and strip: what they make of an object stands for the same sources.
func (p place) copyObject() error {
	var files []string
	for i := 0; i < len(p.args); i++ {
		switch a := p.args[i]; {
		case a == "-o":
			if i++; i < len(p.args) {
				files = append(files, p.args[i])
			}
		case slices.Contains(copyOptions, a):
			i++
		case !strings.HasPrefix(a, "-"):
			files = append(files, a)
		}
	}
	if len(files) != 2 {
		return nil
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	return os.WriteFile(files[1], b, 0o644)
}
