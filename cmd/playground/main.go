//go:build !js

// Command playground makes the playground: a static page on which lessons, scenarios and firmware run in the browser, without a server.
//
//	go run ./cmd/playground -o DIR -compiler npm -xz 9e
//
// DIR can be put on any web server that serves files; `emu8266 playground` serves it on this machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/emu8266/emu8266/cmd/playground/site"
)

func main() {
	dir := flag.String("o", "", "the folder to make")
	compiler := flag.String("compiler", "", "`FOLDER` of the npm package @yowasp/clang, for the page's C; npm fetches it")
	xz := flag.String("xz", "", "`PRESET` of xz, 1 to 9e, which makes the page's programs a third smaller; without, gzip compresses them")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "playground: give -o DIR")
		os.Exit(2)
	}
	if err := site.Make(context.Background(), *dir, site.Options{Compiler: *compiler, XZ: *xz}); err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		os.Exit(1)
	}
}
