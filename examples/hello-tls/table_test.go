package hellotls_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// The same firmware on each SDK, with much heap and with little.
func TestProfilesAndHeaps(t *testing.T) {
	image, err := wasm.LoadFile("../../testdata/firmware/hello-tls-4096.wasm")
	require.NoError(t, err)
	defer image.Close()
	for _, profile := range []espconn.Profile{espconn.ManualV21(), espconn.SDK221(), espconn.SDK301(), espconn.SDK306()} {
		for heap, want := range map[uint32]string{
			49152: "disconnect callback",
			24576: "disconnect callback",
			16384: "espconn_secure_connect failed",
		} {
			t.Run(fmt.Sprintf("%s/%d", profile.Name, heap), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					network := vnet.New(vnet.Options{Seed: 1})
					defer network.Close()
					devtest.TLSServer(t, network, server)
					d := emulator.NewTest(t, emulator.Config{
						Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), Profile: profile, HeapFree: heap,
					})
					devtest.Boot(t, d, image.Firmware())
					devtest.WaitLog(t, d, want)
				})
			})
		}
	}
}

// The README shows that test.
func TestReadmeShowsTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("table_test.go")
	require.NoError(t, err)
	_, test, _ := strings.Cut(string(source), "func TestProfilesAndHeaps")
	test, _, _ = strings.Cut(test, "\n}\n")
	assert.Contains(t, string(readme), "```go\nfunc TestProfilesAndHeaps"+test+"\n}\n```\n")
	assert.LessOrEqual(t, strings.Count(test, "\n"), 30)
}
