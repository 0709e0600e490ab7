//go:build race

package flash_test

// raceDetector: the tests run with -race, which makes loops over bytes ten times as slow.
const raceDetector = true
