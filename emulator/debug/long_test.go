package debug_test

import (
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/debug"
)

var long = flag.Bool("long", false, "ten minutes of a device's work in place of one")

// After minutes of a device that works, a step back takes well below a second, and the beginning can still be reached. The bound is wide:
// machines are busy; the figures are logged.
func TestMinutes(t *testing.T) {
	const file = "long.c"
	ticks := 6000
	if *long {
		ticks = 60_000
	}
	e := edit(t, playing(compile(t, file)), debug.Options{}).launch()
	at := func(mark string, n int) {
		e.breakAt(file, object{"mark": mark, "condition": fmt.Sprintf("ticks == %d", n)})
	}
	took := func(what string, fn func()) time.Duration {
		began := time.Now()
		fn()
		t.Logf("%s: %v", what, time.Since(began))
		return time.Since(began)
	}
	at("timer: print", ticks)
	took("all of it", func() { e.run() })
	assert.Equal(t, strconv.Itoa(ticks), e.eval("ticks", 0))
	for range 3 {
		assert.Less(t, took("a step back", func() { e.move("stepBack") }), 10*time.Second)
	}
	assert.Less(t, took("a step back, over a loop", func() { e.move("stepBack") }), 10*time.Second)
	took("back by an instruction", func() { e.moveBy("stepBack") })
	at("timer: count", ticks/2)
	took("back by half of it", func() { e.move("reverseContinue") })
	assert.Equal(t, strconv.Itoa(ticks/2), e.eval("ticks", 0))
	e.breakAt(file)
	took("back to the beginning", func() { e.move("reverseContinue") })
	assert.Equal(t, "0", e.eval("ticks", 0))
	at("timer: print", ticks)
	took("forwards to the present", func() { e.move("continue") })
	assert.Equal(t, strconv.Itoa(ticks), e.eval("ticks", 0))
}
