// Package playground answers what the playground's page asks: play a script, explain a log or a code, probe a chain of
// certificates, make a report of a trace, run firmware. Each answer is what the command emu8266 says, in virtual time, without a
// terminal, files
// or sockets; so it works in a browser.
//
// Do is not reentrant: virtual time runs once at a time. What a request carries is untrusted, and bounded here.
package playground
