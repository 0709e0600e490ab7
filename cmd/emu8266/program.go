package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
)

// program is firmware in a file, for one of the two engines.
type program interface {
	// Missing are functions of the SDK that it calls and that there are not.
	Missing() []string
	// fit is the device that the program is made for.
	fit() fit
	// advice is how the program would have shown more mistakes, "" where it shows all that its engine can.
	advice() string
	// firmware is the program for a device.
	firmware() progressing
	// count lets lines be counted; an error if that cannot be.
	count() error
	// coverage tells which lines ran.
	coverage() (*cdebug.Coverage, error)
	Close() error
}

// progressing is firmware that tells whether it computes.
type progressing interface {
	emulator.Firmware
	Progress() (n uint64, computing bool)
}

// fit is what a program's file says of the device that it is for.
type fit struct {
	profile espconn.Profile
	heap    uint32 // bytes free at boot
	why     string // for people; "" where the file says nothing and all is as usual
}

// heapUsual is the heap of a device of which nothing else is known, in bytes.
const heapUsual = 49152

func (p wasmProgram) fit() fit { return fit{espconn.ManualV21(), heapUsual, ""} }

// fit takes the profile of the SDK that the program is linked with, and the heap that its data leave. Choice: never more than the usual.
func (p elfProgram) fit() fit {
	f := fit{espconn.ManualV21(), heapUsual, ""}
	profile, ok := p.Profile()
	if ok {
		f.profile = profile // with the program's own libraries, too: what is below them is of the same SDK
	}
	if p.VendorStack() {
		f.heap, f.why = min(p.HeapRoom(), chip.HeapMax), fmt.Sprintf("the libraries of SDK %s in it run as they are", p.SDKText())
		return f
	}
	if ok {
		f.why = fmt.Sprintf("linked with SDK %s: profile %s", p.SDKText(), profile.Name)
	}
	if room := p.HeapRoom(); room < f.heap {
		f.heap = room
		if f.why != "" {
			f.why += "; "
		}
		f.why += fmt.Sprintf("its data leave %d bytes of heap", room)
	}
	return f
}

// wasmProgram is an image, and the folder that it lies in.
type wasmProgram struct {
	*wasm.Image
	dir string
}

func (p wasmProgram) firmware() progressing               { return p.Firmware() }
func (p wasmProgram) coverage() (*cdebug.Coverage, error) { return p.Coverage() }

// count has nothing to do: what an image counts, its compiler has decided.
func (p wasmProgram) count() error {
	if _, err := p.Coverage(); errors.Is(err, wasm.ErrNoCounters) {
		return err
	}
	return nil
}

type elfProgram struct{ *elf.Image }

func (p wasmProgram) advice() string {
	if p.Checked() {
		return ""
	}
	how := "emu8266 build --check finds them"
	found, err := readProject(filepath.Join(p.dir, project.FileName))
	inProject := err == nil
	if inProject && found.Make != nil || !inProject && hasMakefile(p.dir) {
		how = "emu8266 make --check finds them"
	}
	if inProject {
		how += ", or check = true in " + project.FileName
	}
	return "the image has no memory checks: a NULL pointer or an overrun may have gone unseen, " + how
}

func (p elfProgram) advice() string                      { return "" }
func (p elfProgram) firmware() progressing               { return p.Firmware() }
func (p elfProgram) count() error                        { return p.CountLines() }
func (p elfProgram) coverage() (*cdebug.Coverage, error) { return p.Coverage() }

func (p elfProgram) Close() error { return nil }

// sayMissing names the functions of the SDK that a program calls and that there are not.
func sayMissing(w io.Writer, p program) {
	if missing := p.Missing(); len(missing) > 0 {
		fmt.Fprintf(w, "emu8266: functions that neither the firmware nor the emulator has, calling one ends the firmware: %s\n",
			strings.Join(missing, " "))
	}
}

// programMax is more than any loader takes, bytes.
const programMax = 64<<20 + 1

// stackVendor is the value of --stack for the libraries that a program is linked with.
const stackVendor = "vendor"

// loadProgram takes firmware from a file; what it is, the file tells. vendor lets the libraries run that an ELF file is linked with.
func loadProgram(path string, vendor bool) (program, error) {
	b, err := readProgram(path)
	if err != nil {
		return nil, err
	}
	return parseProgram(path, b, vendor)
}

// readProgram reads the file of firmware: once, as a pipe is read once. What is too large is refused before it is read.
func readProgram(path string) ([]byte, error) {
	defer reads()()
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() >= programMax {
		return nil, fmt.Errorf("%s has %d bytes, which is more than firmware has", path, info.Size())
	}
	return io.ReadAll(io.LimitReader(f, programMax))
}

// parseProgram is loadProgram for what the file at path holds.
func parseProgram(path string, b []byte, vendor bool) (program, error) {
	if bytes.HasPrefix(b, []byte("\x7fELF")) {
		load := elf.Load
		if vendor {
			load = elf.LoadVendor
		}
		i, err := load(b)
		if err != nil {
			return nil, err
		}
		return elfProgram{i}, nil
	}
	if vendor {
		return nil, fmt.Errorf("%s: --stack vendor runs the ELF file of a program that is linked with Espressif's libraries, "+
			"and nothing else", path)
	}
	i, err := wasm.Load(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; what is wanted is the .wasm that emu8266 build makes of C, or an ELF file for the LX106, not C; "+
			"an image for the chip runs with emu8266 run and its ELF file (--elf)", path, err)
	}
	return wasmProgram{i, filepath.Dir(path)}, nil
}
