package wasm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall/js"

	"github.com/tetratelabs/wazero/api"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// In a browser, firmware runs on the browser's own engine, hundreds of times faster than wazero's interpreter there, if the program's
// JavaScript has what this file asks for: cmd/playground/site/files/guest.js. wazero has checked the image before, and its types are used
// here: a module of the browser is an api.Module.
//
// One guest at a time: a call of the SDK that waits stays on the browser's stack, and only the one on top of it can return. Others run in
// wazero. Deviation: the browser bounds the memory that a guest asks for by itself.

// engine is the JavaScript; it is undefined where there is none.
var engine = js.Global().Get("emu8266Guest")

// browserImage is an image for the browser's engine.
type browserImage struct {
	code   []byte // the module
	from   uint64 // where the code section's content begins in it
	mu     sync.Mutex
	module js.Value // made of code; undefined before
	calls  []api.GoModuleFunc
}

func (b *browserImage) keep(code []byte) {
	if !engine.Truthy() {
		return
	}
	b.code, b.from = code, codeSection(code)
}

// codeSection is where the content of the code section begins. The module is one that wazero takes.
func codeSection(code []byte) uint64 {
	const id = 10
	for at := 8; at < len(code); {
		section := code[at]
		size, n := binary.Uvarint(code[at+1:])
		if n <= 0 {
			return 0
		}
		if at += 1 + n; section == id {
			return uint64(at)
		}
		at += int(size)
	}
	return 0
}

// argsMax is how many arguments emu8266_host takes.
const argsMax = 10

// compile makes the browser's module and the functions that it calls; false if it has one that emu8266_host cannot take.
func (i *Image) compileForBrowser() (ok bool) {
	b := &i.browser
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.code == nil {
		return false
	}
	if b.module.Truthy() {
		return true
	}
	b.calls = nil
	for _, d := range i.compiled.ImportedFunctions() {
		wide := func(t api.ValueType) bool { return t != api.ValueTypeI32 }
		if len(d.ParamTypes()) > argsMax || slices.ContainsFunc(d.ParamTypes(), wide) {
			return false
		}
		_, name, _ := d.Import()
		f, known := cabi.Find(name)
		if !known {
			f = cabi.Absent(name)
		}
		b.calls = append(b.calls, hostCall(f, d))
	}
	bytes := js.Global().Get("Uint8Array").New(len(b.code))
	js.CopyBytesToJS(bytes, b.code)
	b.module = engine.Call("compile", bytes)
	return true
}

// running is the guest on the browser's engine; nil: none.
var running struct {
	sync.Mutex
	guest *browserGuest
	last  int32
}

// browserGuest is an instance on the browser's engine.
type browserGuest struct {
	api.Module // for what nobody asks for

	id     int32
	guest  *guest
	image  *Image
	object js.Value
	memory browserMemory
	stack  [argsMax]uint64
}

// instantiate makes an instance for a guest: on the browser's engine if that is free, or else in wazero.
func (i *Image) instantiate(g *guest) (m api.Module, err error) {
	running.Lock()
	defer running.Unlock()
	defer func() { // what the browser says of a module whose data lies outside its memory
		r := recover()
		if said, ok := r.(js.Error); ok {
			m, err = nil, errors.New(trapOf(said.Error()))
		} else if r != nil {
			panic(r)
		}
	}()
	if running.guest != nil || !i.compileForBrowser() {
		return i.instance(g)
	}
	list := js.Global().Get("Array").New()
	for _, f := range finders {
		list.Call("push", f)
	}
	running.last++
	b := &browserGuest{id: running.last, guest: g, image: i}
	b.object = engine.Call("make", i.browser.module, b.id, list)
	b.memory.object = b.object
	running.guest = b
	return b, nil
}

// Close gives the engine back.
func (b *browserGuest) Close(context.Context) error {
	running.Lock()
	defer running.Unlock()
	if running.guest == b {
		running.guest = nil
	}
	return nil
}

