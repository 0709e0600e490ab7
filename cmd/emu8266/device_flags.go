package main

import (
	"cmp"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// deviceFlags say what device runs a firmware; what they leave open, the firmware's file decides (fit).
type deviceFlags struct {
	Profile string `help:"Which SDK or manual the device follows. Default: the SDK that an ELF file is linked with, else ManualV21." placeholder:"NAME"`
	Heap    uint32 `help:"Heap bytes free at boot, from 1024 to 81920, in eights. Default: 49152, or what the data of an ELF file leave." placeholder:"N"`
}

// check looks at the flags before anything is loaded.
func (d deviceFlags) check() error {
	if d.Heap != 0 {
		if err := checkHeap(d.Heap); err != nil {
			return err
		}
	}
	if d.Profile != "" {
		_, err := profileByName(d.Profile)
		return err
	}
	return nil
}

// over puts the flags over what the file says of its device. why is "" when nothing of the file counts.
func (d deviceFlags) over(f fit) (fit, error) {
	if d.Profile != "" && d.Heap != 0 {
		f.why = ""
	}
	if d.Heap != 0 {
		f.heap = d.Heap
	}
	if d.Profile == "" {
		return f, nil
	}
	var err error
	f.profile, err = profileByName(d.Profile)
	return f, err
}

// fromProject takes what the project's file says where the flags say nothing.
func (d *deviceFlags) fromProject(p *project.Project) {
	d.Profile, d.Heap = cmp.Or(d.Profile, p.Profile), cmp.Or(d.Heap, p.Heap)
}

// stackFlag says whose network code runs.
type stackFlag struct {
	Stack string `help:"Whose network code runs: sdk, the emulator's, by --profile; or vendor, what an ELF file is linked with: espconn, lwIP, TLS and the heap of Espressif's libraries, as they are." default:"sdk" enum:"sdk,vendor" placeholder:"sdk|vendor"`
}

// check looks at the flag beside those of the device.
func (s stackFlag) check(d deviceFlags) error {
	if s.Stack == stackVendor && d.Profile != "" {
		return usagef("--profile has no part in --stack vendor: the program's own libraries decide")
	}
	return d.check()
}

// load takes the firmware from its file.
func (s stackFlag) load(path string) (program, error) {
	p, err := loadProgram(path, s.Stack == stackVendor)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return p, nil
}

// checkHeap looks at a number of --heap.
func checkHeap(n uint32) error {
	if n < 1024 || n > chip.HeapMax {
		return usagef("--heap %d: give a number from 1024 to %d", n, chip.HeapMax)
	}
	return nil
}

// profileByName finds a profile; the error names them all.
func profileByName(name string) (espconn.Profile, error) {
	p, ok := espconn.ProfileByName(name)
	if ok {
		return p, nil
	}
	var names []string
	for _, p := range espconn.AllProfiles() {
		names = append(names, p.Name)
	}
	return p, usagef("there is no profile %q: %s", name, strings.Join(names, ", "))
}
