package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/emulator/build"
)

// framework is what PlatformIO calls the SDK that can be built.
const framework = "esp8266-nonos-sdk"

// fromPlatformIO puts what a platformio.ini says into the options of a build.
func fromPlatformIO(p *project.Project, o *build.Options) error {
	path := p.Path("platformio.ini")
	text, err := readFile(path, textMax)
	if err != nil {
		return usagef("%s: platformio: %v", p.At("platformio"), err)
	}
	ini, err := project.ParseINI(path, text)
	if err != nil {
		return usagef("%v", err)
	}
	e, err := ini.PlatformIOBuild(p.PlatformIO.Env)
	if err != nil {
		return usagef("%s: %v", path, err)
	}
	if e.Framework != framework {
		return usagef("%s: environment %s has the framework %q: emu8266 builds firmware for the NonOS SDK, framework = %s", path, e.Env,
			e.Framework, framework)
	}
	if !isFolder(p.Path(e.Sources)) {
		return usagef("%s: there is no folder %s with sources (src_dir)", path, e.Sources)
	}
	o.Sources = []string{p.Path(e.Sources)}
	folders := append(p.Paths(e.Folders), p.Path(e.Sources))
	if isFolder(p.Path(e.Includes)) {
		folders = append(folders, p.Path(e.Includes))
	}
	for _, l := range e.Libraries {
		if err := libraries(p.Path(l), o, &folders); err != nil {
			return err
		}
	}
	o.Includes = append(o.Includes, folders...)
	o.Defines = append(slices.Clone(e.Defines), o.Defines...)
	for i, f := range e.Flags {
		if i > 0 && e.Flags[i-1] == "-include" {
			continue
		}
		if f == "-include" && i+1 < len(e.Flags) {
			o.CFlags = append(o.CFlags, f, e.Flags[i+1])
			continue
		}
		o.CFlags = append(o.CFlags, f)
	}
	if mapped := slices.ContainsFunc(o.Defines, func(d string) bool {
		return strings.HasPrefix(d,
			"SPI_FLASH_SIZE_MAP=")
	}); e.FlashMap >= 0 && !mapped {
		o.Defines = append(o.Defines, fmt.Sprintf("SPI_FLASH_SIZE_MAP=%d", e.FlashMap))
	}
	o.Exclude = append(o.Exclude, p.Excluded()...)
	return nil
}

// libraries adds those of a folder, one in each of its folders: its src if there is one. Their tests and examples are left out.
func libraries(dir string, o *build.Options, folders *[]string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // PlatformIO does not miss it either
	}
	for _, e := range entries {
		root := filepath.Join(dir, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		for _, inner := range []string{"src", "include"} {
			if at := filepath.Join(root, inner); isFolder(at) {
				*folders = append(*folders, at)
			}
		}
		sources := root
		if at := filepath.Join(root, "src"); isFolder(at) {
			sources = at
		} else {
			*folders = append(*folders, root)
		}
		if files, err := filepath.Glob(filepath.Join(sources, "*.c")); err != nil || len(files) == 0 {
			continue // headers only
		}
		o.Sources = append(o.Sources, sources)
	}
	if len(entries) > 0 {
		o.Exclude = append(o.Exclude, "test", "tests", "example", "examples")
	}
	return nil
}
