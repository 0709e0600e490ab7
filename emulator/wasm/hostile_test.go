package wasm

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// hostileFirmware is a module whose user_init calls one function of the SDK with given arguments. In its memory are zeros,
// but for 64 bytes of ones at 0x600; function pointer 1 is a callback with one parameter, which does nothing.
func hostileFirmware(name string, args []uint32) []byte {
	return hostileModule(name, args, []byte{1, 4, 4}, nil)
}

// hostileModule is the same with the limits of the function table and one more section to choose.
func hostileModule(name string, args []uint32, table, more []byte) []byte {
	const i32 = 0x7F
	u := func(n int) []byte { // LEB128
		var b []byte
		for {
			c := byte(n & 0x7F)
			if n >>= 7; n == 0 {
				return append(b, c)
			}
			b = append(b, c|0x80)
		}
	}
	s := func(v uint32) []byte { // signed
		var b []byte
		n := int64(int32(v))
		for {
			c := byte(n & 0x7F)
			n >>= 7
			if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
				return append(b, c)
			}
			b = append(b, c|0x80)
		}
	}
	str := func(t string) []byte { return append(u(len(t)), t...) }
	section := func(id byte, body ...[]byte) []byte {
		all := bytes.Join(body, nil)
		return append(append([]byte{id}, u(len(all))...), all...)
	}
	export := func(t string, kind byte, index int) []byte { return append(append(str(t), kind), u(index)...) }
	code := func(body ...byte) []byte { return append(u(len(body)+1), append([]byte{0}, body...)...) }

	var call []byte
	for _, a := range args {
		call = append(append(call, 0x41), s(a)...)
	}
	call = append(call, 0x10, 0x00, 0x1A, 0x0B)           // call 0, drop, end
	espCall := []byte{0x20, 2, 0x20, 0, 0x11, 3, 0, 0x0B} // call_indirect of the callback type
	return bytes.Join([][]byte{
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, u(5),
			append(append([]byte{0x60}, u(len(args))...), append(bytes.Repeat([]byte{i32}, len(args)), 1, i32)...), // 0: the import
			[]byte{0x60, 0, 0},                           // 1: user_init
			[]byte{0x60, 0, 1, i32},                      // 2: esp_idle_addr
			[]byte{0x60, 1, i32, 0},                      // 3: a callback
			[]byte{0x60, 5, i32, i32, i32, i32, i32, 0}), // 4: esp_call
		section(2, u(2), str("esp"), str(name), []byte{0, 0}, str("esp"), str("esp_watchdog"), []byte{0, 1}),
		section(3, u(4), []byte{1, 2, 3, 4}),
		section(4, u(1), []byte{0x70}, table),
		section(5, u(1), []byte{0, 1}),
		section(6, u(1), []byte{i32, 0, 0x41}, s(0x8000), []byte{0x0B}),
		section(7, u(5), export("memory", 2, 0), export("user_init", 0, 2), export("esp_idle_addr", 0, 3),
			export("esp_call", 0, 5), export("__heap_base", 3, 0)),
		more,
		section(9, u(1), []byte{0, 0x41, 1, 0x0B, 1, 4}), // function pointer 1 is the callback
		section(10, u(4), code(call...), code(append(append([]byte{0x41}, s(0x500)...), 0x0B)...), code(0x0B), code(espCall...)),
		section(11, u(1), []byte{0, 0x41}, s(0x600), []byte{0x0B}, u(64), bytes.Repeat([]byte{0xFF}, 64)),
	}, nil)
}

