// Package virtual runs a function in virtual time outside go test: a day of a device's life passes in milliseconds, in any
// program.
//
//	err := virtual.Run(func() error {
//		d, err := emulator.New(emulator.Config{})
//		...
//		time.Sleep(24 * time.Hour)
//		return d.Close()
//	})
//
// Package time is the clock everywhere in this module, and virtual time is a bubble of testing/synctest. Tests open one
// with synctest.Test and do not need this package.
//
// # How
//
// The only way into a bubble is a *testing.T, and the only way to one outside go test is testing.MainStart. Go excludes that
// function from its compatibility promise: its first argument is an interface of package testing that each release may
// change. So this is the only package of the product that imports testing, and its tests hold what it relies on for the Go
// release in use: if they pass, Run works. When a release changes the interface the package no longer compiles, and
// testdeps.go is all there is to mend.
//
// Side effects: package testing registers its flags (test.v and so on) in flag.CommandLine, and flag.CommandLine is parsed
// with no arguments unless the program has parsed it. What testing prints is discarded; what fn prints is not.
package virtual
