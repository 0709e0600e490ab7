// Package recorder stands in for the toolchain of the LX106 while a project's own make runs, and tells afterwards what that make would
// have built.
//
// Make finds the tools' names on PATH: xtensa-lx106-elf-gcc, xt-ar, esptool.py and the like. They all are this program under another
// name, and end up in Tool. Nothing is compiled: an object is a text file that says how it would have been made, an archive has the lines
// of its members, and what is linked has the lines of everything in it. So it does not matter where a Makefile moves its files, and
// what belongs to the firmware is what reached the last link. A tool that would have made a file makes one.
//
// A shell that make is given (Shell) takes the folder off the tools' names, because Makefiles have them with the path of their
// author's machine.
//
// The tools read and write in the folder that make runs in, which the command has copied: make is trusted as much as make itself is.
// Nothing here prints but the tools, on the streams that they are given.
package recorder
