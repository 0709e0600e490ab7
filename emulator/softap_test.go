package emulator_test

import (
	"fmt"
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

// lamp is a configuration of a soft-AP.
var lamp = wifi.SoftapConfig{SSID: "lamp", Password: "12345678", Channel: 6, AuthMode: wifi.AuthWPA2PSK,
	MaxConnection: 4, BeaconInterval: 100}

// member joins the lamp.
var member = vnet.Membership{SSID: lamp.SSID, Password: lamp.Password}

// apDevice boots a device with the soft-AP lamp in a mode, and more that init does. It returns what the events were so far.
func apDevice(t *testing.T, cfg emulator.Config, mode uint8, init func(*emulator.SDK)) (d *emulator.Device, sdk *emulator.SDK,
	events func() []string) {
	var lines []string
	d = boot(t, cfg, func(s *emulator.SDK) {
		sdk = s
		require.True(t, s.WifiSetOpmodeCurrent(mode))
		require.True(t, s.WifiSoftapSetConfigCurrent(lamp))
		s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			switch e.Event {
			case wifi.EventSoftAPModeStaConnected, wifi.EventSoftAPModeStaDisconnected:
				lines = append(lines, fmt.Sprintf("%d %v %d", e.Event, e.MAC, e.AID))
			case wifi.EventSoftAPModeDistributeStaIP:
				lines = append(lines, fmt.Sprintf("%d %v %d %v", e.Event, e.MAC, e.AID, e.IP))
			case wifi.EventSoftAPModeProbeReqRecved:
				lines = append(lines, fmt.Sprintf("%d %v %d", e.Event, e.MAC, e.RSSI))
			default:
				lines = append(lines, fmt.Sprint(e.Event))
			}
		})
		if init != nil {
			init(s)
		}
	})
	return d, sdk, func() (l []string) {
		require.NoError(t, d.Do(func() { l, lines = lines, nil }))
		return l
	}
}

// join makes a host a station of the lamp.
func join(t *testing.T, d *emulator.Device, name string) *vnet.Host {
	t.Helper()
	h, err := d.Network().Join(t.Context(), name, member)
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

// greeter is a plain TCP server on port 80 that answers each piece with one.
func greeter(t *testing.T, s *emulator.SDK) {
	server := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 80}}}
	s.RegistConnectcb(server, func(c *espconn.Espconn) {
		s.RegistRecvcb(c, func(c *espconn.Espconn, data []byte) {
			assert.Equal(t, espconn.OK, s.Send(c, append([]byte("you said "), data...)))
		})
	})
	require.Equal(t, espconn.OK, s.Accept(server))
}

// say sends text to the device's port 80 and returns the answer.
func say(h *vnet.Host, to netip.Addr, text string) (string, error) {
	conn, err := h.Dial("tcp", netip.AddrPortFrom(to, 80).String())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = conn.Write([]byte(text))
	b := make([]byte, len("you said ")+len(text))
	_, err = io.ReadFull(conn, b)
	return string(b), err
}

var apAddr = netip.MustParseAddr("192.168.4.1")

func TestSoftAPServesAStation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, events := apDevice(t, emulator.Config{}, wifi.SoftAPMode, func(s *emulator.SDK) { greeter(t, s) })
		phone := join(t, d, "phone")
		mac := phone.MAC()
		assert.Equal(t, "192.168.4.2", phone.Addr().String())
		assert.Equal(t, []string{fmt.Sprintf("7 %v -50", mac), fmt.Sprintf("5 %v 1", mac), fmt.Sprintf("9 %v 1 192.168.4.2", mac)},
			events())
		got, err := say(phone, apAddr, "hello")
		require.NoError(t, err)
		assert.Equal(t, "you said hello", got)
		tablet := join(t, d, "tablet")
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 2, sdk.WifiSoftapGetStationNum())
			free := sdk.SystemGetFreeHeapSize()
			list := sdk.WifiSoftapGetStationInfo()
			require.Len(t, list, 2)
			assert.Equal(t, mac, list[0].BSSID)
			assert.Equal(t, phone.Addr(), list[0].IP)
			assert.Equal(t, tablet.Addr(), list[1].IP)
			assert.EqualValues(t, 64, (free-sdk.SystemGetFreeHeapSize())&^31, "16 bytes each, and the headers, and what small gaps add")
			sdk.WifiSoftapFreeStationInfo()
			assert.Equal(t, free, sdk.SystemGetFreeHeapSize())
		}))
		phone.Close()
		time.Sleep(time.Second)
		assert.Equal(t, fmt.Sprintf("6 %v 1", mac), events()[3])
		require.NoError(t, d.Do(func() { assert.EqualValues(t, 1, sdk.WifiSoftapGetStationNum()) }))
		require.Nil(t, d.Crash())
	})
}
