package main

import (
	"context"
	"encoding/json"
	"errors"
	"syscall/js"

	"github.com/emu8266/emu8266/cmd/internal/playground"
	"github.com/emu8266/emu8266/emulator/build"
)

// compiler is the page's, nil as long as it has not arrived. It is made once.
func compiler() *playground.Compiler {
	version := js.Global().Get("emu8266Compiler").String()
	if made != nil || version == "" {
		return made
	}
	tools, err := build.PackageTools(version, askTool)
	if err != nil {
		return nil
	}
	made = &playground.Compiler{Tools: tools, Dir: "/tmp/firmware", Cache: "/tmp/cache"}
	return made
}

var made *playground.Compiler

// warm compiles ahead what a build needs, when the compiler has arrived. What goes wrong there, the build tells that somebody asks for.
func warm() {
	if c := compiler(); c != nil {
		_ = c.Warm()
	}
}

// askTool runs a tool in the compiler's worker.
func askTool(ctx context.Context, q build.PackageRequest) (a build.PackageAnswer, err error) {
	text, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	answered := make(chan js.Value, 1)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		answered <- args[0]
		return nil
	})
	defer then.Release()
	js.Global().Call("emu8266Tool", string(text)).Call("then", then)
	select {
	case v := <-answered:
		return build.PackageAnswer{Code: v.Get("code").Int(), Stdout: bytesOf(v.Get("stdout")), Stderr: bytesOf(v.Get("stderr")),
			Output: bytesOf(v.Get("output"))}, nil
	case <-ctx.Done():
		return a, errors.New("the compiler was stopped")
	}
}

// bytesOf copies bytes of JavaScript; nil for none.
func bytesOf(v js.Value) []byte {
	if v.IsUndefined() {
		return nil
	}
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}
