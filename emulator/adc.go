package emulator

import "fmt"

// Limits and answers of the measuring functions (sdk-surface.md, system_adc_read and system_get_vdd33).
const (
	adcMax    = 1024
	vdd33     = 3379 // 3.3 V in 1/1024 V
	vdd33None = 0xFFFF
)

// SystemAdcRead returns the voltage at the pin TOUT in 1/1024 V, 0 to 1024: that of Pins.SetTOUT, else of Config.ADC, else
// 0.
func (s *SDK) SystemAdcRead() uint16 {
	d := s.board.m.d
	switch {
	case d.outside.adc != nil:
		return *d.outside.adc
	case d.cfg.ADC != nil:
		return min(d.cfg.ADC(), adcMax)
	}
	return 0
}

// SystemAdcReadFast fills dst with as many measurements, and takes no time for it. Choice. The SDK wants a clock divider
// of 8 to 32 and Wi-Fi switched off.
func (s *SDK) SystemAdcReadFast(dst []uint16) {
	for i := range dst {
		dst[i] = s.SystemAdcRead()
	}
}

// SystemGetVdd33 returns the supply voltage in 1/1024 V: that of Pins.SetVDD33, else 3.3 V. Choice: if TOUT is connected,
// by Pins.SetTOUT or Config.ADC, it is 65,535, as on a chip that measures TOUT.
func (s *SDK) SystemGetVdd33() uint16 {
	d := s.board.m.d
	switch {
	case d.outside.adc != nil || d.cfg.ADC != nil:
		return vdd33None
	case d.outside.vdd33 != nil:
		return *d.outside.vdd33
	}
	return vdd33
}

// SetTOUT sets the voltage at the analogue input, in 1/1024 V up to 1,024, in place of Config.ADC.
func (p *Pins) SetTOUT(v uint16) error {
	if v > adcMax {
		return fmt.Errorf("emulator: TOUT measures 0 to %d (1 V), not %d", adcMax, v)
	}
	return p.d.input(func() { p.d.outside.adc = &v })
}

// SetVDD33 sets the supply voltage that system_get_vdd33 measures, in 1/1024 V, below 65,535.
func (p *Pins) SetVDD33(v uint16) error {
	if v == vdd33None {
		return fmt.Errorf("emulator: a supply of %d/1024 V means that it cannot be measured", v)
	}
	return p.d.input(func() { p.d.outside.vdd33 = &v })
}
