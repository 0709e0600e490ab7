package espconn_test

import (
	"net"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// Every cause is sent in the situation that it names.
func TestEveryCause(t *testing.T) {
	type row struct {
		profile espconn.Profile
		play    func(rig *deviceRig)
		opts    []func(*emulator.Config)
	}
	manual, v10, sdk, ssl := espconn.ManualV21(), espconn.ManualV10(), espconn.SDK301(), espconn.SDK306SSL()
	connect := func(rig *deviceRig) { rig.connect() }
	for id, r := range map[espconn.CauseID]row{
		// Calls.
		espconn.CauseNoMemory:  {manual, connect, []func(*emulator.Config){func(cfg *emulator.Config) { cfg.HeapFree = 8192 }}},
		espconn.CauseNoAddress: {manual, connect, []func(*emulator.Config){func(cfg *emulator.Config) { cfg.NoAutoConnect = true }}},
		espconn.CauseBusy: {manual, func(rig *deviceRig) {
			l := rig.accept()
			_, err := rig.dialTLS(anyServer())
			require.NoError(rig.t, err)
			rig.do(func() { assert.Equal(rig.t, espconn.INPROGRESS, rig.SecureDelete(l)) })
		}, nil},
		espconn.CauseArgument: {manual, func(rig *deviceRig) { rig.do(func() { rig.SecureConnect(nil) }) }, nil},
		espconn.CauseConnected: {manual, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.connect()
			rig.do(func() { assert.Equal(rig.t, espconn.ISCONN, rig.SecureConnect(rig.record(tcp(serverAddr, 443, 4001)))) })
		}, nil},
		espconn.CauseTooMuch: {manual, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.do(func() { assert.Equal(rig.t, espconn.OK, rig.Connect(rig.c)) })
			time.Sleep(settle)
			rig.do(func() {
				assert.Equal(rig.t, espconn.OK, rig.Send(rig.c, []byte("one")))
				assert.Equal(rig.t, espconn.MAXNUM, rig.Send(rig.c, []byte("two")))
			})
		}, nil},
		espconn.CauseNoClock:   {ssl, connect, nil},
		espconn.CauseArguments: {manual, func(rig *deviceRig) { rig.do(func() { rig.SecureSetSize(1, 0) }) }, nil},

		// Secure connections that the TLS library did not end.
		espconn.CausePeerFIN: {manual, func(rig *deviceRig) {
			rig.listen(func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
			rig.connect()
		}, nil},
		espconn.CauseImage: {manual, func(rig *deviceRig) {
			rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
			rig.listen(holdPlain)
			rig.connect()
		}, nil},
		espconn.CauseCAImage: {v10, func(rig *deviceRig) {
			rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
			rig.listen(holdPlain)
			rig.connect()
		}, nil},
		espconn.CauseOwnImage: {v10, func(rig *deviceRig) {
			rig.do(func() { rig.SecureCertReqEnable(1, 0x7A) })
			rig.listen(holdPlain)
			rig.connect()
		}, nil},
		espconn.CauseStaleStatus: {espconn.SDK306(), func(rig *deviceRig) {
			rig.accept()
			c, err := rig.dial()
			require.NoError(rig.t, err)
			_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			time.Sleep(settle)
			_ = c.Close()
			var client *espconn.Espconn
			rig.hook["connect"] = func(c *espconn.Espconn) { client = c }
			_, err = rig.dialTLS(anyServer())
			require.NoError(rig.t, err)
			time.Sleep(settle)
			rig.do(func() { rig.SecureDisconnect(client) })
			time.Sleep(settle)
		}, nil},
		espconn.CauseClientSilent: {v10, func(rig *deviceRig) {
			rig.accept()
			_, err := rig.dial()
			require.NoError(rig.t, err)
			time.Sleep(time.Minute)
		}, nil},
		espconn.CauseHandshakeTimeout: {v10, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.connect()
			time.Sleep(2 * time.Minute)
		}, nil},
		espconn.CauseClosedInRecv: {sdk, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), echo)
			rig.hook["connect"] = func(c *espconn.Espconn) { rig.SecureSend(c, []byte("hello")) }
			rig.hook["recv"] = func(c *espconn.Espconn) { rig.SecureDisconnect(c) }
			rig.connect()
		}, nil},
		espconn.CauseSendAfterClose: {sdk, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.connect()
			rig.do(func() {
				rig.SecureDisconnect(rig.c)
				rig.SecureSend(rig.c, []byte("late"))
			})
			time.Sleep(settle)
		}, nil},
	} {
		t.Run(string(id), func(t *testing.T) {
			onDevice(t, r.profile, func(rig *deviceRig) {
				r.play(rig)
				assert.Contains(t, causes(rig.dev), string(id))
			}, r.opts...)
		})
	}
}

// A lookup that begins is refused by nobody.
func TestLookupThatBeginsHasNoCause(t *testing.T) {
	onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
		rig.do(func() {
			var addr [4]byte
			assert.Equal(t, espconn.INPROGRESS, rig.Gethostbyname(rig.c, "broker.example", &addr, nil))
		})
		assert.Empty(t, causes(rig.dev))
		assert.Equal(t, "nothing was tried", rig.dev.Explain().Symptom)
	})
}

// causes returns the ids of the causes in a device's trace.
func causes(d *emulator.Device) (ids []string) {
	for _, e := range d.Trace().Events() {
		if e.Kind == trace.KindCause || e.Kind == trace.KindEnded && e.Source == trace.SourceAPI {
			ids = append(ids, e.Name)
		}
	}
	return slices.Compact(ids)
}
