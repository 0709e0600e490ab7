// Package repair changes firmware's source as the explanation of its failure says, where that names a figure: the size of the TLS buffer.
// The place is the call in C that the figure belongs to: comments, texts, directives, declarations and definitions are none.
package repair
