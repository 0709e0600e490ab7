package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// linked is what linking tells of an image. The cache keeps it beside the image.
type linked struct {
	Missing, Misfit, Unfit []string
	Warnings               []string
}

// image is the image of the objects: the one of the cache if it was made of the same objects, else a new one, for which others may be
// compiled.
func (b *builder) image(ctx context.Context, objects []string, r *Result) ([]byte, error) {
	kept := b.kept(objects)
	var l linked
	image, err := b.cache.image(kept, &l)
	if err != nil {
		if b.Engine == EngineLX106 {
			image, l, err = b.makeELF(ctx, objects)
		} else {
			image, l, err = b.makeWasm(ctx, objects)
		}
		if err == nil {
			err = b.cache.keepImage(kept, image, l)
		}
	}
	r.Warnings += strings.Join(l.Warnings, "")
	r.Missing, r.Misfit, r.Unfit, r.Bytes = l.Missing, l.Misfit, l.Unfit, len(image)
	return image, err
}

// linkRules counts the changes of what linking refuses and tells: an image that older rules let through is not taken from the cache.
const linkRules = 2

// kept is the file of the cache for the image of objects, which are named by what they are made of.
func (b *builder) kept(objects []string) string {
	version, _ := b.tools.Version()
	flags := b.linkFlags()
	if b.Engine == EngineLX106 {
		flags = append(cabi.Names(), b.script())
	}
	for _, m := range b.project.members {
		flags = append(flags, m.source, m.archive)
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %t %q %q", linkRules, version, b.Dir, b.Engine, b.Version, b.Test, flags,
		objects))
	return filepath.Join(b.cache.dir, "image-"+hex.EncodeToString(hash[:20]))
}

// image reads an image and what linking told of it: a line of JSON before it.
func (c *cache) image(path string, l *linked) ([]byte, error) {
	all, err := os.ReadFile(path)
	if err != nil || !touch(path) {
		return nil, errors.Join(err, os.ErrNotExist)
	}
	told, image, _ := bytes.Cut(all, []byte("\n"))
	return image, json.Unmarshal(told, l)
}

// keepImage writes what image reads.
func (c *cache) keepImage(path string, image []byte, l linked) error {
	told, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return writeFile(path, slices.Concat(told, []byte("\n"), image))
}

// makeELF links for the LX106.
func (b *builder) makeELF(ctx context.Context, objects []string) (image []byte, l linked, err error) {
	if slices.ContainsFunc(b.units, func(u unit) bool { return u.archive != "" }) {
		if objects, err = b.members(ctx, objects); err != nil {
			return nil, l, err
		}
	}
	if l.Warnings, err = b.twice(ctx, objects); err != nil {
		return nil, l, err
	}
	if image, l.Missing, err = b.linkLX106(ctx, objects); err != nil {
		return nil, l, b.named(err, objects)
	}
	_, err = elf.Load(image)
	return image, l, err
}

// makeWasm links for WebAssembly, a second time if the first image has calls that do not fit: the functions that these call are kept then,
// for the engine. With Test the linker says nothing of functions that are defined twice: what counts branches puts each into a group of
// its own (COMDAT), of which the first is taken.
func (b *builder) makeWasm(ctx context.Context, objects []string) (image []byte, l linked, err error) {
	libraries := slices.ContainsFunc(b.units, func(u unit) bool { return u.archive != "" })
	if b.Test {
		if libraries {
			if objects, err = b.members(ctx, objects); err != nil {
				return nil, l, err
			}
		}
		if _, err = b.twice(ctx, objects); err != nil {
			return nil, l, err
		}
	}
	image, err = b.link(ctx, objects)
	if err != nil && strings.Contains(err.Error(), "duplicate symbol: ") {
		if libraries && !b.Test {
			if objects, err = b.members(ctx, objects); err != nil {
				return nil, l, err
			}
			image, err = b.link(ctx, objects)
		}
	}
	if err != nil && strings.Contains(err.Error(), "duplicate symbol: ") {
		if objects, l.Warnings, err = b.merge(ctx, objects, err.Error()); err != nil {
			return nil, l, err
		}
		image, err = b.link(ctx, objects)
	}
	if err == nil {
		if called := unfit(image); len(called) > 0 {
			image, err = b.link(ctx, objects, exported(called)...)
		}
	}
	if err != nil {
		return nil, l, b.named(err, objects)
	}
	loaded, err := wasm.Load(image)
	if err != nil {
		return nil, l, err
	}
	l.Missing = loaded.Missing()
	l.Misfit, l.Unfit = loaded.Misfits()
	return image, l, loaded.Close()
}

