package main

import _ "embed"

// helloTLS2048 and helloTLS4096 are examples/hello-tls with TLS buffers of 2,048 and 4,096 bytes. testdata/firmware/build.sh
// makes them: the same files as in testdata/firmware.
var (
	//go:embed firmware/hello-tls-2048.wasm
	helloTLS2048 []byte
	//go:embed firmware/hello-tls-4096.wasm
	helloTLS4096 []byte
)
