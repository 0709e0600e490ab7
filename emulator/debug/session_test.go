package debug_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-dap"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/debug"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// Pause stops a program that computes, and one that waits; a step from there ends in the next callback.
func TestPause(t *testing.T) {
	target := playing(compile(t, "busy.c"))
	target.Speed = 1
	e := edit(t, target, debug.Options{}).launch()
	e.must("configurationDone", nil, nil)
	e.prints("boot 0")
	pause := func() dap.StoppedEventBody {
		e.must("pause", object{"threadId": 1}, nil)
		return e.stopped()
	}
	s := pause()
	for range 100 { // user_init may still be at work, or a callback
		if strings.Contains(s.Description, "between two callbacks") {
			break
		}
		e.must("continue", object{"threadId": 1}, nil)
		s = pause()
	}
	assert.Equal(t, "pause", s.Reason)
	assert.Contains(t, s.Description, "between two callbacks")
	assert.NotContains(t, e.eval("spins", 0), "no ")
	assert.Equal(t, "the SDK waits for the next event", e.stack()[0].Name)
	assert.Contains(t, e.scope("Registers", 1), "pc")
	e.move("stepIn")
	assert.Equal(t, "on_timer", e.stack()[0].Name)
	require.Error(t, e.ask("evaluate", object{"expression": "spins", "frameId": 7}, nil))

	e.must("continue", object{"threadId": 1}, nil)
	require.ErrorContains(t, e.ask("next", object{"threadId": 1}, nil), "pause it first")
	e.must("pause", object{"threadId": 1}, nil)
	assert.Equal(t, "pause", e.stopped().Reason)
}

// A restart of the firmware keeps break points, and going back crosses it; a restart by the client begins anew.
func TestRestart(t *testing.T) {
	e := edit(t, playing(compile(t, "busy.c")), debug.Options{}).launch()
	path := "busy.c"
	var b dap.SetBreakpointsResponseBody
	e.must("setBreakpoints", object{"source": object{"name": path}, "breakpoints": []object{{"line": line(t, path, "init: boot")}}}, &b)
	require.True(t, b.Breakpoints[0].Verified, b.Breakpoints[0].Message)
	e.run()
	assert.Equal(t, "0", e.eval("boots", 0))
	e.move("continue")
	assert.Equal(t, "1", e.eval("boots", 0))
	assert.Contains(t, e.console(), "restart")
	e.move("continue")
	assert.Equal(t, "2", e.eval("boots", 0))
	e.move("reverseContinue")
	assert.Equal(t, "1", e.eval("boots", 0), "the boot before")
	e.move("stepBack")
	e.move("reverseContinue")
	assert.Equal(t, "0", e.eval("boots", 0))
	e.move("continue")
	e.move("continue")
	assert.Equal(t, "2", e.eval("boots", 0))

	e.must("restart", object{}, nil)
	assert.Equal(t, "breakpoint", e.stopped().Reason)
	assert.Equal(t, "0", e.eval("boots", 0))
	e.must("terminate", object{}, nil)
	e.terminated()
	require.NoError(t, e.ask("disconnect", nil, nil))
	require.NoError(t, <-e.err)
	e.err <- nil
}

// The program ends at once where it computes for ever, is stopped, or waits.
func TestEnds(t *testing.T) {
	for name, stop := range map[string]func(e *editor){
		"computing": func(e *editor) {
			e.must("continue", object{"threadId": 1}, nil)
		},
		"stopped": func(*editor) {},
		"in the past": func(e *editor) {
			e.move("stepBack")
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := edit(t, playing(compile(t, "busy.c")), debug.Options{}).launch()
			path := "busy.c"
			e.must("setBreakpoints", object{"source": object{"name": path},
				"breakpoints": []object{{"line": line(t, path, "timer: spin"), "hitCondition": "==100"}}}, nil)
			e.run()
			stop(e)
			began := time.Now()
			require.NoError(t, e.ask("disconnect", nil, nil))
			assert.Less(t, time.Since(began), 5*time.Second)
			require.NoError(t, <-e.err)
			e.err <- nil
		})
	}
}

