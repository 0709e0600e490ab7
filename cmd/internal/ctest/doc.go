// Package ctest runs tests that are written in C: functions test_... of a file, each on a device of its own, with plain assert or with
// Unity (ThrowTheSwitch), as it is.
//
//	file, err := ctest.Find("/app/test/test_parse.c", "test/test_parse.c", source)
//	runner := file.Runner()                     // C, to be compiled in place of the file, with Support and Header
//	result := file.Run(image.Firmware(), n, o)  // in a testing/synctest bubble
//
// # Rules
//
//   - A test is a function without parameters whose name begins with test_, static or not. setUp and tearDown of the file are called
//     before and after each.
//   - The firmware boots first: the project's user_init has run when the test begins. A file of tests may have a user_init of its own if
//     nobody else has one; without any the firmware does nothing.
//   - A test that returns is not over: its device goes on for Options.After, so that callbacks and timers that it has begun may fail it.
//   - A test fails by an assertion, a crash or, if Options say so, misuse of the SDK. An assertion of Unity ends the test where it
//     stands, and the device with it; tearDown is not called then.
//   - main of the file is left alone: it is for others who run the tests.
//
// The package opens no file.
package ctest