// hostCalled is a call of the SDK from the browser's engine: the guest's number, the function's among the imports, and where in the module
// it is called, 0 if that is not known.
//
//go:wasmexport emu8266_host
func hostCalled(id, n, at, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 int32) int32 {
	b := running.guest
	if b == nil || b.id != id {
		panic("wasm: a call from a guest that is gone")
	}
	stack := b.stack // the next call, from within this one, has its own
	for i, a := range [...]int32{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9} {
		stack[i] = uint64(uint32(a))
	}
	if at > 0 {
		b.guest.site = b.image.module.Original(uint64(at) - b.image.browser.from)
	}
	defer func() {
		if recover() != nil { // hostCall keeps the reason
			b.object.Get("state").Set("failed", true)
		}
		b.memory.give()
	}()
	b.image.browser.calls[n](b.guest.ctx, b, stack[:])
	return int32(uint32(stack[0]))
}

// Memory is the guest's.
func (b *browserGuest) Memory() api.Memory { return &b.memory }

// ExportedFunction returns a function; nil if there is none of that name.
func (b *browserGuest) ExportedFunction(name string) api.Function {
	d, ok := b.image.compiled.ExportedFunctions()[name]
	if !ok {
		return nil
	}
	return &browserFunction{guest: b, name: name, definition: d}
}

// ExportedGlobal returns a global; nil if there is none of that name.
func (b *browserGuest) ExportedGlobal(name string) api.Global {
	if !b.object.Call("has", name).Bool() {
		return nil
	}
	return &browserGlobal{reader: b.object.Call("reader", name), writer: b.object.Call("writer", name)}
}

// browserGlobal is a global of 32 bits. Each call of the SDK reads and writes that of the fuel: nothing but numbers passes, since Go
// keeps a finalizer for each string and object that goes to JavaScript.
type browserGlobal struct {
	api.MutableGlobal
	reader, writer js.Value
}

func (g *browserGlobal) Get() uint64 { return uint64(uint32(g.reader.Invoke().Int())) }

func (g *browserGlobal) Set(v uint64) { g.writer.Invoke(int32(uint32(v))) }

type browserFunction struct {
	api.Function
	guest      *browserGuest
	name       string
	definition api.FunctionDefinition
}

// Call calls it.
func (f *browserFunction) Call(ctx context.Context, params ...uint64) ([]uint64, error) {
	stack := make([]uint64, max(len(params), 1))
	copy(stack, params)
	err := f.CallWithStack(ctx, stack)
	return stack[:len(f.definition.ResultTypes())], err
}

// CallWithStack calls it.
func (f *browserFunction) CallWithStack(_ context.Context, stack []uint64) error {
	b := f.guest
	args := []any{f.name}
	for i, t := range f.definition.ParamTypes() {
		args = append(args, toJS(t, stack[i]))
	}
	b.memory.give()
	if !b.object.Call("call", args...).Bool() {
		return b.error()
	}
	if t := f.definition.ResultTypes(); len(t) > 0 {
		stack[0] = fromJS(t[0], b.object.Get("state").Get("result"))
	}
	return nil
}

// toJS makes a value of WebAssembly one of JavaScript.
func toJS(t api.ValueType, v uint64) any {
	switch t {
	case api.ValueTypeI64:
		return js.Global().Get("BigInt").Invoke(strconv.FormatInt(int64(v), 10))
	case api.ValueTypeF32:
		return math.Float32frombits(uint32(v))
	case api.ValueTypeF64:
		return math.Float64frombits(v)
	}
	return int32(uint32(v))
}

func fromJS(t api.ValueType, v js.Value) uint64 {
	switch t {
	case api.ValueTypeI64:
		n, _ := strconv.ParseInt(v.Call("toString").String(), 10, 64)
		return uint64(n)
	case api.ValueTypeF32:
		return uint64(math.Float32bits(float32(v.Float())))
	case api.ValueTypeF64:
		return math.Float64bits(v.Float())
	}
	return uint64(uint32(v.Int()))
}