// Requests that make no sense are refused by a sentence, and the session goes on.
func TestRefusals(t *testing.T) {
	target := playing(compile(t, walk))
	calls := 0
	e := edit(t, nil, debug.Options{Open: func([]byte) (*debug.Target, error) {
		if calls++; calls == 1 {
			return nil, errors.New("no such firmware")
		}
		return target, nil
	}})
	for _, command := range []string{"next", "continue", "pause", "stackTrace", "configurationDone", "setBreakpoints", "restart"} {
		require.ErrorContains(t, e.ask(command, object{}, nil), "no program", command)
	}
	e.must("initialize", object{"adapterID": "x"}, nil)
	require.ErrorContains(t, e.ask("launch", object{}, nil), "no such firmware")
	e.must("launch", object{"stopOnEntry": true}, nil)
	require.ErrorContains(t, e.ask("launch", object{}, nil), "already")
	require.ErrorContains(t, e.ask("gotoTargets", object{}, nil), "pause it first")
	assert.Equal(t, "entry", e.run().Reason)
	require.ErrorContains(t, e.ask("gotoTargets", object{}, nil), "does not have the request")
	require.ErrorContains(t, e.ask("makeCoffee", object{}, nil), "makeCoffee")
	require.ErrorContains(t, e.ask("readMemory", object{"memoryReference": "0", "count": 1 << 40}, nil), "at once")
	require.ErrorContains(t, e.ask("readMemory", object{"memoryReference": "here"}, nil), "no address")
	require.ErrorContains(t, e.ask("disassemble", object{"memoryReference": "0", "instructionCount": 1 << 30}, nil), "at most")
	require.ErrorContains(t, e.ask("scopes", object{"frameId": -4}, nil), "no such frame")
	require.ErrorContains(t, e.ask("exceptionInfo", object{"threadId": 1}, nil), "not stopped for an exception")
	e.must("disassemble", object{"memoryReference": "0xFFFFFFFC", "instructionOffset": -5, "instructionCount": 20}, nil)
	var b dap.SetDataBreakpointsResponseBody
	e.must("setDataBreakpoints", object{"breakpoints": []object{{"dataId": "?"}, {"dataId": "0xFFFFFFFC/4096/x"}}}, &b)
	assert.False(t, b.Breakpoints[0].Verified)
	var x dap.SetExceptionBreakpointsResponseBody
	e.must("setExceptionBreakpoints", object{"filters": []string{"fault", "rain"}}, &x)
	assert.Contains(t, x.Breakpoints[1].Message, "no filter")
	var l dap.BreakpointLocationsResponseBody
	e.must("breakpointLocations", object{"source": object{"path": walk}, "line": 1, "endLine": 100}, &l)
	assert.Greater(t, len(l.Breakpoints), 10)
	e.move("next")
}

