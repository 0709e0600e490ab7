package soc

// Limits and answers of the measuring functions (sdk-surface.md, system_adc_read and system_get_vdd33).
const (
	adcMax    = 1024
	vdd33     = 3379 // 3.3 V in 1/1024 V
	vdd33None = 0xFFFF
)

// AdcRead returns the voltage at the pin TOUT in 1/1024 V, 0 to 1024: that of Pins.SetTOUT, else of Config.ADC, else 0.
func (m *System) AdcRead() uint16 {
	d := m.d
	switch {
	case d.outside.adc != nil:
		return *d.outside.adc
	case d.cfg.ADC != nil:
		return min(d.cfg.ADC(), adcMax)
	}
	return 0
}

// AdcReadFast fills dst with as many measurements, and takes no time for it.
func (m *System) AdcReadFast(dst []uint16) {
	for i := range dst {
		dst[i] = m.AdcRead()
	}
}

// GetVdd33 returns the supply voltage in 1/1024 V: that of Pins.SetVDD33, else 3.3 V.
func (m *System) GetVdd33() uint16 {
	d := m.d
	switch {
	case d.outside.adc != nil || d.cfg.ADC != nil:
		return vdd33None
	case d.outside.vdd33 != nil:
		return *d.outside.vdd33
	}
	return vdd33
}
