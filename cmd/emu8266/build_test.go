package main

import "testing"

// The scripts that compile C.
func TestBuildScripts(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	needTool(t, "make")
	runScripts(t, "testdata/clang")
}
