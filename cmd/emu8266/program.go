package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// program is firmware in a file, for one of the two engines.
type program interface {
	// Missing are functions of the SDK that it calls and that there are not.
	Missing() []string
	// firmware is the program for a device.
	firmware() progressing
	// coverage tells which lines ran.
	coverage() (coverage, error)
	Close() error
}

// progressing is firmware that tells whether it computes.
type progressing interface {
	emulator.Firmware
	Progress() (n uint64, computing bool)
}

// coverage is what the lines of C have counted.
type coverage interface {
	Lines() (all, ran int)
	WriteLCOV(w io.Writer) error
}

// errNoLines is what coverage says of an image that does not count.
var errNoLines = errors.New("the lines of compiled firmware are not counted yet: build it for the engine wasm with --test")

type wasmProgram struct{ *wasm.Image }

func (p wasmProgram) firmware() progressing       { return p.Firmware() }
func (p wasmProgram) coverage() (coverage, error) { return p.Coverage() }

type elfProgram struct{ *elf.Image }

func (p elfProgram) firmware() progressing { return p.Firmware() }

func (p elfProgram) coverage() (coverage, error) {
	return nil, errNoLines
}

func (p elfProgram) Close() error { return nil }

// loadProgram takes firmware from a file; what it is, the file tells.
func loadProgram(path string) (program, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	magic := make([]byte, 4)
	_, _ = io.ReadFull(f, magic) // what cannot be read, the loader tells
	if bytes.Equal(magic, []byte("\x7fELF")) {
		i, err := elf.LoadFile(path)
		if err != nil {
			return nil, err
		}
		return elfProgram{i}, nil
	}
	i, err := wasm.LoadFile(path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w; emu8266 run takes the .wasm that emu8266 build makes of C, and ELF files for the LX106, not C files "+
				"and not images for the chip", err)
		}
		return nil, err
	}
	return wasmProgram{i}, nil
}
