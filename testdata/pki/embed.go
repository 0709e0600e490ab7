// Package pki holds the test keys as files, for what has no source tree around it. They protect nothing.
package pki

import "embed"

// Keys are the *.key.pem files.
//
//go:embed *.key.pem
var Keys embed.FS
