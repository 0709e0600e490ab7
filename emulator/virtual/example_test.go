package virtual_test

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/virtual"
)

// A day passes at once.
func ExampleRun() {
	err := virtual.Run(func() error {
		began := time.Now()
		fmt.Println(began.UTC())
		time.Sleep(24 * time.Hour)
		fmt.Println("slept", time.Since(began))
		return nil
	})
	fmt.Println(err)
	// Output:
	// 2000-01-01 00:00:00 +0000 UTC
	// slept 24h0m0s
	// <nil>
}
