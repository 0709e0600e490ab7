package elf_test

import (
	delf "debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/espconn"
)

// What is no firmware is refused in one line that says what it is.
func TestRefused(t *testing.T) {
	of := func(change func(f *elfFile)) []byte {
		f := program()
		change(&f)
		return f.bytes()
	}
	with := func(name string) []byte { return program(elfSymbol{name, 0x40210000, delf.STT_FUNC, 3}).bytes() }
	piece := func(addr, size uint32, data string) []byte {
		return of(func(f *elfFile) { f.pieces = append(f.pieces, elfPiece{addr, []byte(data), size}) })
	}
	whole := program().bytes()
	for _, tc := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "no ELF file"},
		{"a text", []byte("#include <osapi.h>"), "no ELF file: it begins with 23 69 6e 63"},
		{"an image for the chip", []byte{0xE9, 1, 0, 0, 0}, "no ELF file: it begins with e9 01 00 00"},
		{"the headers alone", whole[:40], "the file is damaged"},
		{"cut off in the symbols", whole[:len(whole)-60], "the file is damaged"},
		{"for a PC", of(func(f *elfFile) { f.machine = delf.EM_386 }), "for EM_386, not for the ESP8266's Xtensa LX106"},
		{"for an ESP32-C3", of(func(f *elfFile) { f.machine = delf.EM_RISCV }), "for EM_RISCV, not for"},
		{"another Xtensa", of(func(f *elfFile) { f.big = true }), "another Xtensa: the LX106 has 32 bits and the lowest byte first"},
		{"for an ESP32", with("call_start_cpu0"), "for the ESP32 (ESP-IDF), another chip"},
		{"an object file", of(func(f *elfFile) { f.kind = delf.ET_REL }), "an object file, which is not linked yet"},
		{"a shared library", of(func(f *elfFile) { f.kind = delf.ET_DYN }), "no program but ET_DYN"},
		{"stripped", of(func(f *elfFile) { f.stripped = true }), "give the ELF file as the linker made it, without strip"},
		{"the Arduino core", with("cont_run"), "made with the Arduino core"},
		{"the RTOS SDK", with("vTaskStartScheduler"), "made with the ESP8266 RTOS SDK"},
		{"the RTOS SDK 3", with("call_user_start_cpu0"), "made with ESP-IDF's style of the RTOS SDK"},
		{"no user_init", of(func(f *elfFile) { f.symbols[0].name = "main" }),
			"no user_init: this is no program of the NonOS SDK"},
		{"a boot loader", of(func(f *elfFile) { f.symbols[0].name = "call_user_start" }),
			"no user_init, but a boot loader's entry"},
		{"overlapping", piece(0x40210002, 0, "abcd"), "segments overlap at 0x40210002"},
		{"a huge segment", piece(0x40220000, 0xFFFF0000, "abcd"), "outside the address space"},
		{"too much code", piece(0x40220000, 0x200000, "abcd"), "bytes beyond the first megabyte"},
		{"too much code in RAM", piece(0x40107FFE, 0, "abcd"), "code in instruction RAM goes 2 bytes beyond its end at 0x40108000"},
		{"too much data", piece(0x3FFE8000, 81921, "abcd"), "data goes 1 bytes beyond the 80 KB of data RAM"},
		{"where there is no memory", piece(0x10000000, 0, "abcd"), "no memory of the chip's lies there"},
		{"nothing to load", of(func(f *elfFile) { f.pieces = nil }), "there is nothing to load"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "firmware.elf")
			require.NoError(t, os.WriteFile(path, tc.file, 0o600))
			_, err := elf.LoadFile(path)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "\n")
			assert.Less(t, len(err.Error()), 200)
		})
	}
	_, err := elf.Load(whole)
	assert.NoError(t, err)
}

