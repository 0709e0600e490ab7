package project

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// key is one of the file's, and what there is to say of it.
type key struct{ name, help string }

// keys are those of the file, in the order in which a file has them. A test compares them with the type.
var keys = []key{
	{"name", "Name of the image: NAME.wasm, or NAME.elf for the engine lx106, beside this file. Default: the folder's name."},
	{"sources", "C files, and folders with C files below them. Default: this folder. Not together with make, platformio or elf."},
	{"make", "Build what the project's own make would build; see emu8266 make --help."},
	{"make.folder", "Folder that make is called in. Default: this folder."},
	{"make.args", `Arguments of make, as in ["COMPILE=gcc", "BOOT=new", "APP=1", "SPI_SIZE_MAP=6"].`},
	{"platformio", "Build what platformio.ini of this folder says: src_dir, include_dir, lib folders, build_flags, flash size."},
	{"platformio.env", "Environment of platformio.ini. Default: that of default_envs, or the first."},
	{"elf", "An ELF file for the LX106 that another tool makes: it is run as it is."},
	{"include", "Folders that are searched for headers before all others."},
	{"define", "Macros, NAME or NAME=VALUE."},
	{"cflags", `Flags for the compiler, as in ["-Wextra", "-Werror"]; they come last.`},
	{"exclude", "Files and folders to leave out: a name, or a path in the project, with * and ?. The tests' folder is left out anyway."},
	{"engine", "What runs the firmware: wasm (clang compiles it) or lx106 (xtensa-lx106-elf-gcc does). Default: wasm."},
	{"sdk_version", "SDK whose headers are used. Default: 3.0, or what the headers of sdk say."},
	{"sdk", "Folder of the vendor's SDK, whose headers are used instead of those that emu8266 brings along."},
	{"stack", "Bytes of stack, a multiple of 16 from 1024 to 65536, for the engine wasm. Default: as on the chip."},
	{"check", "Check each access to memory as the firmware runs: NULL, alignment, overruns, freed blocks; and local arrays. " +
		"For the engine lx106 the local arrays alone."},
	{"profile", "Which SDK or manual the device follows: emu8266 run --help. Default: what an ELF file is linked with, else ManualV21."},
	{"heap", "Bytes of heap free at boot, from 1024 to 81920, in eights. Default: 49152, or what an ELF file's data leave."},
	{"flash_map", "SPI_FLASH_SIZE_MAP of the firmware: 0 to 9; 4 is 4 MB as 512+512 KB, 6 as 1024+1024 KB."},
	{"flash", "File with the flash chip's content; it is made if it does not exist. Default: a blank chip that is forgotten."},
	{"checks", "What becomes of misuse of the SDK: off, warn or fail. Default: warn."},
	{"tests", "Folder with tests. Default: test."},
	{"network", "What surrounds the device; each list takes what the flag of its name takes."},
	{"network.ap", "Access points, SSID or SSID:PASSWORD."},
	{"network.any_ap", "Whatever access point the firmware asks for is there."},
	{"network.dns", "Names, NAME or NAME=ADDR."},
	{"network.allow", "Ways out to real servers, as in broker.example:8883=localhost:8883. Time is real then."},
	{"network.hostfwd", "Ways in, PORT=DEVICEPORT. Time is real then."},
	{"network.static", "Addresses that the firmware gives itself, ADDR or ADDR/BITS."},
}

// enums are the texts that a key may have.
var enums = map[string][]string{
	"engine":      {"wasm", "lx106"},
	"sdk_version": {"2.0", "2.1", "2.2", "3.0"},
	"checks":      {"off", "warn", "fail"},
}

// limits are those of a number.
type limits struct{ least, most, multiple int64 }

func (l limits) String() string {
	if l.multiple == 1 {
		return fmt.Sprintf("give a number from %d to %d", l.least, l.most)
	}
	return fmt.Sprintf("give a multiple of %d from %d to %d", l.multiple, l.least, l.most)
}

// ranges are the limits of the numbers: the heap's are those of emu8266 run --heap, the maps those of the SDK's enum flash_size_map.
// Choice: the stack is at most 64 KB, twelve times the chip's.
var ranges = map[string]limits{
	"heap":      {1024, 81920, 1},
	"stack":     {1024, 65536, 16},
	"flash_map": {0, 9, 1},
}

// fields are the fields of Project by their keys; those of a table have the table's name and a point before theirs.
var fields = sync.OnceValue(func() map[string]reflect.StructField {
	found := map[string]reflect.StructField{}
	var add func(t reflect.Type, before string, index []int)
	add = func(t reflect.Type, before string, index []int) {
		for i := range t.NumField() {
			f := t.Field(i)
			name := f.Tag.Get("toml")
			if name == "" {
				continue
			}
			f.Index = append(append([]int{}, index...), f.Index...)
			found[before+name] = f
			if inner := table(f.Type); inner != nil {
				add(inner, before+name+".", f.Index)
			}
		}
	}
	add(reflect.TypeFor[Project](), "", nil)
	return found
})

// table is the struct of a type that is a table in the file, nil for others.
func table(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// keysBelow are the names of the keys in a table.
func keysBelow(table []string) (names []string) {
	before := strings.Join(table, ".")
	if before != "" {
		before += "."
	}
	for _, k := range keys {
		if rest, ok := strings.CutPrefix(k.name, before); ok && !strings.Contains(rest, ".") {
			names = append(names, rest)
		}
	}
	return names
}
