// Package lessons holds the pages of the lessons, for programs that play them.
package lessons

import "embed"

// Files are the pages, N-name.md, in English.
//
//go:embed [0-9]*.md
var Files embed.FS
