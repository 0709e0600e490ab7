package elf

import (
	"debug/elf"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// symbol is a name of the program.
type symbol struct {
	name string
	addr uint32
	size uint32
	code bool // a function, as far as the file says
}

// symbols are the names of a program.
type symbols struct {
	byName map[string]symbol // of several with one name, the global one
	code   []symbol          // by address, those of functions and labels where code lies
	data   []symbol          // by address, variables with a size
}

// readSymbols reads the symbol table.
func readSymbols(f *elf.File) (s symbols, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the symbol table is damaged")
		}
	}()
	s.byName = map[string]symbol{}
	if t := f.SectionByType(elf.SHT_SYMTAB); t != nil && t.Size/16 > symbolMax {
		return s, fmt.Errorf("more than %d symbols", symbolMax)
	}
	list, err := f.Symbols()
	if errors.Is(err, elf.ErrNoSymbols) || err == nil && len(list) == 0 {
		return s, errors.New("the file has no symbols: give the ELF file as the linker made it, without strip")
	}
	if err != nil {
		return s, fmt.Errorf("the symbol table is damaged: %w", err)
	}
	for _, e := range list {
		kind, global := elf.ST_TYPE(e.Info), elf.ST_BIND(e.Info) != elf.STB_LOCAL
		if e.Name == "" || e.Section == elf.SHN_UNDEF || kind == elf.STT_FILE || kind == elf.STT_SECTION || e.Value > 0xFFFFFFFF {
			continue
		}
		x := symbol{e.Name, uint32(e.Value), uint32(min(e.Size, 0xFFFFFFFF)), kind == elf.STT_FUNC}
		if _, twice := s.byName[x.name]; !twice || global {
			s.byName[x.name] = x
		}
		if kind == elf.STT_OBJECT && x.size > 0 {
			s.data = append(s.data, x)
		}
		if x.code || kind == elf.STT_NOTYPE && x.addr >= lx106.ROMBase && x.addr < lx106.FlashBase+lx106.FlashSize {
			s.code = append(s.code, x)
		}
	}
	sort.SliceStable(s.data, func(i, j int) bool { return s.data[i].addr < s.data[j].addr })
	sort.SliceStable(s.code, func(i, j int) bool {
		a, b := s.code[i], s.code[j]
		return a.addr < b.addr || a.addr == b.addr && a.code && !b.code
	})
	return s, nil
}

// find returns the function that an address lies in.
func (s symbols) find(addr uint32) (symbol, bool) {
	n := sort.Search(len(s.code), func(i int) bool { return s.code[i].addr > addr })
	for n--; n >= 0; n-- {
		if x := s.code[n]; x.code && x.size > 0 {
			for ; n > 0 && s.code[n-1].addr == x.addr && s.code[n-1].code; n-- {
			}
			return s.code[n], addr-x.addr < x.size
		}
	}
	return symbol{}, false
}

// place names an address: "function", "function+0x12", or the number.
func (s symbols) place(addr uint32) string {
	x, ok := s.find(addr)
	switch {
	case !ok:
		return fmt.Sprintf("0x%08x", addr)
	case x.addr == addr:
		return x.name
	}
	return fmt.Sprintf("%s+0x%x", x.name, addr-x.addr)
}

// versionText is how the SDK's library writes its version.
var versionText = regexp.MustCompile(`([23]\.\d\.\d(?:-dev|-rc\d)?\([0-9a-f]{7,8}\))\x00`)

// kin are programs for the chip, or its kin, that are not made with the NonOS SDK, told by a symbol that each of them has.
var kin = []struct{ symbol, what string }{
	{"call_start_cpu0", "for the ESP32 (ESP-IDF), another chip"},
	{"vTaskStartScheduler", "with the ESP8266 RTOS SDK (FreeRTOS): its API is another one"},
	{"xTaskGenericCreate", "with the ESP8266 RTOS SDK (FreeRTOS): its API is another one"},
	{"call_user_start_cpu0", "with ESP-IDF's style of the RTOS SDK: its API is another one"},
	{"cont_run", "with the Arduino core: its loop needs a second stack, which this engine does not switch"},
}

// check refuses what is no program of the NonOS SDK.
func (s symbols) check() error {
	for _, k := range kin {
		if _, ok := s.byName[k.symbol]; ok {
			return fmt.Errorf("this program was made %s; programs of the NonOS SDK are run", k.what)
		}
	}
	if x, ok := s.byName["user_init"]; !ok || x.addr < lx106.ROMBase {
		for name := range s.byName {
			if strings.HasPrefix(name, "call_user_start") {
				return errors.New("no user_init, but a boot loader's entry: this is no program of the NonOS SDK")
			}
		}
		return errors.New("no user_init: this is no program of the NonOS SDK, or its symbols were taken away")
	}
	return nil
}
