// Command playground is the page's program: it answers what the page asks (package cmd/internal/playground), in a worker of the browser.
// Built for another system than js it makes the page: see main.go.
package main

import (
	"encoding/json"
	"fmt"
	"syscall/js"

	"github.com/emu8266/emu8266/cmd/internal/playground"
)

// main tells the worker that it is ready, and answers one request after the other. A request is text: the JSON of
// playground.Request; so is the answer.
func main() {
	requests := make(chan string)
	js.Global().Set("emu8266Ask", js.FuncOf(func(_ js.Value, args []js.Value) any {
		text := args[0].String()
		go func() { requests <- text }()
		return nil
	}))
	said := js.Global().Get("emu8266Said")
	js.Global().Set("emu8266Warm", js.FuncOf(func(js.Value, []js.Value) any {
		go warm()
		return nil
	}))
	go warm() // the compiler may have been there before
	js.Global().Call("emu8266Ready")
	for text := range requests {
		var q playground.Request
		a := playground.Answer{Failed: true}
		if err := json.Unmarshal([]byte(text), &q); err != nil {
			a.Text = fmt.Sprintf("playground: %v", err)
		} else {
			q.Compiler = compiler()
			a = playground.Do(q, func(text string) { said.Invoke(text) })
		}
		b, err := json.Marshal(a)
		if err != nil {
			panic(err) // an Answer has nothing that JSON cannot say
		}
		js.Global().Call("emu8266Answer", string(b))
	}
}