// Bytes that are no messages end the session with an error, and nothing else.
func TestNoMessages(t *testing.T) {
	for name, in := range map[string]string{
		"no header": "GET / HTTP/1.0\r\n\r\n",
		"too long":  "Content-Length: 99999999999\r\n\r\n",
		"no JSON":   "Content-Length: 3\r\n\r\nabc",
		"cut":       "Content-Length: 20\r\n\r\n{",
	} {
		err := debug.Serve(t.Context(), strings.NewReader(in), io.Discard, debug.Options{})
		assert.ErrorContains(t, err, "debug: ", name)
	}
	assert.NoError(t, debug.Serve(t.Context(), strings.NewReader(""), io.Discard, debug.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.NoError(t, debug.Serve(ctx, neverReader{}, io.Discard, debug.Options{}))
}

type neverReader struct{}

func (neverReader) Read([]byte) (int, error) { select {} }

// Misuse of the SDK stops behind the call, if that is wanted.
func TestFindings(t *testing.T) {
	e := edit(t, playing(compile(t, "misuse.c")), debug.Options{}).launch()
	e.must("setExceptionBreakpoints", object{"filters": []string{"finding"}}, nil)
	s := e.run()
	assert.Equal(t, "exception", s.Reason)
	assert.Contains(t, s.Text, "misuse of the SDK")
	var x dap.ExceptionInfoResponseBody
	e.must("exceptionInfo", object{"threadId": 1}, &x)
	assert.Contains(t, x.Description, "timer")
	assert.Equal(t, "user_init", e.stack()[0].Name)
}

// In real time peers do not wait, and the console says so; the program stops and goes on as in virtual time.
func TestLive(t *testing.T) {
	i := compile(t, walk)
	target := &debug.Target{Image: i, Live: true, Play: func(_ context.Context, uart io.Writer, with func(*emulator.Device) error) error {
		d, err := emulator.New(emulator.Config{UART: uart, Seed: 1, Patience: -1})
		if err != nil {
			return err
		}
		return errors.Join(with(d), d.Close())
	}}
	e := edit(t, target, debug.Options{}).launch()
	e.breakAt(walk, "tick: print")
	e.run()
	assert.Contains(t, e.console(), "time is real")
	assert.Equal(t, "1", e.eval("ticks", 0))
	e.move("stepBack")
	assert.Equal(t, at(t, "on_tick", "tick: walk"), e.where())
	e.move("continue")
	e.move("continue")
	assert.Equal(t, "2", e.eval("ticks", 0))
	e.breakAt(walk)
	e.must("continue", object{"threadId": 1}, nil)
	e.must("pause", object{"threadId": 1}, nil)
	assert.Equal(t, "pause", e.stopped().Reason)
}

// The same firmware has the same trace with a debugger that stops, steps and goes back, and without one.
func TestSameTrace(t *testing.T) {
	i := compile(t, walk)
	traced := func(events *[]trace.Event) *debug.Target {
		target := playing(i)
		target.Play = func(_ context.Context, uart io.Writer, with func(*emulator.Device) error) error {
			return virtual.Run(func() error {
				d, err := emulator.New(emulator.Config{UART: uart, Seed: 1, Patience: -1})
				if err != nil {
					return err
				}
				followed := 0
				d.Trace().Follow(func(trace.Event) { followed++ })
				err = errors.Join(with(d), d.Close())
				*events = d.Trace().Events()
				assert.Len(t, *events, followed, "who follows the trace, as --trace does, gets all of it")
				return err
			})
		}
		return target
	}
	var plain, debugged []trace.Event
	var uart bytes.Buffer
	require.NoError(t, traced(&plain).Play(t.Context(), &uart, func(d *emulator.Device) error {
		err := d.Boot(i.Firmware())
		time.Sleep(30 * time.Second)
		return err
	}))
	e := edit(t, traced(&debugged), debug.Options{}).launch()
	e.breakAt(walk, "init: copy", object{"mark": "walk: if", "condition": "depth == 11", "hitCondition": "%20"})
	e.run()
	for range 8 {
		for _, command := range []string{"stepBack", "next", "stepIn", "stepOut", "continue"} {
			e.move(command)
		}
	}
	e.breakAt(walk)
	assert.Equal(t, "exception", e.move("continue").Reason)
	e.must("continue", object{"threadId": 1}, nil)
	e.terminated()
	require.NoError(t, e.ask("disconnect", nil, nil))
	require.Error(t, <-e.err)
	e.err <- nil
	assert.Equal(t, uart.String(), e.printed())
	require.NotEmpty(t, plain)
	for n := range max(len(plain), len(debugged)) {
		if n >= len(plain) || n >= len(debugged) || plain[n].String() != debugged[n].String() {
			t.Fatalf("event %d: %v, with the debugger %v", n, plain[min(n, len(plain)-1)], debugged[min(n, len(debugged)-1)])
		}
	}
}

// Two clients, one after the other, on one listener, as editors do that connect.
func TestOneAfterTheOther(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	i := compile(t, walk)
	over := make(chan error)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open := func([]byte) (*debug.Target, error) { return playing(i), nil }
			over <- debug.Serve(t.Context(), conn, conn, debug.Options{Open: open})
			_ = conn.Close()
		}
	}()
	for n := range 2 {
		conn, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		e := connected(t, conn)
		e.launch()
		e.breakAt(walk, "tick: begin")
		e.run()
		assert.Equal(t, "0", e.eval("ticks", 0), fmt.Sprint(n))
		require.NoError(t, conn.Close()) // without a word
		require.NoError(t, <-over)
	}
}
