// Package ci writes what continuous integration reads: JUnit's XML (WriteJUnit) and GitHub's annotations, which show a failure
// beside the line of code that it is about (Annotations).
//
// The package opens no file and asks for no environment variable: commands do.
package ci
