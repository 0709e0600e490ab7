package emulator

import (
	"fmt"
	"io"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// DefaultSSID is the name of the open access point that every device finds, and of the one its station is configured
// for, unless the Config says otherwise. Choice.
const DefaultSSID = "emu8266"

// FlashDefault is the size of the blank flash chip of a zero Config, in bytes: 4 MB, flash size map 6
// (sdk-surface.md, Flash).
const FlashDefault = 4 << 20

// Config describes a device. The zero value works: 4 MB of blank flash, profile ManualV21, 49,152 bytes of heap free at
// boot, a private network 10.0.0.0/16 with DHCP and DNS at 10.0.0.1, an open access point "emu8266" in range, and a
// station that is configured for it and connects by itself at boot.
type Config struct {
	// Name is the device's name in traces and captures. Default: "dev". On a network where the name is taken it gets a
	// number: "dev#2".
	Name string
	// Profile says which SDK, or which manual, the API follows. Default: espconn.ManualV21.
	Profile espconn.Profile
	// Flash is the chip. Default: blank, 4 MB. The device does not close it; it lives on over resets.
	Flash *flash.Chip
	// Program makes firmware of the program in a flash image (image.BuildUser), which the device boots after an upgrade and
	// with Boot(nil). The slice is the callee's. It is called on the device goroutine. Default: images are not run. Package
	// wasm has one for C firmware (wasm.Programs).
	Program func(program []byte) (Firmware, error)
	// Image makes firmware of an image for the chip that begins at an address of the flash: in an update slot, or at 0 one of a program
	// without slots. It is called as Program is. Default: such images are not run. Package elf has one (elf.Programs).
	Image func(chip *flash.Chip, at uint32) (Firmware, error)
	// HeapFree is the number of heap bytes free at boot, 1,024 to HeapMax, rounded down to a multiple of 8: the allocator counts in eights.
	// When the station joins, the DHCP client takes 144 of them, and a soft-AP 280.
	// Default: HeapDefault.
	HeapFree uint32
	// Network is the virtual Ethernet to join. Default: a private one with a gateway; the device closes that, never
	// one that it was given.
	Network *vnet.Network
	// MAC is the station's address. Default: 02:00:0a:01:xx:xx with the device's number on the network.
	MAC netstack.MAC
	// Address is a fixed station address with its prefix length and makes DHCP unnecessary; the gateway is the first
	// address of the prefix. Default: DHCP.
	Address netip.Prefix
	// AccessPoint is the AP in range. Default: DefaultSSID, open.
	AccessPoint wifi.AccessPoint
	// Neighbors are further APs in range: scans find them, and the station joins them when it is told to. All are ways to
	// the same network. Default: none.
	Neighbors []wifi.AccessPoint
	// AnyAccessPoint puts into range whatever access point the station looks for, by its configuration or by a scan for an SSID: one
	// that takes the station's password. Those named above stay as they are. Default: no others are in range.
	AnyAccessPoint bool
	// Station is what wifi_station_set_config saved in an earlier life. It and NoAutoConnect count until the firmware saves other Wi-Fi
	// settings, which then lie in the flash. Default: what the flash holds, and for a blank one the AP in range.
	Station wifi.StationConfig
	// NoAutoConnect keeps the station from connecting at boot: wifi_station_set_auto_connect(0) in an earlier life.
	NoAutoConnect bool
	// Association is the time that scanning and joining an AP take. 0 means AssociationDefault, negative means no time.
	Association time.Duration
	// AutoReboot makes the device boot its firmware again after an exception or a watchdog, as the chip does. Default: it
	// stays halted, so that a test sees what happened (Device.Crash). After system_restart and deep sleep it always boots
	// again. Choice.
	AutoReboot bool
	// CPU says whether computing takes time: Instant (default) or Estimated.
	CPU chip.CPUModel
	// NoWatchdog lets a callback take any time. Default: the software watchdog ends one that spends more than 1.6 to 3.2 s
	// in delays, flash operations or, with an estimated CPU, computing.
	NoWatchdog bool
	// Patience is how long Boot and Do wait for a callback that waits itself and feeds the watchdog, in the device's time. After
	// that Boot fails and says where the firmware is, and Do returns ErrStuck. Default: a minute, without end with
	// NoWatchdog; negative: no end. Firmware in Go that computes for ever, without a call of the SDK, cannot be ended: unless
	// Patience is negative or NoWatchdog is set the process ends by a panic after ten seconds that names the line.
	Patience time.Duration
	// UART receives what the firmware and the SDK print, byte for byte (line ends are \n). Default: nobody. It is
	// called on the device goroutine.
	UART io.Writer
	// UARTTiming makes what UART0 and UART1 send take its time: a FIFO of 128 bytes runs empty at the baud rate, and
	// os_printf waits while it is full. Default: it takes none. What the device receives always takes its time.
	UARTTiming bool
	// KeyLog receives TLS secrets in the NSS key log format. Default: nobody; keys are never written unasked.
	KeyLog io.Writer
	// Clock is what the device's wall clock reads when the device is made, in seconds since 1970 (UTC); it goes on in
	// the device's time. Default 0: not set, as on the chip until SNTP has answered. Only axTLS asks for the time: it reads
	// the seconds since boot then, each query prints a line, and a CA check fails with "Cert is not yet valid" (axtls.md 10.2).
	Clock uint32
	// ADC is what the pin TOUT is connected to, in 1/1024 V up to 1024; it is called on the device goroutine. Default: the
	// pin is open.
	ADC func() uint16
	// Seed feeds the hardware random number generator: the same seed and the same network give the same bytes on the
	// wire. Default 0: drawn at random, see Device.Seed.
	Seed uint64
	// Random is the hardware random number generator, for replays of what was recorded with known numbers; it is called on the device
	// goroutine. Default: numbers by Seed.
	Random func() uint32
	// TraceLimit is the number of events that the trace keeps. Default: trace.DefaultLimit. Negative: none.
	TraceLimit int
	// Checks says what becomes of misuse of the API that the checks find. Default: ChecksRecord.
	Checks Checks
	// ExpectCrash says that the test of NewTest wants the device to crash, or looks itself whether it does (Device.Crash). Default:
	// a crash fails the test.
	ExpectCrash bool
	// Logger receives the emulator's own messages (dropped frames, resets). Default: none.
	Logger *zap.Logger
}

// AssociationDefault is the time from wifi_station_connect to the CONNECTED event. Choice: one second; devices take
// between a half and three, most of it scanning.
const AssociationDefault = time.Second

func apDefaults(ap *wifi.AccessPoint) {
	if ap.BSSID == (netstack.MAC{}) {
		ap.BSSID = netstack.MAC{2, 0, 10, 0, 0, 1}
	}
	if ap.Channel == 0 {
		ap.Channel = 6
	}
	if ap.RSSI == 0 {
		ap.RSSI = wifi.RSSIDefault
	}
	if ap.KeyReason == 0 {
		ap.KeyReason = wifi.ReasonAuthExpire
	}
	if ap.AuthMode == wifi.AuthOpen && ap.Password != "" {
		ap.AuthMode = wifi.AuthWPA2PSK
	}
}

func (c *Config) defaults() error {
	if c.Name == "" {
		c.Name = "dev"
	}
	if c.Profile.Name == "" {
		c.Profile = espconn.ManualV21()
	}
	if c.HeapFree == 0 {
		c.HeapFree = chip.HeapDefault
	}
	if c.HeapFree < 1024 || c.HeapFree > chip.HeapMax {
		return fmt.Errorf("emulator: HeapFree %d: must be from 1024 to %d", c.HeapFree, chip.HeapMax)
	}
	c.HeapFree -= c.HeapFree % 8
	if c.AccessPoint.SSID == "" {
		c.AccessPoint.SSID = DefaultSSID
	}
	apDefaults(&c.AccessPoint)
	if err := c.neighbors(); err != nil {
		return err
	}
	if c.Station == (wifi.StationConfig{}) {
		c.Station = wifi.StationConfig{SSID: c.AccessPoint.SSID, Password: c.AccessPoint.Password}
	}
	if len(c.AccessPoint.SSID) > 32 || len(c.Station.SSID) > 32 || len(c.Station.Password) > 64 {
		return fmt.Errorf("emulator: an SSID has at most 32 bytes, a password at most 64")
	}
	if c.Address.IsValid() && !c.Address.Addr().Is4() {
		return fmt.Errorf("emulator: Address %v: the device speaks IPv4 only", c.Address)
	}
	switch {
	case c.Association == 0:
		c.Association = AssociationDefault
	case c.Association < 0:
		c.Association = 0
	}
	if c.TraceLimit == 0 {
		c.TraceLimit = trace.DefaultLimit
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.Flash == nil {
		chip, err := flash.New(FlashDefault)
		if err != nil {
			return fmt.Errorf("emulator: %w", err)
		}
		c.Flash = chip
	}
	return nil
}

// neighbors fills in what the neighbours leave open: addresses 02:00:0a:00:01:xx by their place.
func (c *Config) neighbors() error {
	c.Neighbors = append([]wifi.AccessPoint(nil), c.Neighbors...)
	seen := map[netstack.MAC]bool{c.AccessPoint.BSSID: true}
	for i := range c.Neighbors {
		ap := &c.Neighbors[i]
		if ap.SSID == "" || len(ap.SSID) > 32 {
			return fmt.Errorf("emulator: Neighbors[%d]: an SSID has 1 to 32 bytes", i)
		}
		if ap.BSSID == (netstack.MAC{}) {
			ap.BSSID = netstack.MAC{2, 0, 10, 0, 1, byte(i + 1)}
		}
		apDefaults(ap)
		if seen[ap.BSSID] {
			return fmt.Errorf("emulator: Neighbors[%d]: another access point has the BSSID %v, too", i, ap.BSSID)
		}
		seen[ap.BSSID] = true
	}
	return nil
}
