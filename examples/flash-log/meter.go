package flashlog

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator"
)

// Where the log lies: four sectors in the middle of a 4 MB chip, clear of programs and of the SDK's own sectors on every
// flash map of that size.
const (
	LogSector  = 0x200
	LogSectors = 4
)

const meterMs = 1000 // milliseconds between two readings

// Meter counts, saves each reading and goes on from the last one after a reset. Its fields belong to the device.
type Meter struct {
	Reading uint32

	sdk   *emulator.SDK
	store *Store
	timer emulator.OsTimer
}

// Init is user_init.
func (m *Meter) Init(sdk *emulator.SDK) {
	m.sdk = sdk
	var ok bool
	if m.store, ok = Open(sdk, LogSector, LogSectors); !ok {
		sdk.OsPrintf("the flash cannot be read\n")
		return
	}
	m.Reading = 0
	if last, ok := m.store.Get(); ok {
		if _, err := fmt.Sscanf(string(last), "reading %d", &m.Reading); err != nil {
			sdk.OsPrintf("not a reading: %s\n", last)
		}
		sdk.OsPrintf("going on from %d\n", m.Reading)
	} else {
		sdk.OsPrintf("nothing saved yet\n")
	}
	sdk.OsTimerSetfn(&m.timer, m.tick)
	sdk.OsTimerArm(&m.timer, meterMs, true)
}

func (m *Meter) tick() {
	m.Reading++
	if !m.store.Put(fmt.Appendf(nil, "reading %d", m.Reading)) {
		m.sdk.OsPrintf("reading %d not saved\n", m.Reading)
		return
	}
	m.sdk.OsPrintf("reading %d saved\n", m.Reading)
}
