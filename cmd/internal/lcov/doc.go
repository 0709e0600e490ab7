// Package lcov reads, joins and writes the tracefiles of lcov (geninfo(1)): which lines ran how often. Each image of a project counts
// its own lines; a report is about all of them.
//
//	var all lcov.Report
//	err := all.Add(file)   // once for each tracefile
//	lines, ran := all.Lines()
//
// The package opens no file. A [Report] belongs to one goroutine.
package lcov
