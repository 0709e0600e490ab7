// Package compare says where two devices begin to do different things: two builds of a program, two profiles, two engines, or the
// same program a year later.
//
//	result := compare.Compare(compare.Side{Events: before}, compare.Side{Events: after}, compare.Options{})
//	if !result.Equal() {
//		t.Error(result.Differences[0])
//	}
//
// Compare is a pure function over events of a trace and frames of a capture, wherever they come from. It walks along both sides at
// once. Where they part it looks for the nearest place where they go on alike, and tells what lies between: one Difference, with
// the Aspect of the device that it concerns. What matters most is the first: what comes later often follows from it.
package compare