// Every function of the SDK, with each of its arguments set to addresses and numbers that are wrong in some way: the
// result is a return or the device's exception, never a panic, and no host memory is touched.
func TestHostileArguments(t *testing.T) {
	values := []uint32{0, 1, 0x3FF, 0x400, 0x600, 0x601, 0x8000, 0x1FFFC, 0x1FFFF, 0x20000,
		0x60000304, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF}
	names := slices.DeleteFunc(cabi.Names(), func(name string) bool { return name == "esp_watchdog" }) // the module imports it anyway
	causes := []int{cabi.CauseLoad, cabi.CauseStore, espconn.CauseSoftWatchdog, cabi.CauseFetch, cabi.CauseUnaligned}
	faults, returns := 0, 0
	for _, name := range names {
		f, _ := cabi.Find(name)
		var tuples [][]uint32
		for base := range []int{0, 1} { // the other arguments are harmless, or all the same
			for i := range len(f.Params) {
				for _, v := range values {
					a := harmless(f.Params)
					if base == 1 {
						for k := range a {
							a[k] = v
						}
					}
					a[i] = v
					tuples = append(tuples, a)
				}
			}
		}
		for _, at := range []uint32{0x9000, 0x9001} { // pointers into each other, aligned and not
			a := harmless(f.Params)
			for i, k := range f.Params {
				if a[i] = 64; k != 'i' && k != 'l' {
					a[i] = at + 8*uint32(i)
				}
			}
			tuples = append(tuples, a)
		}
		tuples = append(tuples, harmless(f.Params))
		slices.SortFunc(tuples, slices.Compare)
		tuples = slices.CompactFunc(tuples, slices.Equal[[]uint32])
		if !*long { // each third, not the same third for each function
			kept := tuples[:0]
			for i := len(name) % 3; i < len(tuples); i += 3 {
				kept = append(kept, tuples[i])
			}
			tuples = kept
		}
		for _, a := range tuples {
			crash := bootHostile(t, name, a)
			if crash == nil {
				returns++
				continue
			}
			faults++
			if !crash.Own && !slices.Contains(causes, crash.Cause) {
				t.Errorf("%s%x: cause %d, %s", name, a, crash.Cause, crash.Why)
			}
		}
		// a NULL or wild pointer alone is never a load or store of the host
		for i, k := range f.Params {
			if k == 'p' && name != "vPortFree" {
				a := harmless(f.Params)
				a[i] = 0x70000000
				if c := bootHostile(t, name, a); c == nil && !ignoresPointer(name, i) {
					t.Errorf("%s: a wild pointer as argument %d is no exception", name, i)
				}
			}
		}
	}
	t.Logf("%d functions, %d calls returned, %d were exceptions", len(names), returns, faults)
	assert.Positive(t, faults)
	assert.Positive(t, returns)
}

// ignoresPointer lists pointers that are names for the heap's trace only, and those of calls that harmless arguments
// refuse first: a task of priority 4, a partition that no table has.
func ignoresPointer(name string, i int) bool {
	switch name {
	case "pvPortMalloc", "pvPortZalloc", "pvPortZallocIram":
		return i == 1
	case "pvPortCalloc", "pvPortCallocIram", "pvPortRealloc":
		return i == 2
	case "system_os_task":
		return i == 2
	case "system_partition_get_item":
		return i == 1
	case "SPI_read_status", "SPI_write_enable", "Wait_SPI_Idle": // the chip's description, which nobody reads
		return i == 0
	case "base64_decode", "uart_rx_one_char": // nothing is written where there is nothing
		return true
	case "wifi_softap_get_dhcps_lease", "wifi_softap_set_dhcps_offer_option": // false at once in this mode and at this level
		return true
	case "wifi_get_ip_info", "wifi_get_macaddr", "sntp_setservername": // there is no interface 4 and no server 4
		return i == 1
	}
	return false
}

// harmless are arguments that no function objects to: the string "", numbers 4.
func harmless(params string) []uint32 {
	a := make([]uint32, len(params))
	for i, k := range params {
		switch k {
		case 'p':
			a[i] = 0x9000 // zeros
		case 'f':
			a[i] = 1
		case 'v', 'V':
			a[i] = 0x9100
		default:
			a[i] = 4
		}
	}
	return a
}

func bootHostile(t *testing.T, name string, args []uint32) (crash *chip.Crash) {
	return bootProfile(t, espconn.ManualV21(), name, args)
}

func bootProfile(t *testing.T, profile espconn.Profile, name string, args []uint32) (crash *chip.Crash) {
	image, err := Load(hostileFirmware(name, args))
	require.NoError(t, err, name)
	defer image.Close()
	synctest.Test(t, func(t *testing.T) {
		d, err := emulator.New(emulator.Config{Profile: profile, Seed: 1, TraceLimit: -1, NoAutoConnect: true})
		require.NoError(t, err)
		require.NoError(t, d.Boot(image.Firmware()), fmt.Sprint(name, args))
		time.Sleep(5 * time.Second)
		crash = d.Crash()
		require.NoError(t, d.Close())
	})
	return crash
}

// Where the SDK itself crashes, the exception passes through the guest's code unchanged (espconn.md 5.10).
func TestCrashOfTheSDK(t *testing.T) {
	const name = "espconn_regist_connectcb"
	withoutTCP := []uint32{0x9000, 1}
	assert.Nil(t, bootProfile(t, espconn.ManualV21(), name, withoutTCP))
	crash := bootProfile(t, espconn.SDK301(), name, withoutTCP)
	require.NotNil(t, crash)
	assert.Equal(t, cabi.CauseStore, crash.Cause)
	assert.Contains(t, crash.Why, "the espconn has no esp_tcp")
	assert.NotEmpty(t, crash.Stack)
}
