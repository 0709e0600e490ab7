// Package explain tells from a device's trace what became of its connections, name lookups and calls, and why.
//
// Explain and All are pure functions: the same events give the same Explanation, whether they come from the device's own trace or
// from a file that another process wrote. They decide nothing themselves. Whoever refused, dropped or gave up has named the cause in
// the trace; a Reader finds the one that belongs to what the application saw, and package cause has the words.
//
// A Reader keeps a story for each thing that the firmware began - a connection, a server, a lookup, a call that was refused - and for
// what the device itself reports. The outcome of a story comes from its own events alone: what happens to one connection says
// nothing about another. The story that was decided last is the device's explanation.
package explain
