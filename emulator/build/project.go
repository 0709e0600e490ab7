package build

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// filesMax bounds the files of a project, C files and headers. Choice.
const filesMax = 10000

// project is what there is to compile, with absolute paths.
type project struct {
	members  []member // of static libraries, as the linker was given them
	files    []File   // C files, in order
	headers  []string // headers of the projects
	includes []string // folders to search for headers, in order
	names    []string // all files of the projects that others may include
}

// findProject lists files and folders of the sources.
func findProject(o Options) (project, error) {
	var p project
	for _, s := range o.Sources {
		path := o.abs(s)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return p, err
		case info.IsDir():
			before := len(p.files)
			if err := p.walk(path, o.Exclude); err != nil {
				return p, err
			}
			if len(p.files) == before && len(o.Files) == 0 {
				return p, fmt.Errorf("%s: %w", s, ErrNothing)
			}
		case !isC(path):
			return p, fmt.Errorf("%s: neither a C file nor a folder", s)
		default:
			p.files = append(p.files, File{Source: path})
			p.include(filepath.Dir(path))
			near, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.h"))
			if err != nil {
				return p, err
			}
			p.headers, p.names = append(p.headers, near...), append(p.names, near...)
		}
	}
	for _, f := range o.Files {
		if err := p.add(f, o); err != nil {
			return p, err
		}
	}
	for _, f := range p.files {
		if f.Archive != "" {
			p.members = append(p.members, member{f.Source, f.Archive})
		}
	}
	slices.SortStableFunc(p.files, func(a, b File) int { return strings.Compare(a.Source, b.Source) })
	p.files = slices.CompactFunc(p.files, func(a, b File) bool { return a.Source == b.Source && sameFlags(a, b) })
	return p, nil
}

// add adds a file with flags of its own.
func (p *project) add(f File, o Options) error {
	f.Source = o.abs(f.Source)
	if info, err := os.Stat(f.Source); err != nil {
		return err
	} else if info.IsDir() || !isC(f.Source) {
		return fmt.Errorf("%s: not a C file", f.Source)
	}
	folders := make([]string, len(f.Includes))
	for i, folder := range f.Includes {
		folders[i] = o.abs(folder)
	}
	f.Includes = folders
	p.files = append(p.files, f)
	for _, folder := range append(folders, filepath.Dir(f.Source)) {
		near, err := filepath.Glob(filepath.Join(folder, "*.h"))
		if err != nil {
			return err
		}
		p.headers, p.names = append(p.headers, near...), append(p.names, near...)
	}
	return nil
}

// sameFlags tells whether two files are compiled in the same way.
func sameFlags(a, b File) bool {
	return slices.Equal(a.Defines, b.Defines) && slices.Equal(a.Includes, b.Includes) && slices.Equal(a.Flags, b.Flags)
}

// walk adds the project in a folder.
func (p *project) walk(root string, exclude []string) error {
	var includes, folders []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		skip, err := excluded(rel, exclude)
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (skip || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case skip:
		case d.IsDir():
			if strings.EqualFold(d.Name(), "include") {
				includes = append(includes, path)
			}
		case isC(path):
			p.files = append(p.files, File{Source: path})
			if dir := filepath.Dir(path); !slices.Contains(folders, dir) {
				folders = append(folders, dir)
			}
		case strings.EqualFold(filepath.Ext(path), ".h"):
			p.headers = append(p.headers, path)
		}
		if !d.IsDir() && includable.MatchString(d.Name()) {
			p.names = append(p.names, path)
		}
		if len(p.files)+len(p.headers) > filesMax {
			return fmt.Errorf("%s: more than %d files", root, filesMax)
		}
		return nil
	})
	slices.SortStableFunc(includes, func(a, b string) int { // the project's own before those of what it brings
		return strings.Count(a, string(filepath.Separator)) - strings.Count(b, string(filepath.Separator))
	})
	for _, f := range append(append(includes, root), folders...) {
		p.include(f)
	}
	return err
}

// include adds a folder to those that are searched for headers.
func (p *project) include(folder string) {
	if !slices.Contains(p.includes, folder) {
		p.includes = append(p.includes, folder)
	}
}

// excluded tells whether a pattern is that of a path in the project, or of its last name.
func excluded(rel string, patterns []string) (bool, error) {
	for _, pattern := range patterns {
		for _, name := range []string{filepath.ToSlash(rel), filepath.Base(rel)} {
			ok, err := filepath.Match(strings.TrimSuffix(pattern, "/"), name)
			if err != nil {
				return false, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			if ok {
				return true, nil
			}
		}
	}
	return false, nil
}

// includable are names of files that others include: of headers, C, pieces and tables. Choice.
var includable = regexp.MustCompile(`(?i)\.(h|c|i)\w*$|\.def$`)

// IsSource tells whether a build can compile a file, by its name: C or C++.
func IsSource(path string) bool { return isC(path) }

func isC(path string) bool { return filepath.Ext(path) == ".c" || isCpp(path) }

// isCpp tells whether a file is C++.
func isCpp(path string) bool {
	return slices.Contains([]string{".cpp", ".cc", ".cxx"}, filepath.Ext(path))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
