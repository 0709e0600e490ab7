//go:build !race

package flash_test

const raceDetector = false
