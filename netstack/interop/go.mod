module github.com/emu8266/emu8266/netstack/interop

go 1.26.0

require (
	github.com/emu8266/emu8266 v0.0.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/sys v0.50.0
	gvisor.dev/gvisor v0.0.0-20260224225140-573d5e7127a8
)

require (
	github.com/google/btree v1.1.2 // indirect
	github.com/google/gopacket v1.1.19 // indirect
	go.uber.org/multierr v1.10.0 // indirect
	go.uber.org/zap v1.28.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/exp v0.0.0-20231110203233-9a3e6036ecaa // indirect
	golang.org/x/time v0.15.0 // indirect
)

replace github.com/emu8266/emu8266 => ../..
