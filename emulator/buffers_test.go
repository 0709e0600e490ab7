package emulator_test

import (
	"bytes"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Ten small segments, of which the first is lost: seven kept ones leave one receive buffer of eight, so the last is
// dropped each time (lwip.md 6.4). What
// fills the gap is delivered with the six that stayed; the others are sent again.
func TestReceiveBuffersBoundWhatIsKeptBeyondAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		server := d.Network().Host("server", netip.MustParseAddr("10.0.0.10"))
		l, err := server.Listen("tcp", ":7")
		require.NoError(t, err)
		lost := false
		d.Network().SetFaults("server", "", vnet.Faults{Latency: 100 * time.Millisecond, Filter: func(f vnet.Frame) vnet.Verdict {
			if bytes.HasSuffix(f.Data, bytes.Repeat([]byte{'0'}, 100)) && !lost {
				lost = true
				return vnet.Drop
			}
			return vnet.Pass
		}})
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			time.Sleep(time.Second)
			for i := range 10 {
				_, _ = c.Write(bytes.Repeat([]byte{byte('0' + i)}, 100))
				time.Sleep(5 * time.Millisecond) // all are on the way before the first acknowledgement comes back
			}
			_, _ = io.Copy(io.Discard, c)
		}()
		var sizes []int
		var got []byte
		conn := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
			RemoteIP: [4]byte{10, 0, 0, 10}, RemotePort: 7}}}
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.RegistRecvcb(conn, func(_ *espconn.Espconn, b []byte) {
				sizes = append(sizes, len(b))
				got = append(got, b...)
			})
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP {
					assert.Equal(t, espconn.OK, s.Connect(conn))
				}
			})
		})))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			require.True(t, lost)
			require.NotEmpty(t, sizes)
			assert.Equal(t, 700, sizes[0])
			require.Len(t, got, 1000)
			for i := range 10 {
				assert.Equal(t, bytes.Repeat([]byte{byte('0' + i)}, 100), got[100*i:100*i+100])
			}
		}))
		require.NoError(t, l.Close())
	})
}
