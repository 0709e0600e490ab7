package docs

import (
	"encoding/json"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/emu8266/emu8266/"

// rooms are the packages of the device from the ground up: each may import, of ours, only what stands before it. Packages that
// are not named here stand beside others; the tests below say what counts for them.
var rooms = []string{
	"netstack/internal/wire", "netstack", "netstack/vnet",
	"flash", "flash/image",
	"espconn/boundedtls/internal/record", "espconn/boundedtls", "espconn/boundedtls/mbedtls", "espconn/boundedtls/axtls", "espconn",
	"emulator/trace", "emulator/chip", "emulator/wifi", "emulator/elf/internal/lx106",
	"emulator/internal/soc", "emulator/internal/radio", "emulator/internal/machine",
	"emulator/board", "emulator/sdk", "emulator/internal/cabi", "emulator/wasm", "emulator/elf",
	"emulator/cause", "emulator/explain", "emulator",
}

// packageInfo is what go list says of a package.
type packageInfo struct {
	ImportPath, Name, Export string
	Imports                  []string
}

// packages returns the module's packages by path within it, and the export data of all that they need.
func packages(t *testing.T) (ours map[string]packageInfo, export map[string]string) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Name,Export,Imports", "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	ours, export = map[string]packageInfo{}, map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p packageInfo
		if err := d.Decode(&p); err == io.EOF {
			return ours, export
		} else {
			require.NoError(t, err)
		}
		export[p.ImportPath] = p.Export
		if path, ok := strings.CutPrefix(p.ImportPath, module); ok {
			ours[path] = p
		}
	}
}

func imports(p packageInfo) (paths []string) {
	for _, i := range p.Imports {
		if path, ok := strings.CutPrefix(i, module); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

func inside(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// The arrows between packages point one way.
func TestArrows(t *testing.T) {
	ours, _ := packages(t)
	place := map[string]int{}
	for i, r := range rooms {
		place[r] = i + 1
		require.Contains(t, ours, r)
	}
	for path, p := range ours {
		for _, i := range imports(p) {
			arrow := fmt.Sprintf("%s imports %s", path, i)
			if place[path] > 0 && place[i] > 0 {
				assert.Less(t, place[i], place[path], "%s, which stands above it", arrow)
			}
			for _, ground := range []string{"netstack", "flash", "espconn/boundedtls"} {
				if inside(path, ground) {
					assert.True(t, inside(i, ground), "%s: %s imports none of ours", arrow, ground)
				}
			}
			for _, low := range []string{"espconn", "netstack", "flash"} {
				if inside(path, low) {
					assert.False(t, inside(i, "emulator"), "%s: arrows come down from the emulator", arrow)
				}
			}
			if i == "emulator" {
				above := inside(path, "cmd") || inside(path, "examples") || path == "emulator/devtest" || path == "emulator/debug"
				assert.True(t, above, "%s: package emulator is the door, for those outside", arrow)
			}
			assert.False(t, inside(i, "cmd") && !inside(path, "cmd") || inside(i, "examples") && !inside(path, "examples"), arrow)
		}
		if inside(path, "emulator/trace") || inside(path, "emulator/chip") {
			assert.Empty(t, imports(p), "%s holds plain data", path)
		}
		if inside(path, "emulator/elf/internal/lx106") {
			assert.Empty(t, imports(p), "%s is a processor core and knows nothing of the device", path)
		}
	}
}

// What users see names no type of an internal package: they could not write it down.
func TestNoInternalTypesOutside(t *testing.T) {
	ours, export := packages(t)
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		f, err := os.Open(export[path])
		if err != nil {
			return nil, fmt.Errorf("export data of %s: %w", path, err)
		}
		return f, nil
	})
	for path, p := range ours {
		if p.Export == "" || p.Name == "main" || strings.Contains("/"+path+"/", "/internal/") {
			continue
		}
		pkg, err := imp.Import(p.ImportPath)
		require.NoError(t, err)
		for _, name := range pkg.Scope().Names() {
			obj := pkg.Scope().Lookup(name)
			if obj.Exported() {
				for _, s := range internals(obj) {
					t.Errorf("%s: %s", path, s)
				}
			}
		}
	}
}

// internals returns what an exported declaration shows of internal packages.
func internals(obj types.Object) (found []string) {
	check := func(what string, t types.Type) {
		if n := internalIn(t, map[types.Type]bool{}); n != "" {
			found = append(found, fmt.Sprintf("%s names %s", what, n))
		}
	}
	tn, ok := obj.(*types.TypeName)
	if !ok {
		check(obj.Name(), obj.Type())
		return found
	}
	if tn.IsAlias() {
		check(tn.Name(), types.Unalias(tn.Type()))
		return found
	}
	switch u := tn.Type().Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() {
				check(tn.Name()+"."+f.Name(), f.Type())
			}
		}
	case *types.Interface:
	default:
		check(tn.Name(), u)
	}
	methods := types.NewMethodSet(types.NewPointer(tn.Type()))
	if types.IsInterface(tn.Type()) {
		methods = types.NewMethodSet(tn.Type())
	}
	for m := range methods.Methods() {
		if m.Obj().Exported() {
			check(tn.Name()+"."+m.Obj().Name(), m.Obj().Type())
		}
	}
	return found
}

// internalIn returns the first type of one of our internal packages that t is written with, "" if there is none.
func internalIn(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	first := func(parts ...types.Type) string {
		for _, p := range parts {
			if n := internalIn(p, seen); n != "" {
				return n
			}
		}
		return ""
	}
	switch t := t.(type) {
	case *types.Alias:
		return first(types.Unalias(t))
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil && strings.HasPrefix(p.Path(), module) && strings.Contains(p.Path()+"/", "/internal/") {
			return t.String()
		}
		for a := range t.TypeArgs().Types() {
			if n := first(a); n != "" {
				return n
			}
		}
	case *types.Pointer:
		return first(t.Elem())
	case *types.Slice:
		return first(t.Elem())
	case *types.Array:
		return first(t.Elem())
	case *types.Chan:
		return first(t.Elem())
	case *types.Map:
		return first(t.Key(), t.Elem())
	case *types.Signature:
		for v := range t.Params().Variables() {
			if n := first(v.Type()); n != "" {
				return n
			}
		}
		for v := range t.Results().Variables() {
			if n := first(v.Type()); n != "" {
				return n
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if n := first(f.Type()); f.Exported() && n != "" {
				return n
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if n := first(m.Type()); n != "" {
				return n
			}
		}
	}
	return ""
}