// What the engines of browsers call wazero's traps.
var browserTraps = []struct{ says, trap string }{
	{"divide by zero", "integer divide by zero"},
	{"remainder by zero", "integer divide by zero"},
	{"division by zero", "integer divide by zero"},
	{"result unrepresentable", "integer overflow"},
	{"float unrepresentable", "integer overflow"},
	{"integer overflow", "integer overflow"},
	{"memory access out of bounds", "out of bounds memory access"},
	{"data segment", "out of bounds memory access"},
	{"index out of bounds", "out of bounds memory access"},
	{"table index is out of bounds", "invalid table access"},
	{"null function or function signature", "indirect call type mismatch"},
	{"indirect call", "indirect call type mismatch"},
	{"unreachable", "unreachable"},
	{"call stack", "stack overflow"},
	{"too much recursion", "stack overflow"},
}

// trapOf is the text of an error in wazero's words, if it is a trap.
func trapOf(text string) string {
	for _, t := range browserTraps {
		if strings.Contains(text, t.says) {
			return "wasm error: " + t.trap
		}
	}
	return text
}

// browserFrame is a frame of firmware in an error's stack: of V8, of SpiderMonkey.
var browserFrame = regexp.MustCompile(`(?:at ([\w$.#]+) \(|^([\w$.#]*)@)?\S*wasm-function\[\d+\]:0x([0-9a-f]+)`)

// error is what ended the guest's code, as wazero says it.
func (b *browserGuest) error() error {
	e := b.object.Get("state").Get("error")
	text, stack := e.Call("toString").String(), e.Get("stack").String()
	var out strings.Builder
	fmt.Fprintf(&out, "%s\nwasm stack trace:", trapOf(text))
	state := b.object.Get("state")
	frames := 0
	if host := state.Get("host").String(); host != "" {
		state.Set("host", "")
		fmt.Fprintf(&out, "\n\t.%s()", host)
	}
	for line := range strings.Lines(stack) {
		m := browserFrame.FindStringSubmatch(line)
		if m == nil && frames > 0 {
			break // the way back to Go
		}
		if m == nil {
			continue
		}
		frames++
		at, _ := strconv.ParseUint(m[3], 16, 64)
		fmt.Fprintf(&out, "\n\t.%s()\n\t\t0x%x: -", m[1]+m[2], at-b.image.browser.from)
	}
	return errors.New(out.String())
}

// browserMemory is a copy of the guest's memory, taken when it is asked for, and given back before the guest's code goes on.
type browserMemory struct {
	api.Memory
	object js.Value
	copied []byte
	taken  bool
}

// bytes is the guest's memory in JavaScript.
func (m *browserMemory) bytes() js.Value { return m.object.Call("memory") }

func (m *browserMemory) take() {
	if m.taken {
		return
	}
	from := m.bytes()
	if n := from.Length(); n != len(m.copied) {
		m.copied = make([]byte, n)
	}
	js.CopyBytesToGo(m.copied, from)
	m.taken = true
}

func (m *browserMemory) give() {
	if m.taken {
		js.CopyBytesToJS(m.bytes(), m.copied)
		m.taken = false
	}
}

func (m *browserMemory) has(at, n uint32) bool {
	m.take()
	return uint64(at)+uint64(n) <= uint64(len(m.copied))
}

// Size is in bytes.
func (m *browserMemory) Size() uint32 {
	m.take()
	return uint32(len(m.copied))
}

// Grow makes the memory larger, by pages.
func (m *browserMemory) Grow(pages uint32) (before uint32, ok bool) {
	before = m.Size() / pageSize
	m.give()
	return before, m.object.Call("grow", pages).Bool()
}

// Read returns the guest's bytes, until its code goes on.
func (m *browserMemory) Read(at, n uint32) ([]byte, bool) {
	if !m.has(at, n) {
		return nil, false
	}
	return m.copied[at : at+n : at+n], true
}

// ReadUint32Le reads a word.
func (m *browserMemory) ReadUint32Le(at uint32) (uint32, bool) {
	if !m.has(at, 4) {
		return 0, false
	}
	return order.Uint32(m.copied[at:]), true
}

// WriteUint32Le writes a word.
func (m *browserMemory) WriteUint32Le(at, v uint32) bool {
	if !m.has(at, 4) {
		return false
	}
	order.PutUint32(m.copied[at:], v)
	return true
}
