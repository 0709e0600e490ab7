package debug_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-dap"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/debug"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// images are those of testdata, compiled once, by flags.
var images sync.Map

// compile builds a program of testdata for the LX106. Without the compiler the test is skipped; in CI that is a failure.
func compile(t testing.TB, name string, flags ...string) *elf.Image {
	t.Helper()
	key := name + strings.Join(flags, " ")
	if i, ok := images.Load(key); ok {
		return i.(*elf.Image)
	}
	out := filepath.Join(t.TempDir(), "firmware.elf")
	dir, err := filepath.Abs("testdata")
	require.NoError(t, err)
	_, err = build.Build(context.Background(), build.Options{Sources: []string{name}, Output: out, Dir: dir, Engine: build.EngineLX106,
		Test: true, CFlags: flags})
	if errors.Is(err, build.ErrGCC) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	require.NoError(t, err)
	i, err := elf.LoadFile(out)
	require.NoError(t, err)
	images.Store(key, i)
	return i
}

// playing is a target that plays a program in virtual time, as fast as it can.
func playing(i *elf.Image) *debug.Target {
	return &debug.Target{Image: i, Dir: "testdata", Play: func(_ context.Context, uart io.Writer, with func(*emulator.Device) error) error {
		return virtual.Run(func() error {
			d, err := emulator.New(emulator.Config{UART: uart, Seed: 1, Patience: -1})
			if err != nil {
				return err
			}
			return errors.Join(with(d), d.Close())
		})
	}}
}

// editor is a client of the debugger.
type editor struct {
	t     *testing.T
	conn  net.Conn
	seq   int
	mu    sync.Mutex // guards what follows
	cond  *sync.Cond
	got   []dap.Message // that nobody has taken
	uart  string
	says  string // the console, and errors
	ended bool   // the connection
	err   chan error
}

// edit starts a session with a target, up to its break points: begin goes on.
func edit(t *testing.T, target *debug.Target, o debug.Options) *editor {
	t.Helper()
	here, there := net.Pipe()
	e := connected(t, here)
	if o.Open == nil {
		o.Open = func([]byte) (*debug.Target, error) { return target, nil }
	}
	go func() {
		e.err <- debug.Serve(t.Context(), there, there, o)
		_ = there.Close()
	}()
	t.Cleanup(func() {
		_ = here.Close()
		select {
		case <-e.err:
		case <-time.After(10 * time.Second):
			t.Error("the server does not end")
		}
	})
	return e
}

// connected is a client on a connection.
func connected(t *testing.T, conn net.Conn) *editor {
	e := &editor{t: t, conn: conn, err: make(chan error, 1)}
	e.cond = sync.NewCond(&e.mu)
	go e.read()
	return e
}

func (e *editor) read() {
	r := bufio.NewReader(e.conn)
	for {
		m, err := dap.ReadProtocolMessage(r)
		e.mu.Lock()
		if err != nil {
			e.ended = true
			e.cond.Broadcast()
			e.mu.Unlock()
			return
		}
		if o, ok := m.(*dap.OutputEvent); ok {
			if o.Body.Category == "stdout" {
				e.uart += o.Body.Output
			} else {
				e.says += o.Body.Output
			}
		} else {
			e.got = append(e.got, m)
		}
		e.cond.Broadcast()
		e.mu.Unlock()
	}
}

// until waits for something that comes with a message; the test fails if it does not come.
func (e *editor) until(what string, come func() bool) {
	e.t.Helper()
	late := time.AfterFunc(2*time.Minute, func() {
		e.mu.Lock()
		e.ended = true
		e.cond.Broadcast()
		e.mu.Unlock()
	})
	defer late.Stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	for !come() {
		if e.ended {
			e.t.Fatalf("no %s; console: %s; uart: %s", what, e.says, e.uart)
		}
		e.cond.Wait()
	}
}

// await takes the first message that want takes.
func (e *editor) await(what string, want func(dap.Message) bool) (m dap.Message) {
	e.t.Helper()
	e.until(what, func() bool {
		n := slices.IndexFunc(e.got, want)
		if n >= 0 {
			m = e.got[n]
			e.got = slices.Delete(e.got, n, n+1)
		}
		return n >= 0
	})
	return m
}

// prints waits until the device has printed a text.
func (e *editor) prints(text string) {
	e.t.Helper()
	e.until("text "+text, func() bool { return strings.Contains(e.uart, text) })
}

