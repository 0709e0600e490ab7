package debug

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-dap"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
)

// view is the stopped program as the client looks at it; what it hands out is valid until the program goes on. Device goroutine.
type view struct {
	control *control
	machine *elf.Machine
	stop    *stop
	frames  []frame // nil: not looked for yet
	refs    []any   // what has parts, by the protocol's number less 1
}

// frame is a function of C under way.
type frame struct {
	context cdebug.Context
	scope   cdebug.Scope
	name    string
	pc      uint32 // of the next instruction
}

// scope is a group of variables.
type scope struct {
	kind  string
	frame int
}

func newView(c *control, m *elf.Machine, s *stop) *view {
	return &view{control: c, machine: m, stop: s}
}

// partsMax bounds the parts of a variable that are handed out at once. Choice.
const partsMax = 1000

// lookRequest answers the requests about the stopped program.
func (s *session) lookRequest(request dap.RequestMessage, answer dap.Response) (body dap.Message, err error) {
	err = s.ask(func(v *view) (err error) {
		switch r := request.(type) {
		case *dap.StackTraceRequest:
			frames, total := v.stack(r.Arguments)
			body = &dap.StackTraceResponse{Response: answer, Body: dap.StackTraceResponseBody{StackFrames: frames, TotalFrames: total}}
		case *dap.ScopesRequest:
			var scopes []dap.Scope
			scopes, err = v.scopes(r.Arguments.FrameId)
			body = &dap.ScopesResponse{Response: answer, Body: dap.ScopesResponseBody{Scopes: scopes}}
		case *dap.VariablesRequest:
			var list []dap.Variable
			list, err = v.variables(r.Arguments)
			body = &dap.VariablesResponse{Response: answer, Body: dap.VariablesResponseBody{Variables: list}}
		case *dap.EvaluateRequest:
			var result dap.EvaluateResponseBody
			result, err = v.evaluate(r.Arguments)
			body = &dap.EvaluateResponse{Response: answer, Body: result}
		case *dap.ReadMemoryRequest:
			var result dap.ReadMemoryResponseBody
			result, err = v.memory(r.Arguments)
			body = &dap.ReadMemoryResponse{Response: answer, Body: result}
		case *dap.DisassembleRequest:
			var list []dap.DisassembledInstruction
			list, err = v.disassemble(r.Arguments)
			body = &dap.DisassembleResponse{Response: answer, Body: dap.DisassembleResponseBody{Instructions: list}}
		case *dap.DataBreakpointInfoRequest:
			body = &dap.DataBreakpointInfoResponse{Response: answer, Body: v.data(r.Arguments)}
		case *dap.ExceptionInfoRequest:
			var result dap.ExceptionInfoResponseBody
			result, err = v.exception()
			body = &dap.ExceptionInfoResponse{Response: answer, Body: result}
		default:
			answered := false
			if body, answered, err = v.changeRequest(request, answer); answered {
				return err
			}
			err = fmt.Errorf("the debugger does not have the request %q", answer.Command)
		}
		return err
	})
	return body, err
}

// load looks for the functions under way.
func (v *view) load() []frame {
	if v.frames != nil {
		return v.frames
	}
	v.frames = []frame{}
	if v.machine.Depth() == 0 {
		return v.frames
	}
	physical := v.control.frames(v.machine)
	for n := range physical {
		f := &physical[n]
		pc := uint32(f.PC)
		context := cdebug.Context{Memory: v.machine, Frame: f}
		if name := v.machine.Outside(pc); name != "" && n == 0 {
			v.frames = append(v.frames, frame{context: context, name: name, pc: pc})
			continue
		}
		scopes := v.control.info().Scopes(f.At())
		for k, s := range scopes {
			context.Scope = k
			v.frames = append(v.frames, frame{context, s, s.Function, pc})
		}
		if len(scopes) == 0 {
			v.frames = append(v.frames, frame{context: context, name: v.machine.Place(uint32(f.At())), pc: pc})
		}
	}
	return v.frames
}

func (v *view) stack(a dap.StackTraceArguments) (list []dap.StackFrame, total int) {
	frames := v.load()
	list = []dap.StackFrame{}
	if len(frames) == 0 {
		return append(list, dap.StackFrame{Id: 1, Name: "the SDK waits for the next event", PresentationHint: "label"}), 1
	}
	for n, f := range frames {
		if n < a.StartFrame || a.Levels > 0 && n >= a.StartFrame+a.Levels {
			continue
		}
		d := dap.StackFrame{Id: n + 1, Name: f.name, InstructionPointerReference: hex(f.pc)}
		if f.scope.Line > 0 {
			d.Source, d.Line, d.Column = v.control.source(f.scope.File), f.scope.Line, 1
		} else {
			d.PresentationHint = "subtle"
		}
		list = append(list, d)
	}
	return list, len(frames)
}

