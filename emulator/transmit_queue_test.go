package emulator_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// flooder is a device with a UDP espconn to a host, which it has found by ARP, and what the host hears.
func flooder(t *testing.T, mode uint8) (d *emulator.Device, sdk *emulator.SDK, conn *espconn.Espconn, heard func() int) {
	conn = &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: &espconn.UDP{LocalPort: 1024, RemotePort: 1025}}}
	d, sdk = inMode(t, mode, func(s *emulator.SDK) { require.Equal(t, espconn.OK, s.Create(conn)) })
	host := d.Network().Host("host", netip.Addr{})
	conn.Proto.UDP.RemoteIP = host.Addr().As4()
	time.Sleep(10 * time.Second)
	got := listener(t, host)
	require.NoError(t, d.Do(func() { require.Equal(t, espconn.OK, sdk.Sendto(conn, []byte("x"))) }))
	time.Sleep(time.Second)
	require.Len(t, got(), 1)
	return d, sdk, conn, func() int { return len(got()) }
}

// The radio holds eight frames, and none leaves before the callback returns: the ninth datagram gives -14, and waiting in the callback
// does not help (espconn.md 5.8). What was taken arrives; the next callback starts anew.
func TestTransmitQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, conn, heard := flooder(t, wifi.StationMode)
		for range 2 {
			var codes []espconn.Err
			require.NoError(t, d.Do(func() {
				for range 12 {
					codes = append(codes, sdk.Sendto(conn, []byte("x")))
					sdk.OsDelayUs(1000)
				}
			}))
			time.Sleep(time.Second)
			want := make([]espconn.Err, 12)
			for i := 8; i < 12; i++ {
				want[i] = espconn.IF
			}
			assert.Equal(t, want, codes)
			assert.Equal(t, 8, heard())
		}
		// One call of more than eight datagrams returns the first one's result (espconn.md 5.8).
		require.NoError(t, d.Do(func() { assert.Equal(t, espconn.OK, sdk.Sendto(conn, make([]byte, 20*1472))) }))
		time.Sleep(time.Second)
		assert.Equal(t, 8, heard())
	})
}

// Both interfaces share the radio's buffers.
func TestTransmitQueueShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, conn, heard := flooder(t, wifi.StationAPMode)
		phone := join(t, d, "phone")
		time.Sleep(time.Second)
		atPhone := listener(t, phone)
		all := *conn
		all.Proto.UDP = &espconn.UDP{LocalPort: 1026, RemotePort: 1025, RemoteIP: [4]byte{255, 255, 255, 255}}
		require.NoError(t, d.Do(func() {
			require.Equal(t, espconn.OK, sdk.Create(&all))
			for range 5 {
				assert.Equal(t, espconn.OK, sdk.Sendto(conn, []byte("x")))
			}
			for i := range 5 {
				want := espconn.OK
				if i >= 3 {
					want = espconn.IF
				}
				assert.Equal(t, want, sdk.Sendto(&all, []byte("x")), i)
			}
		}))
		time.Sleep(time.Second)
		assert.Equal(t, 5, heard())
		assert.Len(t, atPhone(), 3)
	})
}

// A radio that refuses frames costs a datagram, with a code; a TCP connection only time.
func TestRefuseFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, conn, heard := flooder(t, wifi.StationMode)
		send := func() (code espconn.Err) {
			require.NoError(t, d.Do(func() { code = sdk.Sendto(conn, []byte("x")) }))
			return code
		}
		d.RefuseFrames(2)
		assert.Equal(t, []espconn.Err{espconn.IF, espconn.IF, espconn.OK}, []espconn.Err{send(), send(), send()})
		d.RefuseFrames(2)
		d.RefuseFrames(0)
		assert.Equal(t, espconn.OK, send())
		time.Sleep(time.Second)
		assert.Equal(t, 2, heard())
		require.NoError(t, d.Do(func() { greeter(t, sdk) }))
		host := d.Network().Host("client", netip.Addr{})
		d.RefuseFrames(3)
		from := time.Now()
		answer, err := say(host, d.Addr(), "hello")
		require.NoError(t, err)
		assert.Equal(t, "you said hello", answer)
		assert.Greater(t, time.Since(from), time.Second)
	})
}

// To a neighbour whose address is not known every datagram is taken, whatever the radio's buffers: lwIP keeps the last three, and does not
// look at what becomes of the requests (lwip.md 9).
func TestTransmitQueueUnresolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, conn, _ := flooder(t, wifi.StationMode)
		unknown := d.Network().Host("unknown", netip.Addr{})
		heard := listener(t, unknown)
		require.NoError(t, d.Do(func() {
			conn.Proto.UDP.RemoteIP = unknown.Addr().As4()
			for range 100 {
				assert.Equal(t, espconn.OK, sdk.Sendto(conn, []byte("x")))
			}
		}))
		time.Sleep(time.Second)
		assert.Len(t, heard(), 3)
	})
}