// ask sends a request with arguments (anything that is JSON) and returns the answer's body, or its error.
func (e *editor) ask(command string, arguments, body any) error {
	e.t.Helper()
	e.seq++
	request := map[string]any{"seq": e.seq, "type": "request", "command": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	b, err := json.Marshal(request)
	require.NoError(e.t, err)
	seq := e.seq
	require.NoError(e.t, dap.WriteBaseMessage(e.conn, b))
	m := e.await("answer to "+command, func(m dap.Message) bool {
		r, ok := m.(dap.ResponseMessage)
		return ok && r.GetResponse().RequestSeq == seq
	})
	if r := m.(dap.ResponseMessage).GetResponse(); !r.Success {
		return errors.New(r.Message)
	}
	if body != nil {
		b, err := json.Marshal(m)
		require.NoError(e.t, err)
		require.NoError(e.t, json.Unmarshal(b, &struct{ Body any }{body}))
	}
	return nil
}

// must is ask for what cannot fail.
func (e *editor) must(command string, arguments, body any) {
	e.t.Helper()
	require.NoError(e.t, e.ask(command, arguments, body), command)
}

type object = map[string]any

// launch says hello and launches.
func (e *editor) launch() *editor {
	e.t.Helper()
	e.must("initialize", object{"adapterID": "emu8266"}, nil)
	e.must("launch", object{}, nil)
	e.await("initialized", func(m dap.Message) bool { _, ok := m.(*dap.InitializedEvent); return ok })
	return e
}

// runTo lets the program begin, and returns where it stops.
func (e *editor) run() dap.StoppedEventBody {
	e.t.Helper()
	e.must("configurationDone", nil, nil)
	return e.stopped()
}

func (e *editor) stopped() dap.StoppedEventBody {
	e.t.Helper()
	m := e.await("stop", func(m dap.Message) bool {
		_, stopped := m.(*dap.StoppedEvent)
		_, ended := m.(*dap.TerminatedEvent)
		return stopped || ended
	})
	s, ok := m.(*dap.StoppedEvent)
	if !ok {
		e.t.Fatalf("the program has ended; console: %s", e.console())
	}
	return s.Body
}

func (e *editor) terminated() {
	e.t.Helper()
	e.await("end", func(m dap.Message) bool { _, ok := m.(*dap.TerminatedEvent); return ok })
}

// move is a request that lets the program go on, and where it stops.
func (e *editor) move(command string) dap.StoppedEventBody {
	e.t.Helper()
	e.must(command, object{"threadId": 1}, nil)
	return e.stopped()
}

// moveBy is move by instructions.
func (e *editor) moveBy(command string) dap.StoppedEventBody {
	e.t.Helper()
	e.must(command, object{"threadId": 1, "granularity": "instruction"}, nil)
	return e.stopped()
}

func (e *editor) console() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.says
}

func (e *editor) printed() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.uart
}

func (e *editor) stack() []dap.StackFrame {
	e.t.Helper()
	var b dap.StackTraceResponseBody
	e.must("stackTrace", object{"threadId": 1}, &b)
	return b.StackFrames
}

// where is the innermost function with its line, as "walk:32".
func (e *editor) where() string {
	e.t.Helper()
	f := e.stack()[0]
	return fmt.Sprintf("%s:%d", f.Name, f.Line)
}

// eval evaluates in a frame, 0 for the innermost.
func (e *editor) eval(expr string, frame int) string {
	e.t.Helper()
	var b dap.EvaluateResponseBody
	if err := e.ask("evaluate", object{"expression": expr, "frameId": frame}, &b); err != nil {
		return err.Error()
	}
	return b.Result
}

// scope returns the variables of a scope of a frame, by name.
func (e *editor) scope(name string, frame int) map[string]dap.Variable {
	e.t.Helper()
	var s dap.ScopesResponseBody
	e.must("scopes", object{"frameId": frame}, &s)
	for _, scope := range s.Scopes {
		if scope.Name == name {
			return e.parts(scope.VariablesReference)
		}
	}
	e.t.Fatalf("no scope %s: %v", name, s.Scopes)
	return nil
}

func (e *editor) parts(ref int) map[string]dap.Variable {
	e.t.Helper()
	var v dap.VariablesResponseBody
	e.must("variables", object{"variablesReference": ref}, &v)
	m := map[string]dap.Variable{}
	for _, x := range v.Variables {
		m[x.Name] = x
	}
	return m
}

// line finds the line of a file of testdata that has a mark.
func line(t *testing.T, file, mark string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	for n, l := range strings.Split(string(b), "\n") {
		if strings.Contains(l, "/* "+mark+" ") {
			return n + 1
		}
	}
	t.Fatalf("%s has no line %q", file, mark)
	return 0
}

// breakAt sets the break points of a file: marks, or objects with "mark".
func (e *editor) breakAt(file string, marks ...any) []dap.Breakpoint {
	e.t.Helper()
	list := []any{}
	for _, m := range marks {
		o, ok := m.(object)
		if !ok {
			o = object{"mark": m}
		}
		o["line"] = line(e.t, file, o["mark"].(string))
		list = append(list, o)
	}
	path, err := filepath.Abs(filepath.Join("testdata", file))
	require.NoError(e.t, err)
	var b dap.SetBreakpointsResponseBody
	e.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": list}, &b)
	require.Len(e.t, b.Breakpoints, len(marks))
	return b.Breakpoints
}
