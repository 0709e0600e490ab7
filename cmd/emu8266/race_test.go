//go:build race

package main

import "time"

// With the race detector the interpreter of the LX106 takes ten times as long until a watchdog ends a loop.
func init() { computeMax = 2 * time.Minute }
