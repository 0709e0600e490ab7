// Package debug is a debugger for compiled firmware on an emulated device, for editors that speak the Debug Adapter Protocol.
//
//	target := &debug.Target{Image: image, Play: play} // what runs, and on which device
//	err := debug.Serve(ctx, os.Stdin, os.Stdout, debug.Options{Target: target})
//
// # What stands still
//
// While the program is stopped, nothing happens on the device: its goroutine waits inside an instruction. In virtual time, time stands
// still for the whole network, since something waits that is outside. In real time the peers' time goes on, and the console says so.
//
// # Back in time
//
// A step back and "reverse" play the program again from a checkpoint (elf.Machine.Replay): the program and its memory are as they were,
// the device and its peers stay as they are. In the past, everything that reads works as in the present; going on, forwards, ends
// where the present is, and the device goes on from there. The record has 64 MB; what is older is gone.
//
// # Who runs where
//
// Requests are read on the goroutine of Serve. What looks at the machine is done on the device's goroutine, while it is stopped; break
// points can be set at any time. Only one client is served at a time.
package debug