// The program's own SDK decides which profile fits.
func TestProfileOfSDK(t *testing.T) {
	text := func(s string) elfFile {
		f := program(elfSymbol{"user_text", 0x3FFE8000, delf.STT_OBJECT, 16})
		f.pieces = append(f.pieces, elfPiece{0x3FFE8000, []byte("\xd8\x93\xfe\x3f" + s + "\x00\x00{"), 0})
		return f
	}
	for _, tc := range []struct {
		version, symbol, want string
		sdk                   int
		sntp                  string // what its client does wrong (lwip.md 14)
	}{
		{"2.0.0(656edbf)", "", "SDK221", 20000, "late"},
		{"2.1.0(116b762)", "", "SDK221", 20100, "names late"},
		{"2.2.0(f28eaf2)", "mbedtls_ssl_init", "SDK221", 20200, "names late"},
		{"2.2.1(6ab97e9)", "ssl_ctx_new", "SDK306SSL", 20200, "names late"},
		{"3.0.0(d49923c)", "", "SDK301", 30000, "names late"},
		{"3.0.1(78a3e33)", "mbedtls_ssl_init", "SDK301", 30000, "late"},
		{"3.0.2(824dc80)", "mbedtls_ssl_init", "SDK306", 30000, "late"},
		{"3.0.5(b29dcd3)", "", "SDK306", 30000, ""},
		{"3.0.6-dev(072755c)", "", "SDK306", 30000, ""},
		{"3.0.6-dev(072755c)", "ssl_ctx_new", "SDK306SSL", 30000, ""},
		{"no version", "", "", 30000, ""},
	} {
		f := text(tc.version)
		if tc.symbol != "" {
			f.symbols = append(f.symbols, elfSymbol{tc.symbol, 0x40210000, delf.STT_FUNC, 3})
		}
		i, err := elf.Load(f.bytes())
		require.NoError(t, err)
		p, ok := i.Profile()
		assert.Equal(t, tc.want, p.Name, tc.version)
		assert.Equal(t, tc.want != "", ok)
		assert.Equal(t, tc.sdk, i.SDK(), tc.version)
		if ok {
			assert.Equal(t, tc.version, i.SDKText())
			assert.Equal(t, strings.HasPrefix(tc.version, "2.0."), p.TCPWithoutDF, "%s: the bit is of 2.1.0 on (lwip.md 8)", tc.version)
			assert.Equal(t, strings.HasPrefix(tc.version, "2.0."), p.SNTPEmptyNames, "%s: mended in 2.1.0 (lwip.md 14)", tc.version)
			early := strings.HasPrefix(tc.version, "2.0.") || strings.HasPrefix(tc.version, "2.1.")
			assert.Equal(t, early, p.ListenerResetsAhead, "%s: mended in 2.2.0 (lwip.md 4.2)", tc.version)
			assert.Equal(t, early, p.NoManualRecv, "%s: an option of 2.2.0 on (espconn.md 5.16)", tc.version)
			sntp := ""
			if p.SNTPNamesOnly {
				sntp = "names "
			}
			if p.SNTPLateLookup {
				sntp += "late"
			}
			assert.Equal(t, tc.sntp, sntp, tc.version)
			_, known := espconn.ProfileByName(p.Name)
			assert.True(t, known)
		}
	}
}