// source names a file of the program to the client.
func (c *control) source(file string) *dap.Source {
	name := file
	if !filepath.IsAbs(file) && c.target.Dir != "" {
		if whole := filepath.Join(c.target.Dir, filepath.FromSlash(file)); exists(whole) {
			name = whole
		}
	}
	return &dap.Source{Name: filepath.Base(file), Path: name}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// frameOf returns a frame by its number; 0 is the innermost, if there is one.
func (v *view) frameOf(id int) (frame, error) {
	frames := v.load()
	switch {
	case len(frames) == 0 && id <= 1:
		return frame{context: cdebug.Context{Memory: v.machine}}, nil
	case id == 0:
		return frames[0], nil
	case id < 1 || id > len(frames):
		return frame{}, errors.New("there is no such frame any more")
	}
	return frames[id-1], nil
}

// ref gives a number to something that has parts.
func (v *view) ref(x any) int {
	v.refs = append(v.refs, x)
	return len(v.refs)
}

func (v *view) scopes(id int) ([]dap.Scope, error) {
	if _, err := v.frameOf(id); err != nil {
		return nil, err
	}
	list := []dap.Scope{}
	if len(v.load()) > 0 {
		list = append(list,
			dap.Scope{Name: "Arguments", PresentationHint: "arguments", VariablesReference: v.ref(scope{"arguments", id})},
			dap.Scope{Name: "Locals", PresentationHint: "locals", VariablesReference: v.ref(scope{"locals", id})})
	}
	return append(list,
		dap.Scope{Name: "Globals", PresentationHint: "globals", Expensive: true, VariablesReference: v.ref(scope{"globals", id})},
		dap.Scope{Name: "Registers", PresentationHint: "registers", Expensive: true,
			VariablesReference: v.ref(scope{"registers", id})}), nil
}

// part is a value with the expression that leads to it.
type part struct {
	value cdebug.Value
	expr  string
}

func (v *view) variables(a dap.VariablesArguments) ([]dap.Variable, error) {
	if a.VariablesReference < 1 || a.VariablesReference > len(v.refs) {
		return nil, errors.New("there are no such variables any more")
	}
	list := []dap.Variable{}
	switch x := v.refs[a.VariablesReference-1].(type) {
	case part:
		count := partsMax
		if a.Count > 0 {
			count = min(a.Count, partsMax)
		}
		for _, c := range x.value.Children(a.Start, count) {
			expr := "(" + x.expr + ")" + c.Expr
			if c.Before {
				expr = c.Expr + "(" + x.expr + ")"
			}
			if !strings.ContainsAny(x.expr, " *&()") {
				expr = strings.NewReplacer("("+x.expr+")", x.expr).Replace(expr)
			}
			list = append(list, v.variable(c.Name, expr, c.Value, c.Err))
		}
	case scope:
		f, err := v.frameOf(x.frame)
		if err != nil {
			return nil, err
		}
		switch x.kind {
		case "registers":
			return v.registers(f), nil
		case "globals":
			return v.globals()
		}
		for _, l := range v.control.info().Locals(f.context) {
			if l.Argument == (x.kind == "arguments") {
				list = append(list, v.variable(l.Name, l.Name, l.Value, l.Err))
			}
		}
	}
	return list, nil
}

func (v *view) globals() ([]dap.Variable, error) {
	all, err := v.control.info().Globals()
	if err != nil {
		return nil, err
	}
	list := []dap.Variable{}
	for _, g := range all {
		if len(list) == partsMax {
			break
		}
		value, err := v.control.info().Read(v.machine, g)
		name := g.Name
		if g.Function != "" {
			name = g.Function + ":" + g.Name
		}
		list = append(list, v.variable(name, g.Expr(), value, err))
	}
	return list, nil
}

// variable shows a value.
func (v *view) variable(name, expr string, value cdebug.Value, err error) dap.Variable {
	d := dap.Variable{Name: name, EvaluateName: expr}
	if err != nil {
		d.Value, d.PresentationHint = "<"+err.Error()+">", &dap.VariablePresentationHint{Attributes: []string{"failedEvaluation"}}
		return d
	}
	d.Value, d.Type = value.String(), value.Type
	d.VariablesReference, d.NamedVariables, d.IndexedVariables, d.MemoryReference = v.parts(value, expr)
	return d
}

// parts says how the client gets at the parts of a value, and at its memory: for a pointer what it points to, as the protocol wants it.
func (v *view) parts(value cdebug.Value, expr string) (ref, named, indexed int, memory string) {
	if to, pointer := value.Pointer(); pointer {
		if to != 0 {
			memory = hex(to)
		}
	} else if value.Placed {
		memory = hex(value.Addr)
	}
	n := value.Len()
	if n == 0 {
		return 0, 0, 0, memory
	}
	if strings.HasSuffix(value.Type, "]") {
		indexed = n
	} else {
		named = n
	}
	return v.ref(part{value, expr}), named, indexed, memory
}

// specials are the special registers that are shown.
var specials = []string{"sar", "ps", "epc1", "exccause", "excvaddr", "intenable", "interrupt", "ccount", "vecbase"}

func (v *view) registers(f frame) []dap.Variable {
	var list []dap.Variable
	add := func(name, value string) {
		d := dap.Variable{Name: name, Value: value, Type: "uint32"}
		if value != lost {
			d.MemoryReference = value
		}
		list = append(list, d)
	}
	if f.context.Frame == nil {
		add("pc", hex(v.machine.PC()))
		for n := range 16 {
			add(fmt.Sprintf("a%d", n), hex(v.machine.Register(n)))
		}
	} else {
		add("pc", hex(f.pc))
		for n, r := range f.context.Frame.Registers {
			value := lost
			if f.context.Frame.Known&(1<<n) != 0 {
				value = hex(r)
			}
			add(fmt.Sprintf("a%d", n), value)
		}
	}
	for _, name := range specials {
		add(name, hex(v.machine.Special(name)))
	}
	return append(list, dap.Variable{Name: "position", Value: fmt.Sprint(v.machine.Position()), Type: "instructions since the first boot"})
}

const lost = "<not saved>"

func (v *view) evaluate(a dap.EvaluateArguments) (dap.EvaluateResponseBody, error) {
	f, err := v.frameOf(a.FrameId)
	if err != nil {
		return dap.EvaluateResponseBody{}, err
	}
	value, err := v.control.info().Eval(f.context, a.Expression)
	if err != nil {
		return dap.EvaluateResponseBody{}, err
	}
	d := dap.EvaluateResponseBody{Result: value.String(), Type: value.Type}
	d.VariablesReference, d.NamedVariables, d.IndexedVariables, d.MemoryReference = v.parts(value, a.Expression)
	return d, nil
}

// data tells whether a variable can be watched.
func (v *view) data(a dap.DataBreakpointInfoArguments) (d dap.DataBreakpointInfoResponseBody) {
	value, name, err := v.named(a)
	switch {
	case err != nil:
		d.Description = err.Error()
		return d
	case !value.Placed:
		d.Description = name + " lies in no memory: it is in a register, or a result"
		return d
	}
	size := uint32(len(value.Bytes()))
	if size == 0 || size > watchMax {
		d.Description = fmt.Sprintf("%s has %d bytes: watch a part of it, %d at most", name, size, watchMax)
		return d
	}
	return dap.DataBreakpointInfoResponseBody{DataId: dataID(value.Addr, size, name), Description: fmt.Sprintf("%s (%s, %d bytes)", name,
		hex(value.Addr), size), AccessTypes: []dap.DataBreakpointAccessType{"write", "read", "readWrite"}}
}

// named finds the variable that dataBreakpointInfo means.
func (v *view) named(a dap.DataBreakpointInfoArguments) (value cdebug.Value, name string, err error) {
	f, err := v.frameOf(a.FrameId)
	if err != nil {
		return value, a.Name, err
	}
	if a.VariablesReference == 0 {
		value, err = v.control.info().Eval(f.context, a.Name)
		return value, a.Name, err
	}
	if a.VariablesReference > len(v.refs) || a.VariablesReference < 0 {
		return value, a.Name, errors.New("there are no such variables any more")
	}
	switch x := v.refs[a.VariablesReference-1].(type) {
	case part:
		for _, c := range x.value.Children(0, partsMax) {
			if c.Name == a.Name {
				return c.Value, x.expr + c.Expr, c.Err
			}
		}
	case scope:
		if f, err = v.frameOf(x.frame); err != nil {
			return value, a.Name, err
		}
		if x.kind == "globals" {
			f = frame{context: cdebug.Context{Memory: v.machine}}
		}
		value, err = v.control.info().Eval(f.context, a.Name)
		return value, a.Name, err
	}
	return value, a.Name, fmt.Errorf("there is no %s", a.Name)
}

// memoryMax bounds what is read of memory at once, in bytes. Choice.
const memoryMax = 1 << 20

func (v *view) memory(a dap.ReadMemoryArguments) (d dap.ReadMemoryResponseBody, err error) {
	at, err := address(a.MemoryReference, a.Offset)
	if err != nil {
		return d, err
	}
	if a.Count < 0 || a.Count > memoryMax {
		return d, fmt.Errorf("%d bytes: from 0 to %d are read at once", a.Count, memoryMax)
	}
	b := []byte{}
	for len(b) < a.Count {
		n := min(a.Count-len(b), 4096)
		more, ok := v.machine.Read(at+uint32(len(b)), uint32(n))
		for ; !ok && n > 1; more, ok = v.machine.Read(at+uint32(len(b)), uint32(n)) {
			n /= 2
		}
		if !ok {
			break
		}
		b = append(b, more...)
	}
	return dap.ReadMemoryResponseBody{Address: hex(at), UnreadableBytes: a.Count - len(b), Data: base64.StdEncoding.EncodeToString(b)}, nil
}

// hex writes an address.
func hex(v uint32) string { return fmt.Sprintf("0x%08x", v) }

// address reads one that the client gives back.
func address(reference string, offset int) (uint32, error) {
	n, err := strconv.ParseUint(reference, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no address", reference)
	}
	return uint32(int64(n) + int64(offset)), nil
}

// disassembledMax bounds instructions that are disassembled at once. Choice.
const disassembledMax = 4096

func (v *view) disassemble(a dap.DisassembleArguments) ([]dap.DisassembledInstruction, error) {
	at, err := address(a.MemoryReference, a.Offset)
	if err != nil {
		return nil, err
	}
	if a.InstructionCount < 0 || a.InstructionCount > disassembledMax || a.InstructionOffset < -disassembledMax ||
		a.InstructionOffset > disassembledMax {
		return nil, fmt.Errorf("%d instructions from %d on: %d at most", a.InstructionCount, a.InstructionOffset, disassembledMax)
	}
	var list []elf.Instruction
	next := at
	if n := -a.InstructionOffset; n > 0 {
		list = v.instructionsBefore(at, n)
	}
	for skip := a.InstructionOffset; len(list) < a.InstructionCount; skip-- {
		in, ok := v.machine.Instruction(next)
		if !ok {
			in = elf.Instruction{Addr: next, Bytes: []byte{0}, Text: "(no code)"}
		}
		next += uint32(len(in.Bytes))
		if skip <= 0 {
			list = append(list, in)
		}
	}
	out := make([]dap.DisassembledInstruction, 0, a.InstructionCount)
	line := cdebug.Row{}
	for _, in := range list[:min(len(list), a.InstructionCount)] {
		d := dap.DisassembledInstruction{Address: hex(in.Addr), InstructionBytes: fmt.Sprintf("% x", in.Bytes),
			Instruction: strings.ReplaceAll(in.Text, "\t", " ")}
		if name, from, _, ok := v.machine.Function(in.Addr); ok && from == in.Addr {
			d.Symbol = name
		}
		if row := v.control.row(in.Addr); row.Line != 0 && (row.Line != line.Line || row.File != line.File) {
			d.Location, d.Line, line = v.control.source(row.File), row.Line, row
		}
		out = append(out, d)
	}
	return out, nil
}

// instructionsBefore returns count instructions that end at an address: as the function that it lies in is decoded from its beginning, and
// before that functions before it. Where no code is known, bytes stand for instructions.
func (v *view) instructionsBefore(at uint32, count int) (list []elf.Instruction) {
	for end := at; len(list) < count; {
		_, from, _, ok := v.machine.Function(end - 1)
		if !ok || from >= end {
			from = end - 1
		}
		var part []elf.Instruction
		for pc := from; pc < end; {
			in, ok := v.machine.Instruction(pc)
			if !ok || pc+uint32(len(in.Bytes)) > end {
				in = elf.Instruction{Addr: pc, Bytes: []byte{0}, Text: "(no code)"}
			}
			part = append(part, in)
			pc += uint32(len(in.Bytes))
		}
		list, end = append(part, list...), from
	}
	return list[len(list)-count:]
}

// exception says why the program is about to end, and what to change.
func (v *view) exception() (d dap.ExceptionInfoResponseBody, err error) {
	if v.stop.reason != "exception" {
		return d, errors.New("the program has not stopped for an exception")
	}
	d.BreakMode = "always"
	crash := v.stop.crash
	if crash == nil {
		d.ExceptionId, d.Description = "misuse of the SDK", v.stop.text
		return d, nil
	}
	id := cause.OfCrash(crash)
	text := cause.Of(trace.Event{Source: trace.SourceDevice, Kind: trace.KindCause, Name: string(id), Text: crash.Why,
		Value: int64(crash.Cause)}, cause.English)
	d.ExceptionId = crashTitle(crash)
	d.Description = crash.Why
	if text.Sentence != "" {
		d.Description += "\n" + text.Sentence
	}
	if text.Remedy != "" {
		d.Description += "\nWhat to change: " + text.Remedy
	}
	stack := slices.Clone(crash.Stack)
	d.Details = &dap.ExceptionDetails{Message: crash.String(), TypeName: string(id), StackTrace: strings.Join(stack, "\n")}
	return d, nil
}
