//go:build race

package engines_test

// raceEnabled: memory is larger, and time longer, under the race detector.
const raceEnabled = true
