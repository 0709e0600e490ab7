package sdk

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// Times of the key driver in milliseconds (sdk-surface.md, key.h).
const (
	keyLong     = 5000
	keyDebounce = 50
)

// Key is a key of the SDK's key driver, between a GPIO and ground: struct single_key_param. It belongs to the device
// goroutine.
type Key struct {
	pin         uint32
	mux, fn     uint32
	long, short func()
	down        bool
	held        OsTimer // key_5s
	bounce      OsTimer // key_50ms
}

// KeyInitSingle describes a key at a GPIO, 0 to 15, with the address of its register in IO_MUX and the function that makes
// it a GPIO. longPress is called when it is down for 5 s, and is down then; shortPress each time that it has come up. Both
// may be nil.
func (s *SDK) KeyInitSingle(gpio uint8, mux uint32, function uint8, longPress, shortPress func()) *Key {
	return &Key{pin: uint32(gpio), mux: mux, fn: uint32(function), long: longPress, short: shortPress}
}

// KeyInit watches keys: it becomes the handler of IntGPIO. An edge down starts the timer of 5 s, one up that of 50 ms, after
// which the key must still be up. Keys at GPIOs above 15 are left out.
func (s *SDK) KeyInit(keys []*Key) {
	s.EtsIsrAttach(chip.IntGPIO, func() {
		status := s.GpioIntrPending()
		for _, k := range keys {
			if k.pin < chip.PinCount-1 && status&(1<<k.pin) != 0 {
				s.keyChanged(k)
			}
		}
	})
	s.EtsIsrMask(1 << chip.IntGPIO)
	for _, k := range keys {
		if k.pin >= chip.PinCount-1 {
			continue
		}
		k.down = false
		s.PinFuncSelect(k.mux, k.fn)
		s.GpioOutputSet(0, 0, 0, 1<<k.pin)
		s.GpioIntrAck(1 << k.pin)
		s.OsTimerSetfn(&k.held, func() {
			if s.GpioInputGet()&(1<<k.pin) == 0 && k.long != nil {
				k.long()
			}
		})
		s.OsTimerSetfn(&k.bounce, func() { s.keyUp(k) })
		s.GpioPinIntrStateSet(k.pin, chip.GPIOPinIntrNegedge)
	}
	s.EtsIsrUnmask(1 << chip.IntGPIO)
}

// keyChanged handles the interrupt of a key.
func (s *SDK) keyChanged(k *Key) {
	s.GpioPinIntrStateSet(k.pin, chip.GPIOPinIntrDisable)
	s.GpioIntrAck(1 << k.pin)
	if k.down {
		s.OsTimerArm(&k.bounce, keyDebounce, false)
		return
	}
	k.down = true
	s.OsTimerArm(&k.held, keyLong, false)
	s.GpioPinIntrStateSet(k.pin, chip.GPIOPinIntrPosedge)
}

// keyUp is 50 ms after the key came up.
func (s *SDK) keyUp(k *Key) {
	if s.GpioInputGet()&(1<<k.pin) == 0 { // it bounced
		s.GpioPinIntrStateSet(k.pin, chip.GPIOPinIntrPosedge)
		return
	}
	s.OsTimerDisarm(&k.held)
	k.down = false
	s.GpioPinIntrStateSet(k.pin, chip.GPIOPinIntrNegedge)
	if k.short != nil {
		k.short()
	}
}
