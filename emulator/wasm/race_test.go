//go:build race

package wasm_test

// raceEnabled: memory is larger, and time longer, under the race detector.
const raceEnabled = true
