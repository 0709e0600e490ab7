// Package explain tells from a device's trace what became of its last connection or call, and why.
//
// Explain is a pure function: the same events give the same Explanation, whether they come from the device's own trace or from a
// file that another process wrote. It decides nothing itself. Whoever refused, dropped or gave up has named the cause in the
// trace; Explain finds the one that belongs to what the application saw, and package cause has the words.
package explain
