package emulator

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/wifi"
)

// SetAccessPointInRange takes the access point out of the station's range, or brings it back: someone pulls its plug.
// Frames are lost at once, both ways. 6 s later the station notices: event DISCONNECTED with reason 200, status
// connecting; then, every 2.5 s, an attempt that ends with reason 201, from the third on with status no AP found, until the
// access point is back. A shorter absence is not noticed, but for the frames. Any goroutine; it outlives resets.
//
// Choice: the station keeps its address meanwhile, so its connections live as long as TCP's retransmissions do. When it
// has joined again, its DHCP client asks for the same address (lwip.md 11.2, REBOOTING). If it gets another one, every
// connection over the old one is aborted, reconnect callback -11 (lwip.md 7.5, espconn.md 8.8). SetLink is the harder
// fault: noticed at once, with the address lost.
func (d *Device) SetAccessPointInRange(in bool) error {
	return d.Do(func() { d.air.SetAccessPointInRange(d.running(), in) })
}

// SetAccessPoint replaces the access point in range, or its settings: another password, channel, address. A station
// that is in it loses it, as if it had left the range, and meets the new one at its next attempt. Any goroutine; it
// outlives resets. The SSID must not be empty; an error for what Config refuses too.
func (d *Device) SetAccessPoint(ap wifi.AccessPoint) error {
	if ap.SSID == "" || len(ap.SSID) > 32 {
		return fmt.Errorf("emulator: an SSID has 1 to 32 bytes")
	}
	apDefaults(&ap)
	return d.Do(func() { d.air.SetAccessPoint(d.running(), ap) })
}

// Passwords returns the Wi-Fi passwords that the device has been given, has saved or has received, and those of the access points
// around it: what a report of the run must not show. It may be called after Close.
func (d *Device) Passwords() []string { return d.air.Passwords() }

// SetLink takes the access point out of range or brings it back. A station in it loses its address, so that connections
// are aborted, gets the event DISCONNECTED with reason 200, and goes on trying (reason 201) until the AP is back.
// Choice: the loss is noticed at once and costs the address; SetAccessPointInRange waits for beacons, as the chip does.
func (d *Device) SetLink(up bool) {
	_ = d.Do(func() { d.air.SetLink(d.running(), up) })
}

// SmartConfig lets a phone tell the device an access point until it is called with the zero Phone: the app is started, or
// stopped. The device hears it while it listens (SDK.SmartconfigStart) and that access point is in range. Any goroutine; it
// outlives resets. An error for an SSID or a password that is too long, for another Type, and for ESP-TOUCH without an
// IPv4 address.
func (d *Device) SmartConfig(p wifi.Phone) error {
	switch {
	case p == wifi.Phone{}:
	case p.SSID == "" || len(p.SSID) > 32 || len(p.Password) > 64:
		return fmt.Errorf("emulator: a phone's SSID has 1 to 32 bytes, its password at most 64")
	case p.Type > wifi.ScTypeAirkiss:
		return fmt.Errorf("emulator: a phone's Type is ScTypeEsptouch or ScTypeAirkiss, not %d", p.Type)
	case p.Type == wifi.ScTypeEsptouch && !p.Addr.Is4():
		return fmt.Errorf("emulator: ESP-TOUCH tells the phone's IPv4 address: set Addr (it is %v)", p.Addr)
	}
	return d.Do(func() { d.air.SetPhone(d.running(), p) })
}
