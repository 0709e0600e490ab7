package build

import (
	"path/filepath"
	"slices"
)

// CompileCommand is an entry of compile_commands.json, by which editors learn how a file is compiled.
type CompileCommand struct {
	Directory string   `json:"directory"`
	File      string   `json:"file"`
	Arguments []string `json:"arguments"`
}

// CompileCommands are those of the firmware's files as Build would compile them for WebAssembly, without what only the image needs. headers
// is the folder that has the headers of the SDK and of the C library, in its folders include and libc (emu8266 sdk headers writes it).
// Options need no output.
func CompileCommands(o Options, headers string) ([]CompileCommand, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir, o.Engine, o.Test = dir, EngineWasm, false
	if err := o.settle(); err != nil {
		return nil, err
	}
	p, err := findProject(o)
	if err != nil {
		return nil, err
	}
	b := &builder{Options: o, project: p, tools: &programs{major: oldest}, cache: &cache{sdk: o.abs(headers)}}
	var all []CompileCommand
	for _, f := range p.files {
		args := append([]string{"clang"}, slices.DeleteFunc(b.common(), forImage)...)
		args = slices.Concat(args, b.searched(f), b.CFlags, f.Flags, []string{"-c", f.Source})
		all = append(all, CompileCommand{o.Dir, f.Source, slices.DeleteFunc(args, func(a string) bool { return a == "-I" })})
	}
	return all, nil
}

// forImage tells the flags that change the image alone.
func forImage(flag string) bool {
	return slices.Contains([]string{"-flto", "-Qn", "-mmutable-globals"}, flag)
}
