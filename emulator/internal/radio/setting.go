package radio

import "github.com/emu8266/emu8266/emulator/internal/soc"

// Words of RTC memory in which the SDK's network stack keeps settings, so that programs find and change them there (lwip.md 1).
const (
	settingDHCPTries = 0x600011E0
	settingSYN       = 0x600011E4
	settingRetries   = 0x600011E8
	settingWindow    = 0x600011F0 // bytes
	settingMaxCon    = 0x600011FC
)

// setting is one of them.
type setting struct {
	get func() int
	set func(v int)
}

func (s setting) Get() uint32  { return uint32(s.get()) }
func (s setting) Set(v uint32) { s.set(int(v)) }

// Setting is for soc.Network.
func (w *Radio) Setting(addr uint32) soc.Setting {
	if addr < settingDHCPTries || addr > settingMaxCon || w.nic.taken {
		return nil
	}
	stack := w.Stack()
	switch addr {
	case settingDHCPTries:
		return setting{func() int { return int(w.dhcpTries) }, func(v int) { w.StationDhcpcSetMaxtry(uint8(v)) }}
	case settingSYN:
		return setting{func() int { return stack.Profile().SYNRetries }, func(v int) { stack.SetRetries(0, v) }}
	case settingRetries:
		return setting{func() int { return stack.Profile().Retries }, func(v int) { stack.SetRetries(v, 0) }}
	case settingWindow:
		return setting{func() int { return stack.Profile().Window }, stack.SetWindow}
	case settingMaxCon:
		return setting{func() int { return stack.Profile().MaxConnections }, stack.SetMaxConnections}
	}
	return nil
}
