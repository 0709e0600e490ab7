//go:build !js

// Command playground makes the playground: a static page on which lessons, scenarios and firmware run in the browser, without a server.
//
//	go run ./cmd/playground -o DIR
//
// DIR can be put on any web server that serves files; `emu8266 playground` serves it on this machine.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/emu8266/emu8266/cmd/playground/site"
)

func main() {
	dir := flag.String("o", "", "the folder to make")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "playground: give -o DIR")
		os.Exit(2)
	}
	if err := site.Build(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		os.Exit(1)
	}
}
