// Package firmware holds the prebuilt image of an example that the command shows: build.sh in this folder makes it.
package firmware

import _ "embed"

// HelloTLS2048 and HelloTLS4096 are examples/hello-tls with TLS buffers of 2,048 and 4,096 bytes.
var (
	//go:embed hello-tls-2048.wasm
	HelloTLS2048 []byte
	//go:embed hello-tls-4096.wasm
	HelloTLS4096 []byte
)
