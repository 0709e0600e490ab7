// Package testdata holds the prebuilt image of an example that the command shows: firmware/build.sh makes it.
package testdata

import _ "embed"

// HelloTLS2048 and HelloTLS4096 are examples/hello-tls with TLS buffers of 2,048 and 4,096 bytes.
var (
	//go:embed firmware/hello-tls-2048.wasm
	HelloTLS2048 []byte
	//go:embed firmware/hello-tls-4096.wasm
	HelloTLS4096 []byte
)