// optional are the files of the runtime for variables of the SDK's library and its linker script that no header declares, by name:
// they are linked if the firmware asks for them.
var optional = map[string]string{
	"scannum": "scan.c", "__init_array_start": "ctors.c", "__init_array_end": "ctors.c", "at_customLinkMax": "at.c",
}

// link makes the image of the objects, and of what else they ask for.
func (b *builder) link(ctx context.Context, objects []string, flags ...string) (image []byte, err error) {
	image, objects, err = b.linkRenamed(ctx, objects, flags)
	if err == nil && !b.math && asksForMath(image) {
		object, _, _, e := b.compile(ctx, b.mathUnit())
		if e != nil {
			return nil, e
		}
		image, objects, err = b.linkRenamed(ctx, append(slices.Clone(objects), object), flags)
	}
	for name, file := range optional {
		if err == nil || !strings.Contains(err.Error()+"\n", "undefined symbol: "+name+"\n") {
			continue
		}
		object, _, _, e := b.compile(ctx, unit{source: filepath.Join(b.cache.sdk, "rt", file), args: b.runtimeFlags(file != "ctors.c")})
		if e != nil {
			return nil, e
		}
		objects = append(slices.Clone(objects), object)
		image, err = b.linkOnce(ctx, objects, flags)
	}
	return image, err
}

// linkRenamed links, and gives functions of the runtime other names where that helps: rename. It returns the objects that were linked.
func (b *builder) linkRenamed(ctx context.Context, objects, flags []string) (image []byte, linked []string, err error) {
	image, err = b.linkOnce(ctx, objects, flags)
	names := map[string][]string{}
	for err != nil {
		renamed, e := b.rename(ctx, objects, err.Error(), names)
		if renamed == nil || e != nil {
			return nil, objects, errors.Join(err, e)
		}
		objects = renamed
		image, err = b.linkOnce(ctx, objects, flags)
	}
	return image, objects, nil
}

// variableOfFunction is what the linker says of a variable that is called as a function of another object is.
var variableOfFunction = regexp.MustCompile(`symbol type mismatch: (\S+)\n` +
	`>>> defined as WASM_SYMBOL_TYPE_DATA in .*\n>>> defined as WASM_SYMBOL_TYPE_FUNCTION in (.*)`)

// rename gives functions of the runtime other names if the firmware has variables with theirs: GNU ld takes of a library only what has no
// name yet. It returns nil if said tells of none. Each call adds to the names by object.
func (b *builder) rename(ctx context.Context, objects []string, said string, names map[string][]string) (renamed []string, err error) {
	version, _ := b.tools.Version()
	for _, m := range variableOfFunction.FindAllStringSubmatch(said, -1) {
		name, object := m[1], m[2]
		i := slices.Index(objects, object)
		for _, u := range append(slices.Clone(b.units), b.mathUnit()) {
			u.args = append(slices.Clone(u.args), names[object]...)
			if i < 0 || u.own || b.cache.runtime(version, u) != object {
				continue
			}
			define := "-D" + name + "=emu8266_" + name
			if slices.Contains(u.args, define) {
				continue // it has the other name, and that does not help
			}
			u.args = append(u.args, define)
			next, _, _, err := b.compile(ctx, u)
			if err != nil {
				return nil, err
			}
			if renamed == nil {
				renamed = slices.Clone(objects)
			}
			renamed[i] = next
			names[next] = append(slices.Clone(names[object]), define)
			objects = renamed
			break
		}
	}
	return renamed, nil
}

func (b *builder) linkOnce(ctx context.Context, objects, flags []string) (image []byte, err error) {
	temp, err := os.MkdirTemp(b.cache.dir, "link")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	out := filepath.Join(temp, "firmware.wasm")
	_, said, err := b.run(ctx, Command{Tool: "wasm-ld", Dir: b.Dir, Args: slices.Concat(b.linkFlags(), flags, objects, []string{"-o", out}),
		Inputs: objects, Output: out})
	if err != nil {
		return nil, errors.New(strings.TrimSpace(said))
	}
	return os.ReadFile(out)
}

// Functions returns the names, sorted, of the functions that firmware can call, as it writes them: for advice on one that is missing.
func Functions() []string {
	names := make([]string, 0, len(cabi.Names()))
	for _, name := range cabi.Names() {
		names = append(names, cabi.Written(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