// Functions of the SDK's libraries that the emulator has not end the firmware by their name, and are told beforehand if the program
// can come to them: by a call, or by an address in a variable that its code names. Others of the library are not spoken of.
func TestLibraryFunctions(t *testing.T) {
	f := elfFile{
		pieces: []elfPiece{{0x40210000, []byte{
			0x00, 0x80, 0xFE, 0x3F, // a literal: the variable
			0x12, 0xC1, 0xF0, // addi a1, a1, -16
			0x21, 0xFE, 0xFF, // l32r a2, 0x40210000
			0x28, 0x02, // l32i.n a2, a2, 0
			0xC0, 0x02, 0x00, // callx0 a2
			0x80, 0x00, 0x00, // ret
		}, 0}, {0x3FFE8000, []byte{0x00, 0x00, 0x22, 0x40}, 0}, {0x40220000, []byte{0x80, 0, 0, 0, 0x80, 0, 0, 0}, 0}},
		symbols: []elfSymbol{
			{"user_init", 0x40210004, delf.STT_FUNC, 14}, {"table", 0x3FFE8000, delf.STT_OBJECT, 4},
			{"esp_now_init", 0x40220000, delf.STT_FUNC, 3}, {"esp_now_send", 0x40220004, delf.STT_FUNC, 3},
		},
	}
	i, err := elf.Load(f.bytes())
	require.NoError(t, err)
	assert.Equal(t, []string{"esp_now_init"}, i.Missing())
	synctest.Test(t, func(t *testing.T) {
		d, err := emulator.New(emulator.Config{Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		_ = d.Boot(i.Firmware())
		time.Sleep(time.Second)
		require.NotNil(t, d.Crash())
		assert.Contains(t, d.Crash().Why, "esp_now_init, which the emulator does not have")
	})
}

// The AT commands of the SDK's libat work on the SDK's functions alone: they run as they are. The same code under the name of a function
// that works on the radio's data does not.
func TestATLibraryRuns(t *testing.T) {
	for name, runs := range map[string]bool{"at_init": true, "at_cmdProcess": true,
		"at_japChack": true, "reset_tcp_block": true, "esp_now_init": false} {
		f := program(elfSymbol{name, 0x40220000, delf.STT_FUNC, 3})
		f.pieces = append(f.pieces, elfPiece{0x40220000, []byte{0x80, 0, 0, 0}, 0})
		f.symbols[0].size = 6
		f.pieces[0].data = []byte{0xC5, 0xFF, 0x0F, 0x06, 0xFF, 0xFF} // call0 0x40220000, then j to itself
		i, err := elf.Load(f.bytes())
		require.NoError(t, err)
		assert.Equal(t, runs, len(i.Missing()) == 0, name)
		synctest.Test(t, func(t *testing.T) {
			d, err := emulator.New(emulator.Config{Seed: 1})
			require.NoError(t, err)
			defer d.Close()
			_ = d.Boot(i.Firmware())
			require.NotNil(t, d.Crash())
			if runs {
				assert.Contains(t, d.Crash().Why, "for 3.2 s", "%s has returned", name)
			} else {
				assert.Contains(t, d.Crash().Why, name+", which the emulator does not have")
			}
		})
	}
}

// The heap that a program's data leave, and what is said to a device with more.
func TestHeapRoom(t *testing.T) {
	f := program()
	f.pieces = append(f.pieces, elfPiece{0x3FFE8000, []byte{1}, 37673}) // of it 37,672 bytes .bss
	i, err := elf.Load(f.bytes())
	require.NoError(t, err)
	assert.EqualValues(t, 81920-37680, i.HeapRoom())
	boot := func(heap uint32) (err error) {
		synctest.Test(t, func(t *testing.T) {
			d, e := emulator.New(emulator.Config{Seed: 1, HeapFree: heap})
			require.NoError(t, e)
			err = d.Boot(i.Firmware())
			require.NoError(t, d.Close())
		})
		return err
	}
	assert.NoError(t, boot(i.HeapRoom()))
	err = boot(i.HeapRoom() + 8)
	require.ErrorContains(t, err, "give the device 44240 bytes of heap or less")
	assert.False(t, strings.Contains(err.Error(), "\n"))
}

// Symbols that claim all of the memory do not hold Load up.
func TestLoadHugeSymbols(t *testing.T) {
	f := program()
	for n := range uint32(2000) {
		f.symbols = append(f.symbols, elfSymbol{"huge", 0x40200000 + 4*n, delf.STT_FUNC, 0xFFFFFFFF},
			elfSymbol{"huge", 0x3FFE8000 + 4*n, delf.STT_OBJECT, 0xFFFFFFFF})
	}
	f.symbols[0].size = 0xFFFFFFFF
	start := time.Now()
	_, err := elf.Load(f.bytes())
	require.NoError(t, err)
	assert.Less(t, time.Since(start), 10*time.Second)
}

// Load refuses damaged files; it does not panic, and takes no long time and no much memory.
func FuzzLoad(f *testing.F) {
	f.Add(program().bytes())
	f.Add(program(elfSymbol{"esp_now_init", 0x40210000, delf.STT_FUNC, 3}, elfSymbol{"table", 0x40210000, delf.STT_OBJECT, 8}).bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, err := elf.Load(b); err == nil {
			_ = i.Missing()
			_, _ = i.Profile()
		}
	})
}
