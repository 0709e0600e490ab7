package wasm

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/emu8266/emu8266/emulator/board"
)

// Programs runs C firmware that lies in the flash, for upgrades over the air: its method Load is emulator.Config.Program.
//
//	var programs wasm.Programs
//	defer programs.Close()
//	device, err := emulator.New(emulator.Config{Program: programs.Load})
//
// An image for a slot is made from a .wasm file with image.BuildUser or `emu8266 flash image`. The same program is compiled
// once, for any number of devices. The zero value is ready; its methods may be called from any goroutine.
type Programs struct {
	mu     sync.Mutex
	images map[[sha256.Size]byte]*Image
}

// programsMax bounds the different programs that are kept. Choice.
const programsMax = 64

// Load returns the firmware of a program: the content of a .wasm file. Errors: as Load of the package, and for a program
// that is no WebAssembly.
func (p *Programs) Load(program []byte) (board.Firmware, error) {
	if !bytes.HasPrefix(program, []byte("\x00asm")) {
		return nil, errors.New("wasm: the program in the flash is no firmware of emu8266 build")
	}
	key := sha256.Sum256(program)
	p.mu.Lock()
	defer p.mu.Unlock()
	if i, ok := p.images[key]; ok {
		return i.Firmware(), nil
	}
	if len(p.images) >= programsMax {
		return nil, fmt.Errorf("wasm: more than %d different programs were loaded", programsMax)
	}
	i, err := Load(program)
	if err != nil {
		return nil, err
	}
	if p.images == nil {
		p.images = map[[sha256.Size]byte]*Image{}
	}
	p.images[key] = i
	return i.Firmware(), nil
}

// Close frees the machine code. No device may run any of the programs any more.
func (p *Programs) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, i := range p.images {
		errs = append(errs, i.Close())
	}
	p.images = nil
	return errors.Join(errs...)
}
