package cabi

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// calledMax is how many arguments of a call are remembered. Choice: more than any function of the SDK has.
const calledMax = 8

// lastCall is the call of the SDK that was made last.
type lastCall struct {
	name, params string
	words        [calledMax]uint64
	n            int
	at           time.Duration // since the boot
}

// Calling is for the engine: a function is about to be called. With failed the engine leaves that out and returns result: a test
// wants this call to fail.
func (s *SDK) Calling(name, params string, words []uint64) (result uint32, failed bool) {
	if strings.HasPrefix(name, "esp_") || name == "__assert_func" || name == "abort" { // none of the SDK's
		return 0, false
	}
	c := &s.last
	c.name, c.params, c.at = name, params, s.board.Uptime()
	c.n = copy(c.words[:], words)
	if !s.board.CallsFail() {
		return 0, false
	}
	v, failed := s.board.FailedCall(Written(name))
	return uint32(v), failed
}

// written are the names that firmware writes for what the linker sees, where the SDK's headers have macros for them.
var written = map[string]string{
	"ets_timer_arm_new": "os_timer_arm", "os_printf_plus": "os_printf", "pvPortMalloc": "os_malloc", "pvPortZalloc": "os_zalloc",
	"pvPortZallocIram": "os_zalloc", "pvPortCalloc": "os_calloc", "pvPortCallocIram": "os_calloc", "pvPortRealloc": "os_realloc",
	"vPortFree": "os_free",
}

func init() {
	for _, name := range []string{
		"bzero", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strcpy", "strlen", "strncmp", "strncpy", "strstr", "sprintf",
		"snprintf", "install_putc1", "putc", "delay_us", "timer_disarm", "timer_setfn", "str2macaddr",
	} {
		written["ets_"+name] = "os_" + name
	}
}

// Written returns the name that firmware writes for a function that the linker sees under another.
func Written(name string) string { return cmp.Or(written[name], name) }

// visible is how many arguments the firmware has written of functions whose macros in mem.h add file and line.
var visible = map[string]int{"pvPortMalloc": 1, "pvPortZalloc": 1, "pvPortZallocIram": 1, "pvPortCalloc": 2, "pvPortCallocIram": 2,
	"pvPortRealloc": 2, "vPortFree": 1}

// LastCall returns the call of the SDK that was made last, with its arguments, and when, since the boot; "" if none was made.
func (s *SDK) LastCall() (call string, at time.Duration) {
	c := &s.last
	if c.name == "" {
		return "", 0
	}
	n := c.n
	if most, ok := visible[c.name]; ok {
		n = min(n, most)
	}
	var args []string
	for i, w := range c.words[:n] {
		kind := byte('i')
		if i < len(c.params) {
			kind = c.params[i]
		}
		switch kind {
		case 'v', 'V':
			args = append(args, "...")
		case 'p', 'f':
			args = append(args, fmt.Sprintf("%#x", uint32(w)))
		case 'l':
			args = append(args, fmt.Sprint(w))
		default:
			args = append(args, fmt.Sprint(int32(w)))
		}
	}
	return Written(c.name) + "(" + strings.Join(args, ", ") + ")", c.at
}
