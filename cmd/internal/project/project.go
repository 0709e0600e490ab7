package project

import (
	"path/filepath"
	"strings"
)

// FileName is the name of a project's file.
const FileName = "emu8266.toml"

// Project is what a project's file says. A zero field says nothing: the command's own default counts.
type Project struct {
	Name       string      `toml:"name"`        // of the image; "" is the name of the folder, which ImageName gives
	Sources    []string    `toml:"sources"`     // C files and folders; with none of the four ways given, the folder itself
	Make       *Make       `toml:"make"`        // nil: no Makefile
	PlatformIO *PlatformIO `toml:"platformio"`  // nil: no platformio.ini
	ELF        string      `toml:"elf"`         // a file that some other tool makes; nothing is built then
	Include    []string    `toml:"include"`     // folders that are searched for headers before all others
	Define     []string    `toml:"define"`      // NAME or NAME=VALUE
	CFlags     []string    `toml:"cflags"`      // flags for the compiler
	Exclude    []string    `toml:"exclude"`     // patterns of files and folders to leave out
	Engine     string      `toml:"engine"`      // "wasm" or "lx106"; "" is wasm, or with ELF lx106
	SDKVersion string      `toml:"sdk_version"` // "2.0", "2.1", "2.2" or "3.0"
	SDK        string      `toml:"sdk"`         // folder of the vendor's SDK
	Stack      uint32      `toml:"stack"`       // bytes, a multiple of 16 from 1024 to 65536
	Check      bool        `toml:"check"`       // memory checks
	Profile    string      `toml:"profile"`     // name of an espconn.Profile, in any case of its letters
	Heap       uint32      `toml:"heap"`        // bytes free at boot
	FlashMap   *int        `toml:"flash_map"`   // SPI_FLASH_SIZE_MAP, 0 to 9; nil: not said
	Flash      string      `toml:"flash"`       // image of the flash chip
	Checks     string      `toml:"checks"`      // "off", "warn" or "fail"
	Tests      string      `toml:"tests"`       // folder of tests; "" is test, which TestsFolder gives
	Network    Network     `toml:"network"`

	path  string         // of the file, as it was given
	lines map[string]int // where each key stands
}

// Make is the project's own make.
type Make struct {
	Folder string   `toml:"folder"` // where make is called; "" is the project's
	Args   []string `toml:"args"`   // COMPILE=gcc, BOOT=new, a target
}

// PlatformIO is a platformio.ini in the project's folder.
type PlatformIO struct {
	Env string `toml:"env"` // its environment; "" is the default one, or the first
}

// Network is what surrounds the device. The lists hold what the flags of the same names take.
type Network struct {
	AP      []string `toml:"ap"`      // SSID or SSID:PASSWORD
	AnyAP   bool     `toml:"any_ap"`  // whatever access point the firmware asks for is there
	DNS     []string `toml:"dns"`     // NAME or NAME=ADDR
	Allow   []string `toml:"allow"`   // ways out
	Hostfwd []string `toml:"hostfwd"` // ways in
	Static  []string `toml:"static"`  // addresses that the firmware gives itself, ADDR or ADDR/BITS
}

// testsFolder is where tests are if nobody says where.
const testsFolder = "test"

// Dir is the folder of the project: that of its file.
func (p *Project) Dir() string { return filepath.Dir(p.path) }

// Path makes a path of the file one for the command: below the project's folder unless it is absolute. "" stays "".
func (p *Project) Path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.Dir(), filepath.FromSlash(name))
}

// Paths does Path with each of a list.
func (p *Project) Paths(names []string) []string {
	paths := make([]string, len(names))
	for i, n := range names {
		paths[i] = p.Path(n)
	}
	return paths
}

// ImageName is the name of the image, without folder: NAME.wasm or, for the engine lx106, NAME.elf.
func (p *Project) ImageName(engine string) string {
	name := p.Name
	if name == "" {
		name = "firmware"
		if dir, err := filepath.Abs(p.Dir()); err == nil && len(filepath.Base(dir)) > 1 {
			name = filepath.Base(dir)
		}
	}
	if engine == "lx106" {
		return name + ".elf"
	}
	return name + ".wasm"
}

// Image is where the image lies: the ELF file of the project, or the one that a build for the engine makes in the project's folder.
func (p *Project) Image(engine string) string {
	if p.ELF != "" {
		return p.Path(p.ELF)
	}
	return p.Path(p.ImageName(engine))
}

// TestsFolder is the folder of the project's tests.
func (p *Project) TestsFolder() string {
	if p.Tests == "" {
		return p.Path(testsFolder)
	}
	return p.Path(p.Tests)
}

// SourcePaths are the sources below the project's folder, which they are themselves if the file names none.
func (p *Project) SourcePaths() []string {
	if len(p.Sources) == 0 {
		return []string{p.Dir()}
	}
	return p.Paths(p.Sources)
}

// Excluded are the patterns of what a build leaves out: those of the file, and the tests' folder, which has a main of its own.
func (p *Project) Excluded() []string {
	tests, err := filepath.Rel(p.Dir(), p.TestsFolder())
	if err != nil || strings.HasPrefix(tests, "..") {
		return p.Exclude
	}
	return append(append([]string{}, p.Exclude...), filepath.ToSlash(tests))
}
