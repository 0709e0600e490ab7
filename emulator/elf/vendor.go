package elf

import (
	_ "embed"
	"slices"
	"strings"
)

// vendorText names the functions of the SDK's libraries that the emulator does not have and that work on what only the SDK's own code
// fills: the radio, the interfaces, TCP's connections (lx106.md 10.2). As code of the program they would read zeros. Not among them:
// what computes on its arguments alone (big numbers, hashes, JSON, mbedTLS, packet buffers) and what calls the SDK's functions as a
// program does (the AT commands), which runs as it is.
//
//go:embed vendor.txt
var vendorText string

var vendorNames = strings.Fields(vendorText)

// drivers begin the names of functions that the SDK gives as source, in driver_lib: programs have their own, which work on the
// registers.
var drivers = []string{"uart", "i2c_master_", "key_", "hw_timer_", "gpio16_", "spi_master_", "spi_slave_", "hspi_"}

// described begin the names of the files of the SDK's libraries that come with debug information (lx106.md 10.2). Choice: a pwm.c of
// the program's own counts as the SDK's, from which it comes.
var described = []string{"sc_sniffer.c:", "sc_esptouch.c:", "sc_airkiss.c:", "pwm.c:"}

// builtAt is in the names of files of SDK 3.0.5's libraries, all of which come with debug information (lx106.md 10.2).
const builtAt = "/nonos/app/"

// own reports whether a function with the name of one of the SDK's is the program's own: it has debug information, which the SDK's
// libraries have not, or is one of a driver.
func (i *Image) own(x symbol) bool {
	if i.foreign(x) {
		return false
	}
	line := i.debug.Line(uint64(x.addr))
	if strings.Contains(line, builtAt) {
		return false
	}
	line = line[strings.LastIndexAny(line, `/\`)+1:]
	begins := func(text string, list []string) bool {
		return slices.ContainsFunc(list, func(d string) bool { return strings.HasPrefix(text, d) })
	}
	return begins(x.name, drivers) || line != "" && !begins(line, described)
}
