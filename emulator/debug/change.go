package debug

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/go-dap"

	"github.com/emu8266/emu8266/emulator/cdebug"
)

// changeRequest answers the requests that change the stopped program; answered is false for others.
func (v *view) changeRequest(request dap.RequestMessage, answer dap.Response) (body dap.Message, answered bool, err error) {
	switch r := request.(type) {
	case *dap.SetVariableRequest:
		value, err := v.setVariable(r.Arguments)
		if err != nil {
			return nil, true, err
		}
		d := dap.SetVariableResponseBody{Value: value.String(), Type: value.Type}
		d.VariablesReference, d.NamedVariables, d.IndexedVariables, _ = v.parts(value, r.Arguments.Name)
		return &dap.SetVariableResponse{Response: answer, Body: d}, true, nil
	case *dap.SetExpressionRequest:
		value, err := v.setExpression(r.Arguments)
		if err != nil {
			return nil, true, err
		}
		d := dap.SetExpressionResponseBody{Value: value.String(), Type: value.Type}
		d.VariablesReference, d.NamedVariables, d.IndexedVariables, _ = v.parts(value, r.Arguments.Expression)
		return &dap.SetExpressionResponse{Response: answer, Body: d}, true, nil
	case *dap.WriteMemoryRequest:
		n, err := v.writeMemory(r.Arguments)
		return &dap.WriteMemoryResponse{Response: answer, Body: dap.WriteMemoryResponseBody{BytesWritten: n}}, true, err
	}
	return nil, false, nil
}

var errPast = errors.New("this is the past, in which nothing can be changed: go on to the present first")

// setVariable changes one of the variables that a view has handed out.
func (v *view) setVariable(a dap.SetVariableArguments) (value cdebug.Value, err error) {
	f := frame{context: cdebug.Context{Memory: v.machine}}
	if a.VariablesReference >= 1 && a.VariablesReference <= len(v.refs) {
		if s, ok := v.refs[a.VariablesReference-1].(scope); ok {
			if f, err = v.frameOf(s.frame); err != nil {
				return value, err
			}
			if s.kind == "registers" {
				return v.setRegister(f, a)
			}
		}
	}
	named := dap.DataBreakpointInfoArguments{VariablesReference: a.VariablesReference, Name: a.Name}
	value, name, err := v.named(named)
	if err != nil {
		return value, err
	}
	if err := v.assign(f, value, name, a.Value); err != nil {
		return value, err
	}
	value, _, err = v.named(named)
	return value, err
}

// setExpression changes what an expression names.
func (v *view) setExpression(a dap.SetExpressionArguments) (value cdebug.Value, err error) {
	f, err := v.frameOf(a.FrameId)
	if err != nil {
		return value, err
	}
	if value, err = v.control.info().Eval(f.context, a.Expression); err != nil {
		return value, err
	}
	if err := v.assign(f, value, a.Expression, a.Value); err != nil {
		return value, err
	}
	if f, err = v.frameOf(a.FrameId); err != nil {
		return value, err
	}
	return v.control.info().Eval(f.context, a.Expression)
}

// setRegister changes a0 to a15 of the innermost function.
func (v *view) setRegister(f frame, a dap.SetVariableArguments) (value cdebug.Value, err error) {
	n, err := strconv.Atoi(strings.TrimPrefix(a.Name, "a"))
	if err != nil || n < 0 || n > 15 || !strings.HasPrefix(a.Name, "a") {
		return value, fmt.Errorf("%s cannot be changed: a0 to a15 can", a.Name)
	}
	given, err := v.control.info().Eval(f.context, a.Value)
	if err != nil {
		return value, err
	}
	if err := v.hold(f, n, uint32(given.Uint())); err != nil {
		return value, err
	}
	if f, err = v.frameOf(0); err != nil {
		return value, err
	}
	return v.control.info().Eval(f.context, "$"+a.Name)
}

// assign puts what a text of the client says, an expression of C or a text in quotes, where a value lies.
func (v *view) assign(f frame, target cdebug.Value, name, text string) error {
	if v.machine.Past() {
		return errPast
	}
	var given any
	number := uint32(0)
	if text = strings.TrimSpace(text); strings.HasPrefix(text, `"`) {
		s, err := strconv.Unquote(text)
		if err != nil {
			return fmt.Errorf("%s is no text in quotes", text)
		}
		given = s
	} else {
		value, err := v.control.info().Eval(f.context, text)
		if err != nil {
			return err
		}
		number = uint32(value.Uint())
		switch signed := value.Int(); {
		case value.Type == target.Type && strings.HasPrefix(value.Type, "struct "), value.Type == target.Type &&
			(value.Type == "float" || value.Type == "double"):
			given = value.Bytes()
		case signed < 0:
			given, number = signed, uint32(signed)
		default:
			given = value.Uint()
		}
	}
	b, err := target.Encode(given)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case target.Held:
		return v.hold(f, target.Register, number)
	case !target.Placed:
		return fmt.Errorf("%s lies in no memory and in no register that is its own: give a variable, a member or an element", name)
	case !v.machine.Write(target.Addr, b):
		return fmt.Errorf("%s lies at %s, which cannot be written: data RAM can", name, hex(target.Addr))
	}
	v.changed()
	return nil
}

// hold puts a value into a register of a function. Those of callers are saved in places that only they know.
func (v *view) hold(f frame, register int, value uint32) error {
	if v.machine.Past() {
		return errPast
	}
	frames := v.load()
	if len(frames) == 0 || f.context.Frame == nil || f.context.Frame != frames[0].context.Frame {
		return errors.New("it lies in a register of a caller, which cannot be changed: step out first, or build with -O0")
	}
	if !v.machine.SetRegister(register, value) {
		return errors.New("between two callbacks there are no registers to change")
	}
	v.changed()
	return nil
}

// changed forgets what was looked at before the program was changed.
func (v *view) changed() {
	v.frames = nil
	v.control.machine = nil // watched memory is looked at anew: this was not the SDK
}

// writeMemory changes memory, all that is given or nothing.
func (v *view) writeMemory(a dap.WriteMemoryArguments) (n int, err error) {
	at, err := address(a.MemoryReference, a.Offset)
	if err != nil {
		return 0, err
	}
	b, err := base64.StdEncoding.DecodeString(a.Data)
	switch {
	case err != nil:
		return 0, fmt.Errorf("the data are no base64: %w", err)
	case len(b) > memoryMax:
		return 0, fmt.Errorf("%d bytes: up to %d are written at once", len(b), memoryMax)
	case v.machine.Past():
		return 0, errPast
	case !v.machine.Write(at, b):
		return 0, fmt.Errorf("%d bytes at %s cannot be written: data RAM can", len(b), hex(at))
	}
	v.changed()
	return len(b), nil
}
