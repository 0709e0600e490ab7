// Command playground is the page's program: it answers what the page asks (package cmd/internal/playground), in a worker of the browser.
// Built for another system than js it makes the page: see main.go.
package main

import (
	"encoding/json"
	"fmt"
	"syscall/js"

	"github.com/emu8266/emu8266/cmd/internal/playground"
)

// request is what the worker asks: the JSON of playground.Request, and beside it what is too long for JSON, Data and Capture.
type request struct {
	text          string
	data, capture []byte
}

// main tells the worker that it is ready, and answers one request after the other: with the JSON of playground.Answer, and beside it the
// bytes of Page.
func main() {
	requests := make(chan request)
	js.Global().Set("emu8266Ask", js.FuncOf(func(_ js.Value, args []js.Value) any {
		r := request{args[0].String(), bytesOf(args[1]), bytesOf(args[2])}
		go func() { requests <- r }()
		return nil
	}))
	said := js.Global().Get("emu8266Said")
	js.Global().Set("emu8266Warm", js.FuncOf(func(js.Value, []js.Value) any {
		go warm()
		return nil
	}))
	go warm() // the compiler may have been there before
	js.Global().Call("emu8266Ready")
	for r := range requests {
		var q playground.Request
		a := playground.Answer{Failed: true}
		if err := json.Unmarshal([]byte(r.text), &q); err != nil {
			a.Text = fmt.Sprintf("playground: %v", err)
		} else {
			q.Data, q.Capture, q.Compiler = r.data, r.capture, compiler()
			a = playground.Do(q, func(text string) { said.Invoke(text) })
		}
		page := js.Global().Get("Uint8Array").New(len(a.Page))
		js.CopyBytesToJS(page, []byte(a.Page))
		a.Page = ""
		b, err := json.Marshal(a)
		if err != nil {
			panic(err) // an Answer has nothing that JSON cannot say
		}
		js.Global().Call("emu8266Answer", string(b), page)
	}
}
