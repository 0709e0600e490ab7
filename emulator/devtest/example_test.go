package devtest_test

import (
	"testing"
	"testing/synctest"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/espconn"
)

// The whole test of a client whose buffer is too small for its broker's certificates. (A test that must run as an example
// cannot have a *testing.T; this one is compiled, and TestChainLen is the same.)
func ExampleTLSServer() {
	test := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // virtual time
			d := emulator.NewTest(t, emulator.Config{})
			broker := devtest.TLSServer(t, d.Network(), devtest.Options{ChainLen: 2300})
			devtest.Boot(t, d, emulator.Go(func(sdk *emulator.SDK) {
				conn := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
					RemoteIP: broker.Addr.Addr().As4(), RemotePort: int(broker.Addr.Port()),
				}}}
				sdk.RegistReconcb(conn, func(_ *espconn.Espconn, err espconn.Err) { sdk.OsPrintf("reconnect %d\n", err) })
				sdk.SecureConnect(conn)
			}))
			devtest.WaitLog(t, d, "reconnect -114")
		})
	}
	_ = test
}
